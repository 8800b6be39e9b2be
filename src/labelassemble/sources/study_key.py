"""The key of a table of studies: which element of DICOM stands in which column."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

KeyElement = Literal[
    "AccessionNumber",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "PatientID",
    "IssuerOfPatientID",
    "StudyDate",
]

_NAMES_NOTHING = ("IssuerOfPatientID", "StudyDate")


def _name_columns(value: Any) -> Any:
    """An element alone, or a list of them: the columns are called like them."""
    if isinstance(value, str):
        return {value: value}
    return dict(zip(value, value, strict=True)) if isinstance(value, list | tuple) else value


def _is_key(key: dict[str, str]) -> dict[str, str]:
    if not set(key) - set(_NAMES_NOTHING):
        raise ValueError(f"{' and '.join(key)} alone names no study: add PatientID")
    if len(set(key.values())) < len(key):
        raise ValueError("two elements stand in one column")
    return key


Key = Annotated[
    dict[KeyElement, str],
    BeforeValidator(_name_columns),
    Field(min_length=1),
    AfterValidator(_is_key),
]
"""Element of DICOM to the column of the table that holds it."""
