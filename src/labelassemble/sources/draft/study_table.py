"""Tables of studies: which column is which element of the DICOM headers beside it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.dicom_headers import column_of, may_be_dicom, read_headers
from labelassemble.sources.draft.write_toml import Line

_OPENED = 300
_UNIQUE = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "AccessionNumber")
"""Elements that name a row alone, the finest first."""
_FILLED = 0.9
"""A finer element counts where so many rows have it."""
_MATCHED = 0.2
"""So many of the headers' values stand in the column: a table may be about a part of a tree."""
_TOLD = ("Modality", "ViewPosition", "BodyPartExamined")


class StudyKey(NamedTuple):
    """How the rows of a table name studies.

    Attributes:
        key: element of DICOM to column.
        lines: of the manifest's ``[table]`` and ``[headers]``, in place of the image's column.
    """

    key: dict[str, str]
    lines: dict[str, dict[str, Line]]


def find_study_key(table: pl.DataFrame, folder: Path, images: Sequence[str]) -> StudyKey | None:
    """Find the columns that hold what the headers of the images hold.

    Args:
        table: as text.
        folder: where the images lie.
        images: paths below it; some hundred are opened, evenly.

    Returns:
        None: no DICOM files, or no column holds what names them.
    """
    able = [name for name in images if may_be_dicom(name)]
    some = able[:: max(1, len(able) // _OPENED)]
    if not some or table.is_empty():
        return None
    headers = read_headers([str((folder / name).absolute()) for name in some])
    headers = headers.filter(pl.col("SOPInstanceUID").is_not_null())
    if headers.is_empty():
        return None
    key = _find_alone(table, headers) or _find_by_date(table, headers)
    if key is None:
        return None
    names = [element for element, column in key.items() if element != column]
    written: object = key if names else (next(iter(key)) if len(key) == 1 else list(key))
    seen = ", ".join(f"{one} {_count(headers, one)}" for one in _TOLD if _count(headers, one))
    rule = 'keep = {Modality = ["DX"], ViewPosition = ["PA", "AP"]}, say: '
    return StudyKey(
        key,
        {
            "table": {
                "key": Line(
                    written,
                    f"what stands there stands in the headers of {plural(len(headers), 'file')} "
                    "that were opened",
                )
            },
            "headers": {
                "keep": Line(
                    None,
                    f"{rule}labels of a study count for all of its images that are kept; seen: "
                    f"{seen or 'nothing'}",
                )
            },
        },
    )


def _find_alone(table: pl.DataFrame, headers: pl.DataFrame) -> dict[str, str] | None:
    """A column that names a row alone: the finest, else the one with the most rows."""
    found: list[tuple[float, str, str]] = []
    for element in _UNIQUE:
        wanted = headers[column_of(element)].drop_nulls().unique()
        for column in table.columns:
            cells = table[column].str.strip_chars()
            if len(wanted) and wanted.is_in(cells.unique().implode()).mean() >= _MATCHED:  # type: ignore[operator]
                found.append((float((cells != "").mean() or 0), element, column))  # type: ignore[arg-type]
                break
    for filled, element, column in found:
        if filled >= _FILLED:
            return {element: column}
    return {max(found)[1]: max(found)[2]} if found else None


def _find_by_date(table: pl.DataFrame, headers: pl.DataFrame) -> dict[str, str] | None:
    """A column of patients and one of dates that name a study together."""
    pairs = headers.select(patient=column_of("PatientID"), date=column_of("StudyDate"))
    pairs = pairs.drop_nulls().unique()
    if pairs.is_empty():
        return None
    patients = pairs["patient"].unique()
    for who in table.columns:
        if patients.is_in(table[who].unique().implode()).mean() < _MATCHED:  # type: ignore[operator]
            continue
        for when in table.columns:
            digits = pl.col(when).str.slice(0, 10).str.replace_all(r"[-/.]", "")
            there = table.select(patient=who, date=digits).unique()
            met = pairs.join(there, on=["patient", "date"], how="inner").height
            if when != who and met >= _MATCHED * pairs.height:
                return {"PatientID": who, "StudyDate": when}
    return None


def _count(headers: pl.DataFrame, element: str) -> str:
    seen = Counter(headers[column_of(element)].drop_nulls().to_list())
    return "/".join(value for value, _ in seen.most_common(5))
