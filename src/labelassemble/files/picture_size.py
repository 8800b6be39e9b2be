"""Width and height of a picture, and how large one may be."""

from typing import NamedTuple

MOST_PIXELS = 300_000_000
"""Larger pictures are refused: no radiograph, and a header can claim anything."""


class PictureSize(NamedTuple):
    """Columns and rows of a picture, in pixels."""

    width: int
    height: int

    def upright(self, orientation: int) -> "PictureSize":
        """Swap the sides where the picture lies on its side in the file.

        >>> PictureSize(30, 20).upright(6)
        PictureSize(width=20, height=30)
        """
        return PictureSize(self.height, self.width) if orientation >= 5 else self


def refuse_size(size: PictureSize) -> None:
    """Refuse a size that no picture has, before anything of it is decoded.

    Raises:
        ValueError: no pixels at all, or more than ``MOST_PIXELS``.
    """
    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"{width:,} x {height:,} pixels")
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width:,} x {height:,} pixels, more than {MOST_PIXELS:,} in all")
