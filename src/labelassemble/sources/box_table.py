"""Boxes in a table of their own, beside labels that speak of whole images."""

from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import Field, model_validator

from labelassemble.errors import SourceError, some
from labelassemble.settings import Settings
from labelassemble.sources.box_columns import BoxColumns, BoxFormat, read_boxes
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.rows import LEFT_OUT, NO_BOXES, NONE_LEFT_OUT
from labelassemble.sources.scope import Names
from labelassemble.sources.table_file import read_table
from labelassemble.sources.verdicts import Evidence

NO_IMAGE = "a box on an image that the table does not hold"


class BoxTable(Settings):
    """Where boxes stand. A box says too that the finding is there; its absence says nothing."""

    file: Names
    """As `table.file`. Boxes are optional: where there is no such file, there are none."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """As `table.separator`."""
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
    frame: tuple[int, int] | None = None
    """Width and height in pixels of the picture that the numbers refer to; none: the image as
    published."""
    evidence: Evidence | None = None
    """Where boxes come from, if not where the labels on the same image do."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "BoxTable":
        if (self.term is None) == (self.column is None):
            raise ValueError("give term (all boxes show it) or column (which says), one of both")
        return self


def read_box_table(
    folder: Path, layout: BoxTable, images: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame, tuple[InputFile, ...]]:
    """Read a table of boxes.

    Args:
        folder: the source's folder.
        layout: where boxes stand.
        images: names of the images there are.

    Returns:
        ``BOX_COLUMNS``; ``LEFT_OUT``, boxes on other images; and the files, none where there are
        no boxes.

    Raises:
        SourceError: a column that is not there, a box without an area.
    """
    if not any_there(folder, layout.file):
        return NO_BOXES, NONE_LEFT_OUT, ()
    reader = (layout.reader,) if layout.reader else ()
    wanted = [layout.image, *filter(None, (layout.column,)), *reader, *layout.box]
    read = read_table(folder, layout.file, wanted, layout.separator, may_lack=reader)
    table = read.table
    drawer = pl.col(layout.reader) if layout.reader else pl.lit("")
    facts = table.select(image=layout.image, reader=drawer)
    words = (
        table[layout.column]
        if layout.column is not None
        else pl.select(pl.repeat(layout.term, table.height, dtype=pl.String)).to_series()
    )
    drawn = ~words.is_in(list(layout.ignore))
    filled, boxes = read_boxes(facts.filter(drawn), table.filter(drawn), _columns(layout))
    boxes = boxes.with_columns(term=words.filter(drawn).filter(filled))
    if layout.column is not None and not filled.all():
        bare = facts.filter(drawn)["image"].filter(~filled)
        raise SourceError(
            f"a box on every row of {some(layout.file)}",
            f"{len(bare)} rows without, such as {some(bare.head(3))}",
            "Mend those rows, or name the words of such rows in boxes.ignore",
        )
    here = boxes["image"].is_in(images.implode())
    lost = (
        boxes.filter(~here)
        .group_by("image")
        .agg(reason=pl.lit(NO_IMAGE), rows=pl.len().cast(pl.Int64))
        .sort("image")
    )
    return boxes.filter(here).unique(maintain_order=True), lost.select(list(LEFT_OUT)), read.inputs


def _columns(layout: BoxTable) -> BoxColumns:
    return BoxColumns(layout.box, layout.format, layout.frame)
