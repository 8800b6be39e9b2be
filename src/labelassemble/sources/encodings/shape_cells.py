"""Labels as rows with shapes in one cell: boxes, or boxes, ellipses and polygons in turn."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Settings
from labelassemble.sources.box_formats import BoxFormat

Shape = Literal["box", "ellipse", "polygon"]


class ShapeCells(Settings):
    """A finding with a shape is positive; the rest of the scope is negative.

    Either all shapes show one `term`, or `column` says what those of a row show. An image whose
    only row has no shape, or a word of `scope.no_finding`, is negative for all of the scope. Of an
    ellipse or a polygon the box around it is kept. With `table.reader`, this holds for each reader
    apart.
    """

    encoding: Literal["shape_cells"]
    term: str | None = None
    """What the shapes show, in the source's own words; it is the scope."""
    column: str | None = None
    """Column that says what the shapes of a row show."""
    cell: str
    """Column with the shapes: numbers with commas, blanks or brackets between them."""
    between: Annotated[str, Field(min_length=1)] = ";"
    """What stands between two shapes. Where all are boxes of four numbers it may be missing."""
    kinds: dict[str, Shape] = Field(default={})
    """The number with which each shape begins, to what follows it: box or ellipse (the four numbers
    of the box around it) or polygon (x and y in turn). None: every shape is a box."""
    format: BoxFormat = "corners"
    """corners: left, top, right, bottom. corner_size: left, top, width, height. centre_size: centre
    x and y, width, height."""
    frame: tuple[int, int] | None = None
    """Width and height in pixels of the image that the numbers refer to; none: the image as
    published."""
    frame_columns: tuple[str, str] | None = None
    """Columns that say width and height of that image row by row."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "ShapeCells":
        if (self.term is None) == (self.column is None):
            raise ValueError("give term (all shapes show it) or column (which says), one of both")
        return self

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        more = (self.column,) if self.column else ()
        return (self.cell, *more, *(self.frame_columns or ()))
