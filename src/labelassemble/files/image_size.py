"""Width and height of an image, and how large one may be."""

from typing import NamedTuple


class ImageSize(NamedTuple):
    """Columns and rows of an image, in pixels."""

    width: int
    height: int

    def upright(self, orientation: int) -> "ImageSize":
        """Swap the sides where the image lies on its side in the file.

        >>> ImageSize(30, 20).upright(6)
        ImageSize(width=20, height=30)
        """
        return ImageSize(self.height, self.width) if orientation >= 5 else self


def refuse_size(size: ImageSize) -> None:
    """Refuse a size that no image has, before anything of it is decoded.

    Raises:
        ValueError: no pixels at all, or more than ``pixels`` of the bounds.
    """
    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"{width:,} x {height:,} pixels")
    # Here, as in `frame_path`.
    from labelassemble.bounds import BoundError, read_bounds

    most = read_bounds().pixels
    if width * height > most:
        raise BoundError(f"{width:,} x {height:,} pixels, more than {most:,} in all", "pixels")
