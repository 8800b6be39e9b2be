"""Tables of studies: which column is which element of the DICOM headers beside it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.dicom_headers import may_be_dicom, read_headers
from labelassemble.sources.draft.known_words import name_words
from labelassemble.sources.header_columns import column_of
from labelassemble.sources.judge_headers import find_no_images
from labelassemble.sources.patient_ids import settle_ids
from labelassemble.sources.read_dates import DateOrder, read_dates
from labelassemble.sources.write_toml import Line, write_value

_OPENED = 300
_UNIQUE = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "AccessionNumber")
"""Elements that name a row alone, the finest first."""
_FILLED = 0.9
"""A finer element counts where so many rows have it."""
_MATCHED = 0.2
"""So many of the headers' values stand in the column: a table may be about a part of a tree."""
_DISTINCT = 5
"""Characters from which on ids without leading zeros are not like running numbers."""
_ACCESSION = frozenset({"accession", "acc", "order", "exam", "examination", "study", "request"})
_PATIENT = frozenset({"patient", "pat", "mrn", "pid", "subject", "person"})
"""Words in the names of columns that may hold short ids of a study, or of a patient."""
ORDERS: Final[tuple[DateOrder, ...]] = ("day_first", "month_first")
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
    found = (
        _find_alone(table, headers)
        or _find_by_date(table, headers)
        or _find_alone(table, headers, loose=True)
        or _find_by_date(table, headers, loose=True)
    )
    if found is None:
        return None
    key = found.key
    names = [element for element, column in key.items() if element != column]
    written: object = key if names else (next(iter(key)) if len(key) == 1 else list(key))
    seen = ", ".join(f"{one} {_count(headers, one)}" for one in _TOLD if _count(headers, one))
    rule = f"{_propose_rule(headers)}, say: "
    why = (
        f"what stands there stands in the headers of {plural(len(headers), 'file')} that were "
        "opened" + (f"; {found.note}" if found.note else "")
    )
    lines = {"key": Line(written, why)}
    if found.loose:
        lines["key_ids"] = Line(
            "loose",
            "leading zeros, blanks, case or .0 differ from the headers: better export the column "
            "again as text",
        )
    if found.order is not None:
        lines["date_order"] = Line(found.order, "as the dates of the headers show")
    return StudyKey(
        key,
        {
            "table": lines,
            "headers": {
                "keep": Line(
                    None,
                    f"{rule}labels of a study count for all of its images that are kept; seen: "
                    f"{seen or 'nothing'}",
                )
            },
        },
    )


class _Found(NamedTuple):
    """Columns that hold what names a study, and how they write it.

    Attributes:
        key: element of DICOM to column.
        loose: ids meet only if their writing does not count.
        order: of day and month, where the column itself does not show it.
        note: what else is to be known of it.
    """

    key: dict[str, str]
    loose: bool = False
    order: DateOrder | None = None
    note: str = ""


def _find_alone(table: pl.DataFrame, headers: pl.DataFrame, loose: bool = False) -> _Found | None:
    """A column that names a row alone: the finest, else the one with the most rows."""
    found: list[tuple[float, str, str]] = []
    for element in _UNIQUE:
        wanted = headers[column_of(element)].drop_nulls().unique()
        column = _find_column(table, wanted, loose, _ACCESSION)
        if column is not None:
            filled = float((table[column].str.strip_chars() != "").mean() or 0)  # type: ignore[arg-type]
            found.append((filled, element, column))
    for filled, element, column in found:
        if filled >= _FILLED:
            return _Found({element: column}, loose)
    return _Found({max(found)[1]: max(found)[2]}, loose) if found else None


def _find_column(
    table: pl.DataFrame, wanted: pl.Series, loose: bool, words: frozenset[str]
) -> str | None:
    """The column that holds the most of the headers' values; none: no column holds enough."""
    ids = _settle(wanted, loose).drop_nulls().unique()
    if ids.is_empty():
        return None
    # Without leading zeros, short ids are as running numbers are.
    short = loose and float(ids.str.len_chars().median() or 0) < _DISTINCT  # type: ignore[arg-type]
    best: tuple[float, str] | None = None
    for column in table.columns:
        if short and not set(name_words(column)) & words:
            continue
        cells = _settle(table[column].str.strip_chars().unique(), loose)
        share = float(ids.is_in(cells.drop_nulls().implode()).mean() or 0)  # type: ignore[arg-type]
        if share >= _MATCHED and (best is None or share > best[0]):
            best = share, column
    return best and best[1]


def _settle(ids: pl.Series, loose: bool) -> pl.Series:
    rule: Literal["loose", "as_written"] = "loose" if loose else "as_written"
    return ids.alias("id").to_frame().select(settle_ids("id", rule)).to_series()


def _find_by_date(table: pl.DataFrame, headers: pl.DataFrame, loose: bool = False) -> _Found | None:
    """A column of patients and one of dates that name a study together."""
    pairs = headers.select(patient=column_of("PatientID"), date=column_of("StudyDate"))
    pairs = pairs.drop_nulls().unique()
    if pairs.is_empty():
        return None
    who = _find_column(table, pairs["patient"], loose, _PATIENT)
    if who is None:
        return None
    wanted = pl.DataFrame(
        {"patient": _settle(pairs["patient"], loose), "date": _read_days(pairs["date"], None)}
    ).unique()
    patients = _settle(table[who].str.strip_chars(), loose)
    best: tuple[int, str, DateOrder | None] | None = None
    for when in table.columns:
        if when == who or not table[when].str.contains(r"\d").any():
            continue
        for order in (None, *ORDERS):
            rows = pl.DataFrame({"patient": patients, "date": _read_days(table[when], order)})
            met = wanted.join(rows.drop_nulls().unique(), on=["patient", "date"]).height
            # What the column shows by itself needs no order: only more that meet do.
            if met >= _MATCHED * wanted.height and (best is None or met > best[0]):
                best = met, when, order
    if best is None:
        return None
    _, when, order = best
    note = ""
    if table[when].str.contains(r"^[345]\d{4}(?:[.,]\d+)?$").any():
        note = f"days in {when!r} are numbers, as Excel counts them"
    return _Found({"PatientID": who, "StudyDate": when}, loose, order, note)


def _read_days(values: pl.Series, order: DateOrder | None) -> pl.Series:
    """Days as ISO 8601 writes them; null where a text is none, or may be two."""
    days = read_dates(values.drop_nulls().unique().to_list(), order).dates
    return values.replace_strict(
        list(days), list(days.values()), default=None, return_dtype=pl.String
    )


def _propose_rule(headers: pl.DataFrame) -> str:
    """A rule of the modalities and views of images that are there; the user strikes some out."""
    images = headers.filter(find_no_images(headers).is_null())
    rules = []
    for element in ("Modality", "ViewPosition"):
        seen = images[column_of(element)].fill_null("").value_counts(sort=True)
        values = seen[column_of(element)].head(6).to_list()
        if len(values) > 1:
            rules.append(f"{element} = {write_value(tuple(values))}")
    return f"keep = {{{', '.join(rules)}}}" if rules else 'keep = {Modality = ["..."]}'


def _count(headers: pl.DataFrame, element: str) -> str:
    seen = Counter(headers[column_of(element)].drop_nulls().to_list())
    return "/".join(value for value, _ in seen.most_common(5))
