"""Ids of patients that may be one person's: written in several ways, damaged, or no patients'."""

from dataclasses import replace
from typing import Literal

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.problems import Problem, remark
from labelassemble.sources.rows import Rows
from labelassemble.sources.strip_suffix import strip_suffix

PatientIds = Literal["as_written", "loose", "number"]
"""When two ids are one patient's."""

FEW_PATIENTS = 20
"""Images up to which every image may well be of another patient."""

_SETTLE = (
    'Say in the manifest patient_ids = "{rule}" if they are one person, or "as_written" if not'
)
_DAMAGED = (
    r"^[+-]?\d+(?:\.\d+)?[eE]\+?\d{2,}$"  # 1.23457E+11
    r"|^#+$|^#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)"
    r"|(?i)^\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:-\d{2,4})?$"
    r"|^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*-\d{1,4}$"
)
"""What spreadsheets make of long numbers, narrow columns, formulas, and ids such as ``2-1``."""
_DATE = r"^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})(?:[ T]00:00(?::00)?)?$"


def settle_ids(column: str, rule: PatientIds | None) -> pl.Expr:
    """Write the ids of one patient in one way.

    Args:
        column: ids as text; null stays null.
        rule: as_written (or none): they stay. loose: case, spaces, leading zeros and ``.0`` do not
            count. number: nor do letters before the number.

    >>> ids = pl.DataFrame({"patient": ["7", "7.0", "007", "P 7", "p007", "7a", "1.2.840"]})
    >>> ids.select(settle_ids("patient", "loose"))["patient"].to_list()
    ['7', '7', '7', 'p7', 'p7', '7a', '1.2.840']
    >>> ids.select(settle_ids("patient", "number"))["patient"].to_list()
    ['7', '7', '7', '7', '7', '7a', '1.2.840']
    """
    ids = pl.col(column)
    if rule in (None, "as_written"):
        return ids
    plain = ids.str.to_lowercase().str.replace_all(r"\s+", "")
    plain = plain.str.replace(r"^((?:[^0-9]*[^0-9.])?)0*([0-9]+)(?:\.0+)?$", "${1}${2}")
    return plain.str.replace(r"^[^0-9]+([0-9]+)$", "${1}") if rule == "number" else plain


def settle_rows(rows: Rows, rule: PatientIds | None) -> Rows:
    """Write the ids of one patient in one way, in all rows of a source."""
    if rule in (None, "as_written"):
        return rows
    return replace(rows, facts=rows.facts.with_columns(settle_ids("patient", rule)))


def remark_on_ids(
    images: pl.DataFrame, rule: PatientIds | None, from_table: bool = True
) -> list[Problem]:
    """Remark on ids that may hide that two images are of one person, or make one of several.

    Args:
        images: columns image and patient (null where unknown), one row an image.
        rule: what the manifest says of ids; said, their writing is no question any more.
        from_table: whether a table names the patients, or the images' names.
    """
    named = images.select("image", "patient").drop_nulls("patient")
    if named.is_empty():
        return []
    checks = [_damaged(named), _names_of_images(named, from_table)]
    if rule is None:
        checks.insert(0, compare_ids(named["patient"]))
    return [one for one in checks if one is not None]


def compare_ids(ids: pl.Series, others: pl.Series | None = None, of: str = "") -> Problem | None:
    """Remark on ids that differ only in how they are written.

    Args:
        ids: of one source, or of one side of what two sources share.
        others: of the other side; none: the ids are compared with each other.
        of: names the sources.

    >>> print(compare_ids(pl.Series(["7", "7.0", "8"])))  # doctest: +ELLIPSIS
    1 patient is perhaps written in several ways, such as 7 and 7.0. As they stand, these are ...
    """
    sides = [ids] if others is None else [ids, others]
    for rule in ("loose", "number"):
        written = pl.concat(
            pl.DataFrame({"id": side.unique()}, schema={"id": pl.String}).with_columns(
                key=settle_ids("id", rule), side=pl.lit(at)
            )
            for at, side in enumerate(sides)
        ).drop_nulls("id")
        if others is not None:  # what both sides write alike is joined already
            different = ids.unique()  # in an order of its own each time
            alike = different.filter(different.is_in(others.implode()))
            written = written.filter(~pl.col("id").is_in(alike.implode()))
        if rule == "number":
            # A7 and B7 are two patients wherever both letters are used; P7 and 7 may be one.
            bare = written.filter(pl.col("id").str.contains(r"^[0-9.\s]+$"))["key"]
            written = written.filter(pl.col("key").is_in(bare.implode()))
        several = (
            written.group_by("key")
            .agg(pl.col("id").unique().sort(), sides=pl.col("side").n_unique())
            .filter(pl.col("id").list.len() > 1, pl.col("sides") == len(sides))
            .sort("key")
        )
        if several.is_empty():
            continue
        is_or_are = "patient is" if several.height == 1 else "patients are"
        where = f" of {of}" if of else ""
        return remark(
            f"{several.height:,} {is_or_are} perhaps written in several ways{where}",
            "As they stand, these are different persons, who may stand on several sides of the "
            f"split. {_SETTLE.format(rule=rule)}",
            count=several.height,
            example=some(several["id"][0], 3).replace(", ", " and "),
        )
    return None


def _damaged(named: pl.DataFrame) -> Problem | None:
    different = named["patient"].unique().sort()
    damaged = different.filter(different.str.contains(_DAMAGED))
    dates = different.filter(different.str.contains(_DATE))
    # Some sources do call patients by a date, but then all of them.
    if len(dates) * 2 < len(different):
        damaged = pl.concat([damaged, dates]).unique().sort()
    if damaged.is_empty():
        return None
    rows = named.filter(pl.col("patient").is_in(damaged.implode())).height
    return remark(
        f"{plural(len(damaged), 'id')} of patients on {plural(rows, 'image')} "
        f"{'fingerprint' if len(damaged) == 1 else 'look'} as a spreadsheet leaves other ids",
        "Several patients may have become one, and one several: export the ids again as text from "
        "where they come from",
        count=rows,
        example=f"{some(map(repr, damaged), 3)} (image "
        f"{named.filter(pl.col('patient') == damaged[0])['image'][0]})",
    )


def _names_of_images(named: pl.DataFrame, from_table: bool) -> Problem | None:
    """Ids that are no patients': the images' names, or running numbers."""
    if named.height <= FEW_PATIENTS or named["patient"].n_unique() < named.height:
        return None
    names = named.with_columns(stem=strip_suffix("image").str.split("/").list.last())
    same = names.filter(
        (pl.col("patient") == pl.col("stem")) | (pl.col("patient") == pl.col("image"))
    )
    do = (
        "Name the column of the patient, or take table.patient out"
        if from_table
        else "Find the patient in the names, or take the group (?P<patient>...) out"
    ) + ": two images of one patient are not known to be"
    if same.height > named.height / 2:
        return remark(
            f"the patient is the name of the image on {plural(same.height, 'image')}",
            do,
            count=same.height,
            example=same["image"][0],
        )
    numbers = named["patient"].cast(pl.Int64, strict=False).drop_nulls().to_list()
    if len(numbers) == named.height and max(numbers) - min(numbers) == named.height - 1:
        return remark(
            "the patients are running numbers, one an image",
            do,
            count=named.height,
            example=f"{min(numbers)} to {max(numbers)}",
        )
    return None
