"""The codes that name a class in public terminologies, and where they were looked up."""

from functools import reduce
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from labelassemble.setting_types import Settings

SCHEMES = {
    "radlex": "RadLex",
    "umls": "UMLS",
    "snomed": "SNOMED CT",
    "icd10": "ICD-10",
    "obo": "OBO",
}
"""Key of a finding to the terminology whose code it holds."""


def has_check_digit(code: str) -> bool:
    """Tell whether a SNOMED CT code ends in its check digit, so that no digit was mistyped.

    Verhoeff's scheme: digits are permuted by their place from the right and multiplied in the
    dihedral group of the pentagon; the product of a right code is its unit, 0. Source: SNOMED CT
    Release File Specification, check-digit computation (https://confluence.ihtsdotools.org).

    >>> has_check_digit("46621007"), has_check_digit("46621008")
    (True, False)
    """
    digits = enumerate(reversed([int(digit) for digit in code]))
    return reduce(_multiply, (_permute(digit, place % 8) for place, digit in digits), 0) == 0


def _permute(digit: int, times: int) -> int:
    return reduce(lambda now, _: (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[now], range(times), digit)


def _multiply(left: int, right: int) -> int:
    """Multiply two symmetries of the pentagon: 0 to 4 are turns, 5 to 9 are reflections."""
    turn = left % 5 + right % 5 if left < 5 else left % 5 - right % 5
    return turn % 5 + 5 * ((left < 5) != (right < 5))


def _checked(code: str) -> str:
    if code and not has_check_digit(code):
        raise ValueError(f"{code} is no SNOMED CT code: its check digit does not fit")
    return code


class Codes(Settings):
    """Codes of one class: each only where it names the same thing and was looked up."""

    radlex: Annotated[str, Field(pattern=r"^(RID\d+)?$")] = ""
    """RadLex id; empty where we are not certain."""
    umls: Annotated[str, Field(pattern=r"^(C\d{7})?$")] = ""
    """UMLS concept; empty where we are not certain."""
    snomed: Annotated[str, Field(pattern=r"^(\d{6,18})?$"), AfterValidator(_checked)] = ""
    """SNOMED CT concept; empty where we are not certain."""
    side: Literal["", "left", "right"] = ""
    """Side of a pair, where the SNOMED CT concept is the organ's: DICOM codes the side apart."""
    icd10: Annotated[str, Field(pattern=r"^([A-Z]\d\d(\.\d)?)?$")] = ""
    """ICD-10 category (World Health Organization, 2019); empty where none has just this extent."""
    obo: Annotated[str, Field(pattern=r"^((CL|UBERON):\d{7})?$")] = ""
    """Cell Ontology or Uberon id, of cells and tissues."""
    coded_by: tuple[str, ...] = ()
    """Where the codes were looked up: keys of the vocabulary's references."""
    uncoded: str = ""
    """Why there is no code."""

    @model_validator(mode="after")
    def _fits_together(self) -> "Codes":
        if self.codes and self.uncoded:
            raise ValueError("uncoded says why there is no code, and there is one")
        if self.coded_by and not self.codes:
            raise ValueError("coded_by says where codes were looked up, and there is none")
        if self.side and not self.snomed:
            raise ValueError("side belongs to a SNOMED CT concept, and there is none")
        return self

    @property
    def codes(self) -> dict[str, str]:
        """Key of `SCHEMES` to the code with its side, of those that are there.

        >>> Codes(snomed="64033007", side="left").codes
        {'snomed': '64033007 left'}
        """
        sided = {"snomed": f"{self.snomed} {self.side}".strip()}
        all_codes = {key: sided.get(key, getattr(self, key)) for key in SCHEMES}
        return {key: code for key, code in all_codes.items() if code}
