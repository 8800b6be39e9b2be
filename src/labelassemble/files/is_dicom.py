"""Whether a file is DICOM, told by how it begins."""

import re
from pathlib import Path

DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")
"""Extensions of DICOM files, in any case of letters; many have none."""

HEAD_BYTES = 140
"""Enough of a file to tell."""

_VALUES = rb"(?:AE|AS|CS|DA|DS|DT|IS|LO|LT|OB|OW|PN|SH|SQ|ST|TM|UI|UL|UN|US|UT)"
BARE = re.compile(
    # Group 0002 or 0008, one of the first elements there; then a kind of value, or a length.
    rb"[\x02\x08]\0[\x00-\x31]\0(?:" + _VALUES + rb"|[\x02-\x80]\0\0\0)"
    rb"|\0[\x02\x08]\0[\x00-\x31]" + _VALUES,
    re.DOTALL,
)
"""How a DICOM file without a preamble begins: its elements come in the order of their numbers."""


def is_dicom(path: Path) -> bool:
    """Tell whether a file is DICOM by its first bytes, whatever its name; False if unreadable.

    Args:
        path: of a file; ``HEAD_BYTES`` bytes of it are read.
    """
    from labelassemble.storage.fetch_object import bring  # The rule needs none.

    try:
        with bring(path).open("rb") as file:
            return starts_as_dicom(file.read(HEAD_BYTES))
    except OSError:
        return False


def starts_as_dicom(head: bytes) -> bool:
    """Tell whether bytes begin as DICOM does: a preamble and DICM, or a first element.

    Source: DICOM PS3.10, 7.1; PS3.5, 7.1.

    >>> starts_as_dicom(bytes(128) + b"DICM"), starts_as_dicom(b"an image, they said")
    (True, False)
    """
    return head[128:132] == b"DICM" or BARE.match(head) is not None
