"""A class in, the code that names it in a DICOM object out."""

from typing import TYPE_CHECKING

from labelassemble.errors import shorten
from labelassemble.vocabulary.finding_codes import Codes

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

PRIVATE_SCHEME = "99LABELASSEMBLE"
"""Scheme of the classes that have no public code, and of our own measurements."""

_DESIGNATORS = {"snomed": "SCT", "radlex": "RADLEX"}
"""Keys of ``Codes`` that give a public code, the first one first, and DICOM's names of them.

Source: DICOM PS3.16, 8 (coding schemes).
"""

MAX_MEANING = 64
"""Characters of a code's meaning."""

CALIBRATED = ("calibrated", "Calibrated probability")
THRESHOLD = ("threshold", "Threshold of the probability")
LESIONS_FOUND = ("lesions", "Lesions found")


def class_concept(name: str, title: str, codes: Codes | None) -> "CodedConcept":
    """Give the code of a class: SNOMED CT, else RadLex, else its name in our private scheme.

    Args:
        name: of the class.
        title: in words.
        codes: of the vocabulary; None: it is not at hand.

    >>> effusion = class_concept("effusion", "Pleural effusion", Codes(radlex="RID34539"))
    >>> effusion.value, effusion.scheme_designator
    ('RID34539', 'RADLEX')
    >>> class_concept("my_own", "My own", None).scheme_designator
    '99LABELASSEMBLE'
    """
    from highdicom.sr import CodedConcept  # only where something is written

    for key, designator in _DESIGNATORS.items():
        if codes is not None and (code := getattr(codes, key)):
            return CodedConcept(code, designator, plain_text(title, MAX_MEANING))
    return private_concept((name, title))


def private_concept(concept: tuple[str, str]) -> "CodedConcept":
    """Give a code of our own scheme, of its value and its meaning."""
    from highdicom.sr import CodedConcept

    value, meaning = concept
    return CodedConcept(value, PRIVATE_SCHEME, plain_text(meaning, MAX_MEANING))


def plain_text(text: str, most: int) -> str:
    r"""Give a text as one DICOM value of one line can hold it.

    >>> plain_text("left\\right\n", 64)
    'left/right'
    """
    line = " ".join(text.replace("\\", "/").split())
    printed = "".join(letter if letter.isprintable() else "?" for letter in line)
    return shorten(printed, most) or "?"
