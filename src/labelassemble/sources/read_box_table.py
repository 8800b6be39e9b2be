"""Boxes in a table of their own, read."""

from pathlib import Path

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.box_columns import BoxColumns, read_boxes
from labelassemble.sources.box_table import BoxTable
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.note_columns import note_columns
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.parse_tables import parse_tables
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import EXCLUDED, NO_BOXES, NONE_EXCLUDED

NO_IMAGE = "a box on an image that the table does not hold"


def read_box_table(
    folder: Path, layout: BoxTable, images: pl.Series, problems: Problems = AT_ONCE
) -> tuple[pl.DataFrame, pl.DataFrame, tuple[InputFile, ...]]:
    """Read a table of boxes.

    Args:
        folder: the source's folder.
        layout: where boxes stand.
        images: names of the images there are.
        problems: takes columns that are not there, rows and boxes that cannot be read.

    Returns:
        ``BOX_COLUMNS``; ``EXCLUDED``, boxes on other images; and the files, none where there are
        no boxes.
    """
    if not any_there(folder, layout.file):
        problems.remark(
            f"the table of boxes {some(layout.file)} is not there",
            "Put it there, or go on without boxes",
        )
        return NO_BOXES, NONE_EXCLUDED, ()
    reader = (layout.reader,) if layout.reader else ()
    keys = {layout.image: "boxes.image"} | (
        {layout.column: "boxes.column"} if layout.column else {}
    )
    keys |= dict.fromkeys(reader, "boxes.reader") | dict.fromkeys(layout.box, "boxes.box")
    keys |= dict.fromkeys(layout.frame_columns or (), "boxes.frame_columns")
    tables = open_tables(
        folder,
        layout.file,
        keys,
        separator=layout.separator,
        header=(),
        problems=problems,
        sheet=layout.sheet,
        renamed=layout.renamed,
    )
    if not tables or note_columns(tables, keys, reader, problems):
        return NO_BOXES, NONE_EXCLUDED, ()
    read = parse_tables(tables, list(keys), problems)
    table = read.table
    drawer = pl.col(layout.reader) if layout.reader else pl.lit("")
    facts = table.select(image=layout.image, reader=drawer)
    words = (
        table[layout.column]
        if layout.column is not None
        else pl.select(pl.repeat(layout.term, table.height, dtype=pl.String)).to_series()
    )
    drawn = ~words.is_in(list(layout.ignore))
    where = BoxColumns(layout.box, layout.format, layout.frame, layout.frame_columns)
    filled, boxes, aside = read_boxes(facts.filter(drawn), table.filter(drawn), where, problems)
    boxes = boxes.with_columns(term=words.filter(drawn).filter(filled))
    bare = facts.filter(drawn)["image"].filter(~filled & aside.is_null())
    if layout.column is not None and len(bare):
        problems.note(
            f"a box on every row of {some(layout.file)}",
            f"{plural(len(bare), 'row')} of {some(layout.file)} without a box",
            "Fix those rows, or name the words of such rows in boxes.ignore",
            count=len(bare),
            example=some(bare.head(3)),
        )
    here = boxes["image"].is_in(images.implode())
    lost = (
        boxes.filter(~here)
        .group_by("image")
        .agg(reason=pl.lit(NO_IMAGE), rows=pl.len().cast(pl.Int64))
        .sort("image")
    )
    return boxes.filter(here).unique(maintain_order=True), lost.select(list(EXCLUDED)), read.inputs
