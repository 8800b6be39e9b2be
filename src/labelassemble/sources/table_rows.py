"""A source's table becomes rows: who is on which image, and what its label cells say."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError, some, unknown_name
from labelassemble.sources.image_files import ImageFolder
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.join_tables import join_tables
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.patients import find_patients
from labelassemble.sources.rows import FACTS, LEFT_OUT, NONE_LEFT_OUT, Rows
from labelassemble.sources.table_file import read_table
from labelassemble.sources.table_layout import TableLayout


def read_table_rows(
    folder: Path, files: ImageFolder, manifest: Manifest, layout: TableLayout
) -> tuple[Rows, tuple[InputFile, ...]]:
    """Read the columns that the manifest names; take out the rows that it does not keep.

    Args:
        folder: the source's folder.
        files: its image files, for a table whose rows are their names.
        manifest: how labels, split and subsets are written.
        layout: the manifest's table.

    Raises:
        SourceError: what `read_table` refuses; rows without an image; a name in which
            `patient_pattern` finds no patient; a filter that keeps nothing.
    """
    named = {
        "image": layout.image,
        "patient": layout.patient,
        "view": layout.view,
        "age": layout.age,
        "sex": layout.sex,
        "split": manifest.split.column,
        "reader": layout.reader,
    }
    labels = _label_columns(manifest)
    marks = [name for subset in manifest.subsets for name in subset.where if name not in FACTS]
    wanted = list(dict.fromkeys([*filter(None, named.values()), *layout.keep, *marks, *labels]))
    read = _read_main(folder, files, layout, wanted)
    table = read.table
    nameless = table[layout.image] == ""
    if nameless.any():
        raise SourceError(
            f"the name of an image in every row's column {layout.image!r}",
            f"{nameless.sum()} rows without, the first is row {nameless.arg_max()} of the data",
            "Fill in the names, or take those rows out",
        )
    joined = join_tables(table, layout.join, wanted, folder)
    table = _fill_lacking(joined.table, wanted, layout)
    needs_file = bool(manifest.split.files) or any("file" in s.where for s in manifest.subsets)
    facts = table.select(
        (pl.col(column) if column else pl.lit("")).alias(fact)
        for fact, column in ((fact, named.get(fact)) for fact in FACTS)
    ).with_columns(file=read.file if needs_file else pl.lit(""))
    if layout.patient_pattern is not None:
        column = "patient" if layout.patient else "image"
        facts = find_patients(facts, layout.patient_pattern, column)
    rows = Rows(
        facts=facts,
        cells=table.select(labels),
        marks=table.select(list(dict.fromkeys(marks))),
        count=pl.select(pl.repeat(1, table.height, dtype=pl.Int64).alias("count")).to_series(),
        left_out=read.left_out,
    )
    why = pl.select(pl.coalesce(joined.missing, _not_kept(table, layout.keep))).to_series()
    rows = rows.leave_out(why)
    if rows.facts.is_empty():
        raise SourceError(
            "rows that the manifest's table.keep and table.join let through",
            f"none of {table.height}: {some(why.unique().sort(), 5)}",
            "Mend table.keep or table.join",
        )
    return rows, (*read.inputs, *joined.inputs)


class _Main(NamedTuple):
    """The table whose rows are images, before others are joined to it."""

    table: pl.DataFrame
    file: pl.Series
    inputs: tuple[InputFile, ...]
    left_out: pl.DataFrame


def _read_main(
    folder: Path, files: ImageFolder, layout: TableLayout, wanted: Sequence[str]
) -> _Main:
    if layout.file is None:
        return _read_names(files, layout)
    keys = dict.fromkeys(name for join in layout.join for name in join.on)
    # What a joined table brings need not be in this one.
    brought = [name for name in wanted if name != layout.image and name not in keys]
    read = read_table(
        folder,
        layout.file,
        list(dict.fromkeys([*wanted, *keys])),
        layout.separator,
        layout.header,
        [*layout.may_lack, *(brought if layout.join else ())],
    )
    return _Main(read.table.drop(read.lacking), read.file, read.inputs, NONE_LEFT_OUT)


def _fill_lacking(table: pl.DataFrame, wanted: Sequence[str], layout: TableLayout) -> pl.DataFrame:
    """Blank cells for columns that may lack; an error for others that no table has."""
    lacking = [name for name in wanted if name not in table.columns]
    lost = [name for name in lacking if name not in layout.may_lack]
    if lost:
        files = [*(layout.file or ()), *(name for join in layout.join for name in join.file)]
        raise SourceError(
            f"a column named {lost[0]!r} in {some(files) or 'the groups of table.names'}",
            unknown_name("column", lost[0], table.columns),
            "Mend the name in the manifest",
        )
    return table.with_columns(pl.lit("").alias(name) for name in lacking)


def _read_names(files: ImageFolder, layout: TableLayout) -> _Main:
    """Rows of image files, whose names' groups are columns."""
    assert layout.names is not None
    pattern = re.compile(layout.names)
    groups = [*pattern.groupindex]
    found = [(name, pattern.fullmatch(name)) for name in files.names]
    taken = {
        "image": [name for name, match in found if match],
        **{group: [match[group] or "" for _, match in found if match] for group in groups},
    }
    if not taken["image"]:
        raise SourceError(
            f"image files below {files.folder} that table.names matches",
            f"none of {len(files.names)}",
            "Check the folder, or mend table.names",
        )
    keys = [name for join in layout.join for name in join.on]
    lost = [name for name in keys if name not in taken]
    if lost:
        raise SourceError(
            f"groups of table.names for the columns that table.join is on: {some(keys)}",
            f"no group {some(lost)}",
            "Mend table.names or table.join",
        )
    strange = [name for name, match in found if not match]
    left_out = pl.DataFrame(
        {
            "image": strange,
            "reason": ["a file that table.names does not match"] * len(strange),
            "rows": [1] * len(strange),
        },
        schema=LEFT_OUT,
    )
    table = pl.DataFrame(taken, schema=dict.fromkeys(taken, pl.String))
    file = pl.select(pl.repeat("", table.height, dtype=pl.String)).to_series()
    return _Main(table, file, (files.describe(),), left_out)


def _label_columns(manifest: Manifest) -> tuple[str, ...]:
    columns: tuple[str, ...] = getattr(manifest.labels, "columns_read", ())
    return columns


def _not_kept(table: pl.DataFrame, keep: Mapping[str, Sequence[str]]) -> pl.Series:
    """Why a row is not kept; null where it is."""
    reasons = [
        pl.when(~pl.col(column).is_in(list(values))).then(
            pl.format("column '{}' is '{}'", pl.lit(column), pl.col(column))
        )
        for column, values in keep.items()
    ]
    nothing = pl.Series("reason", [None] * table.height, dtype=pl.String)
    return table.select(pl.coalesce([*reasons, nothing])).to_series() if reasons else nothing
