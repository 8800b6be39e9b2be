"""Boxes in a table of their own, beside labels that speak of whole images."""

from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import Field, model_validator

from labelassemble.errors import some
from labelassemble.sources.assessments import Evidence
from labelassemble.sources.box_columns import BoxColumns, BoxFormat, read_boxes
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.problems import AT_ONCE, Problems, plural
from labelassemble.sources.rows import EXCLUDED, NO_BOXES, NONE_EXCLUDED
from labelassemble.sources.scope import Names
from labelassemble.sources.table_file import note_columns, open_tables, parse_tables

NO_IMAGE = "a box on an image that the table does not hold"


class BoxTable(BoxFrame):
    """Where boxes stand. A box says too that the finding is there; its absence says nothing."""

    file: Names
    """As `table.file`. Boxes are optional: where there is no such file, there are none."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """As `table.separator`."""
    sheet: str | None = None
    """As `table.sheet`."""
    renamed: dict[str, Names] = Field(default={})
    """As `table.renamed`."""
    image: str
    """Column that names the image, as the labels do."""
    column: str | None = None
    """Column that says what a box shows, in the source's own words."""
    term: str | None = None
    """Instead: what all boxes show. Rows without a box are passed over."""
    ignore: tuple[str, ...] = ()
    """Words of `column` that mark rows without a box, such as ``No finding``."""
    reader: str | None = None
    """Column with who drew the box; files without it name nobody."""
    box: tuple[str, str, str, str]
    """The four columns of a box."""
    format: BoxFormat = "corner_size"
    """corner_size: left, top, width, height. corners: left, top, right, bottom. centre_size: centre
    x and y, width, height."""
    evidence: Evidence | None = None
    """Where boxes come from, if not where the labels on the same image do."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "BoxTable":
        if (self.term is None) == (self.column is None):
            raise ValueError("give term (all boxes show it) or column (which says), one of both")
        return self


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
