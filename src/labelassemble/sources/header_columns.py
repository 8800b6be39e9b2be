"""Columns in which the headers of DICOM files stand."""

from typing import Final

import polars as pl

TAGS: Final = {
    "patient": "PatientID",
    "age": "PatientAge",
    "sex": "PatientSex",
    "view": "ViewPosition",
    "modality": "Modality",
    **{
        name: name
        for name in (
            *("IssuerOfPatientID", "PatientBirthDate", "AccessionNumber", "StudyInstanceUID"),
            *("SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "StudyDate", "SeriesDate"),
            *("AcquisitionDate", "ContentDate", "BodyPartExamined", "StudyDescription"),
            *("SeriesDescription", "ProtocolName", "ImageType", "PresentationIntentType"),
            *("Laterality", "ImageLaterality", "BurnedInAnnotation", "Rows", "Columns"),
        )
    },
}
"""Columns of headers to the keywords of DICOM."""


HEADER_COLUMNS: Final = {
    "path": pl.String,
    "size": pl.Int64,
    "modified_ns": pl.Int64,
    **dict.fromkeys(TAGS, pl.String),
}
"""One row a file: what tells that it has changed, and its header as text, several values with
``\\`` between them; null where it is blank or cannot be read."""


def column_of(keyword: str) -> str:
    """Give the column of headers that holds an element of DICOM.

    >>> column_of("PatientID"), column_of("StudyDate")
    ('patient', 'StudyDate')
    """
    return next((column for column, tag in TAGS.items() if tag == keyword), keyword)
