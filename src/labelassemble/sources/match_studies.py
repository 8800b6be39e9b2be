"""Rows of a table of studies become rows of the images whose DICOM headers have the same key."""

from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.date_columns import read_date_column, read_header_dates
from labelassemble.sources.doubtful_keys import find_doubtful_keys, note_lost_keys
from labelassemble.sources.header_columns import column_of
from labelassemble.sources.patient_ids import settle_ids
from labelassemble.sources.problems import SET_ASIDE, Problems
from labelassemble.sources.rows import EXCLUDED
from labelassemble.sources.study_files import StudyFiles
from labelassemble.sources.table_layout import TableLayout

_KEY = "key {}"
"""Name of a column with one element of the key, as it is compared."""


class StudyRows(NamedTuple):
    """Rows of images.

    Attributes:
        table: the table's columns and ``image``, a row for each row of the table and image.
        row: which row of the table each is.
        excluded: ``EXCLUDED``: rows of the table that are no image's; by their keys.
        files: the files, with what no row speaks of among those passed over.
    """

    table: pl.DataFrame
    row: pl.Series
    excluded: pl.DataFrame
    files: StudyFiles


def match_studies(
    table: pl.DataFrame,
    layout: TableLayout,
    files: StudyFiles,
    missing: str,
    problems: Problems,
    one_row: bool = True,
) -> StudyRows:
    """Find the images of each row.

    Keys are the same when they are the same text, dates when they are the same day; with
    ``key_ids = "loose"`` case, spaces, leading zeros and ``.0`` do not count.

    Args:
        table: columns as text, a blank cell is ``""``.
        layout: names the key.
        files: the DICOM files that count.
        missing: ``missing_images`` of the recipe.
        problems: takes rows without a key, keys that stand for several studies or patients, keys
            that stand in the table with other labels, keys without an image.
        one_row: whether all rows of one key and reader must say the same.
    """
    assert layout.key is not None
    key, names = layout.key, [_KEY.format(place) for place in range(len(layout.key))]
    said = " and ".join(key)
    columns = list(key.values())
    rows = table.with_row_index("row").with_columns(
        _settle(table[column], element, layout, problems).alias(name)
        for name, (element, column) in zip(names, key.items(), strict=True)
    )
    excluded = [pl.DataFrame(schema=EXCLUDED)]

    def leave(which: pl.Series, reason: str) -> None:
        nonlocal rows
        lost = rows.filter(which)
        told = pl.concat_str(pl.col(columns), separator=" / ")
        excluded.append(
            lost.select(image=told, reason=pl.lit(reason), rows=pl.lit(1, pl.Int64)).select(
                list(EXCLUDED)
            )
        )
        rows = rows.filter(~which)

    blank = rows.select(pl.any_horizontal(pl.col(name).is_null() for name in names)).to_series()
    keyless = rows.filter(pl.any_horizontal(pl.col(column) == "" for column in columns))
    if keyless.height:
        problems.note(
            f"{said} in every row of column {some(map(repr, columns))}",
            f"{plural(keyless.height, 'row')} without {said}",
            "Fill them in, or take those rows out: nobody can tell of which study they speak",
            count=keyless.height,
            example=f"row {keyless['row'][0] + 1} of those below the header",
        )
    leave(blank, f"{SET_ASIDE}it has no {said}")
    if one_row:
        rows = _keep_first(rows, names, columns, layout, said, problems)
    heads = files.headers.with_columns(
        _settle_header(files.headers[column_of(element)], element, layout).alias(name)
        for name, element in zip(names, key, strict=True)
    )
    lacks = [
        pl.when(pl.col(name).is_null()).then(pl.lit(f"its header has no {element}"))
        for name, element in zip(names, key, strict=True)
    ]
    none = heads.select(reason=pl.coalesce(lacks))["reason"]
    files, heads = files.pass_over(none), heads.filter(none.is_null())
    _tell_keyless(none, problems)
    spoken = heads.join(rows, on=names, how="semi")
    doubtful = find_doubtful_keys(spoken, names, layout, problems)
    leave(_are_among(rows, doubtful), f"{SET_ASIDE}its {said} is not that of one study")
    here = rows.join(heads, on=names, how="semi")
    lost = rows.join(here, on="row", how="anti")
    if lost.height:
        note_lost_keys(
            lost, rows, heads, names=names, layout=layout, missing=missing, problems=problems
        )
    if missing != "keep":
        leave(rows["row"].is_in(lost["row"].implode()), f"no image that counts has its {said}")
    matched = rows.join(
        heads.select("image", *names), on=names, how="left", maintain_order="left_right"
    )
    # Without a file, a study goes by its key.
    matched = matched.with_columns(
        image=pl.coalesce("image", pl.concat_str(pl.col(columns), separator=" / "))
    )
    unspoken = heads.select(
        reason=pl.when(~pl.col("image").is_in(matched["image"].implode())).then(
            pl.when(_are_among(heads, doubtful))
            .then(pl.lit(f"its {said} is not that of one study"))
            .otherwise(pl.lit(f"no row of the table has its {said}"))
        )
    )["reason"]
    _tell_unspoken(files, unspoken.set(_are_among(heads, doubtful), None), said, problems)
    return StudyRows(
        table=matched.select(*table.columns, "image"),
        row=matched["row"],
        excluded=pl.concat(excluded),
        files=files.pass_over(unspoken),
    )


