"""Which pixels boxes are in: of the image at hand, or of the one that it was made of."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Names, Settings

Side = Annotated[int, Field(ge=1)]
Units = Literal["pixels", "fraction", "percent"]
Resized = Literal["stretch", "pad", "crop"]


class FrameTable(Settings):
    """A further table: width and height of the images that boxes were drawn on.

    An image that it does not hold, or holds with two sizes, is an error where it has boxes.
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
    """Width and height in pixels of the image that the numbers refer to; none: the image as
    published."""
    frame_columns: tuple[str, str] | None = None
    """Columns that say width and height of that image row by row, where the images at hand were
    made smaller than those on which boxes were drawn."""
    frame_table: FrameTable | None = None
    """A further table that says it, image by image."""
    units: Units = "pixels"
    """fraction: parts of the image's width and height, from 0 to 1 (YOLO). percent: the same from
    0 to 100."""
    resized: Resized | None = None
    """How the image at hand was made of the one that the numbers refer to, where the two differ
    in shape. stretch: each side by itself. pad: made to fit, between bars of equal width. crop: the
    middle was cut out. None: stretched, which `check` tells, unless bars are seen."""
    as_stored: bool = False
    """Numbers refer to the image as it is stored, before EXIF turns it upright."""
    trusted: bool = False
    """Somebody has looked at the boxes on their images: what leaves an image is cut off, and
    boxes that all lie in one corner are taken as they are."""
