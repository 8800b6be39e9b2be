"""A source's table becomes rows: who is on which image, and what its label cells say."""

import re
from pathlib import Path

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.box_rows import BoxRows, mark_boxes
from labelassemble.sources.class_column import ClassColumn
from labelassemble.sources.delimited_list import DelimitedList
from labelassemble.sources.finding_columns import FindingColumns
from labelassemble.sources.label_table import InputFile
from labelassemble.sources.manifest import Manifest, TableLayout
from labelassemble.sources.rows import FACTS, NONE_LEFT_OUT, Rows
from labelassemble.sources.table_file import read_table


def read_table_rows(
    folder: Path, layout: TableLayout, manifest: Manifest
) -> tuple[Rows, tuple[InputFile, ...]]:
    """Read the columns that the manifest names; take out the rows that it does not keep.

    Args:
        folder: the source's folder.
        layout: the manifest's table.
        manifest: how labels and split are written.

    Raises:
        SourceError: what `read_table` refuses; rows without an image; a name in which
            `patient_pattern` finds no patient; a filter that keeps nothing.
    """
    labels = _label_columns(manifest)
    named = {
        "image": layout.image,
        "patient": layout.patient,
        "view": layout.view,
        "age": layout.age,
        "sex": layout.sex,
        "split": manifest.split.column,
    }
    wanted = dict.fromkeys([*filter(None, named.values()), *layout.keep, *labels])
    table, inputs = read_table(folder, layout, list(wanted))
    nameless = table[layout.image] == ""
    if nameless.any():
        raise SourceError(
            f"the name of an image in every row's column {layout.image!r}",
            f"{nameless.sum()} rows without, the first is row {nameless.arg_max()} of the data",
            "Fill in the names, or take those rows out",
        )
    table, left_out = _keep(table, layout)
    facts = table.select(
        (pl.col(column) if column else pl.lit("")).alias(fact)
        for fact, column in zip(FACTS, (named[fact] for fact in FACTS), strict=True)
    )
    if layout.patient_pattern is not None:
        facts = _find_patients(facts, layout, layout.patient_pattern)
    cells = table.select(labels)
    if isinstance(manifest.labels, BoxRows):
        cells = mark_boxes(facts["image"], cells, manifest.labels)
    return Rows(facts=facts, cells=cells, left_out=left_out), inputs


def _label_columns(manifest: Manifest) -> tuple[str, ...]:
    match manifest.labels:
        case DelimitedList(column=column) | ClassColumn(column=column):
            return (column,)
        case FindingColumns(columns=columns):
            return columns
        case BoxRows(box=box):
            return box
        case _:
            return ()


def _keep(table: pl.DataFrame, layout: TableLayout) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with the values that the manifest keeps, and the others with the reason."""
    if not layout.keep:
        return table, NONE_LEFT_OUT
    reasons = [
        pl.when(~pl.col(column).is_in(list(values))).then(
            pl.format("column '{}' is '{}'", pl.lit(column), pl.col(column))
        )
        for column, values in layout.keep.items()
    ]
    why = table.select(pl.coalesce(reasons))[:, 0].alias("reason")
    if not why.null_count():
        raise SourceError(
            "rows that the manifest's table.keep lets through",
            f"none of {table.height}: {some(why.unique().sort(), 5)}",
            "Mend table.keep",
        )
    out = pl.DataFrame({"image": table[layout.image], "reason": why}).drop_nulls("reason")
    return table.filter(why.is_null()), out


def _find_patients(facts: pl.DataFrame, layout: TableLayout, pattern: str) -> pl.DataFrame:
    expression = re.compile(pattern)
    texts = facts["patient" if layout.patient else "image"]
    different = texts.unique().sort()
    found = [expression.search(text) for text in different]
    strange = [text for text, match in zip(different, found, strict=True) if text and not match]
    if strange:
        raise SourceError(
            f"a patient in every cell of column {layout.patient or layout.image!r}, "
            "as table.patient_pattern finds it",
            f"none in {len(strange)} different cells, such as {some(strange, 3)}",
            f"Mend the pattern {pattern!r}",
        )
    names = [match["patient"] or "" if match else "" for match in found]
    return facts.with_columns(
        patient=texts.replace_strict(different, names, return_dtype=pl.String)
    )
