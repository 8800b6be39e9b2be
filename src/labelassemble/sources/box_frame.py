"""Which pixels boxes are in: of the picture at hand, or of the one that it was made of."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.settings import Settings
from labelassemble.sources.scope import Names

Side = Annotated[int, Field(ge=1)]
Units = Literal["pixels", "fraction", "percent"]
Resized = Literal["stretch", "pad", "crop"]


class FrameTable(Settings):
    """A further table: width and height of the pictures that boxes were drawn on.

    A picture that it does not hold, or holds with two sizes, is an error where it has boxes.
    """

    file: Names
    """As `table.file`."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """As `table.separator`."""
    image: str
    """Column that names the image, with or without folders and extension."""
    width: str
    """Column with the width in pixels: of tables that were made with NumPy the second side."""
    height: str
    """Column with the height in pixels."""


class BoxFrame(Settings):
    """What boxes' numbers are measured in.

    Numbers are held against the size of each image file, which is read from its header.
    """

    frame: tuple[Side, Side] | None = None
    """Width and height in pixels of the picture that the numbers refer to; none: the image as
    published."""
    frame_columns: tuple[str, str] | None = None
    """Columns that say width and height of that picture row by row, where the pictures at hand were
    made smaller than those on which boxes were drawn."""
    frame_table: FrameTable | None = None
    """A further table that says it, image by image."""
    units: Units = "pixels"
    """fraction: parts of the picture's width and height, from 0 to 1 (YOLO). percent: the same from
    0 to 100."""
    resized: Resized | None = None
    """How the picture at hand was made of the one that the numbers refer to, where the two differ
    in shape. stretch: each side by itself. pad: made to fit, between bars of equal width. crop: the
    middle was cut out. None: stretched, which `check` tells, unless bars are seen."""
    as_stored: bool = False
    """Numbers refer to the picture as it is stored, before EXIF turns it upright."""
    trusted: bool = False
    """Somebody has looked at the boxes on their pictures: what leaves a picture is cut off, and
    boxes that all lie in one corner are taken as they are."""
