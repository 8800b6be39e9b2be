"""Labels as rows of boxes: several rows an image, blank where nothing was found."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.box_frame import BoxFrame


class BoxRows(BoxFrame):
    """A boxed finding is positive; the rest of the scope is negative.

    Either all boxes show one `term`, or `column` says what each shows. An image whose only row has
    no box, or a word of `scope.no_finding`, is negative for all of the scope. With `table.reader`,
    this holds for each reader apart.
    """

    encoding: Literal["box_rows"]
    term: str | None = None
    """What the boxes show, in the source's own words; it is the scope."""
    column: str | None = None
    """Column that says what each box shows."""
    box: Annotated[tuple[str, ...], Field(min_length=1, max_length=4)]
    """The four columns of a box; all filled or all blank. Or the one whose cells hold its four
    numbers, whatever stands between them: ``{'xmin': 1, 'ymin': 2, 'width': 3, 'height': 4}``."""
    format: BoxFormat = "corner_size"
    """corner_size: left, top, width, height. corners: left, top, right, bottom. centre_size: centre
    x and y, width, height."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "BoxRows":
        if (self.term is None) == (self.column is None):
            raise ValueError("give term (all boxes show it) or column (which says), one of both")
        if len(self.box) not in (1, 4):
            raise ValueError(f"box has four columns, or one that holds all, not {len(self.box)}")
        return self

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (*self.box, *((self.column,) if self.column else ()), *(self.frame_columns or ()))