def _are_among(frame: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
    """Whether the key of each row is one of these."""
    marked = keys.with_columns(among=pl.lit(True))
    found = frame.join(marked, on=keys.columns, how="left", maintain_order="left")["among"]
    return found.fill_null(False)


def _settle(values: pl.Series, element: str, layout: TableLayout, problems: Problems) -> pl.Series:
    """A column of the key as it is compared; null where it is blank or cannot be read."""
    if element != "StudyDate":
        return _settle_id(values, layout)
    return read_date_column(values, layout.date_order, problems)


def _settle_header(values: pl.Series, element: str, layout: TableLayout) -> pl.Series:
    return read_header_dates(values) if element == "StudyDate" else _settle_id(values, layout)


def _settle_id(values: pl.Series, layout: TableLayout) -> pl.Series:
    settled = values.replace("", None).to_frame("id").select(settle_ids("id", layout.key_ids))
    return settled["id"]


def _keep_first(
    rows: pl.DataFrame,
    names: list[str],
    columns: list[str],
    layout: TableLayout,
    said: str,
    problems: Problems,
) -> pl.DataFrame:
    """Of rows of one key and reader that differ, the first; they are reported."""
    own = [*names, *([layout.reader] if layout.reader else [])]
    others = [name for name in rows.columns if name not in {*own, *columns, "row"}]
    different = rows.unique([*own, *others], keep="first", maintain_order=True)
    twice = different.filter(pl.struct(own).is_duplicated()).sort(own, maintain_order=True)
    if twice.is_empty():
        return rows
    first, second = twice.row(0, named=True), twice.row(1, named=True)
    name = next(name for name in others if first[name] != second[name])
    told = " / ".join(first[column] for column in columns)
    count = twice.select(pl.struct(own).n_unique()).item()
    problems.note(
        f"one row for each {said}, or rows that say the same",
        f"{count:,} {said} with several rows that differ, such as {told}: {name} is "
        f"{first[name]!r} and {second[name]!r}",
        "Fix those rows; where readers differ, name their column in table.reader",
        count=count,
    )
    firsts = different.unique(own, keep="first", maintain_order=True)
    same = rows.join(firsts.select(*own, *others), on=[*own, *others], how="semi", nulls_equal=True)
    return same.sort("row")


def _tell_keyless(reasons: pl.Series, problems: Problems) -> None:
    count = reasons.count()
    if count:
        problems.remark(
            f"{plural(count, 'image file')} of {len(reasons):,} without a key: "
            f"{some(reasons.drop_nulls().unique().sort())}",
            "They get no label; name another element in table.key if the table has one",
            count=count,
        )


def _tell_unspoken(files: StudyFiles, reasons: pl.Series, said: str, problems: Problems) -> None:
    count = reasons.count()
    if count:
        problems.remark(
            f"{plural(count, 'image file')} of {len(reasons):,} whose {said} no row of the table "
            "has",
            "They get no label. Is the table whole?",
            count=count,
            example=files.headers.filter(reasons.is_not_null())["image"][0],
        )
