"""Boxes in a table of their own, beside labels that speak of whole images."""

from typing import Annotated

from pydantic import Field, model_validator

from labelassemble.setting_types import Evidence, Names
from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.box_frame import BoxFrame


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
