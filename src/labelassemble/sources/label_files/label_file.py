"""What one label file says of its image, whichever form it is written in."""

from typing import NamedTuple

ShapeCorners = tuple[float, float, float, float]
"""Left, top, right, bottom, in the units of the file."""


class DrawnShape(NamedTuple):
    """One object of a label file.

    Attributes:
        word: what it shows, in the file's own words.
        box: the box around it; none: it has no extent.
        doubted: whether its author called it hard to tell.
    """

    word: str
    box: ShapeCorners | None
    doubted: bool = False


class LabelFile(NamedTuple):
    """One label file, read.

    Attributes:
        objects: what was drawn; none: somebody looked and found nothing.
        size: width and height of the image that the numbers refer to; none: it does not say.
        image: what it calls its image; blank: nothing.
    """

    objects: tuple[DrawnShape, ...]
    size: tuple[int, int] | None = None
    image: str = ""


class LabelFileError(Exception):
    """Why a label file cannot be read; faults that read alike are reported once.

    Args:
        expected: what was expected, without the name of the file.
        got: what came instead.
        do: what to do about it.
        at: where in the file, such as ``line 3``.
    """

    def __init__(self, expected: str, got: str, do: str, at: str = "") -> None:
        self.expected, self.got, self.do, self.at = expected, got, do, at
        super().__init__(expected, got, do, at)


def box_around(points: list[tuple[float, float]]) -> ShapeCorners | None:
    """Give the box around points; none: they have no extent in some direction.

    >>> box_around([(3.0, 1.0), (1.0, 5.0)]), box_around([(1.0, 1.0), (4.0, 1.0)])
    ((1.0, 1.0, 3.0, 5.0), None)
    """
    if not points:
        return None
    x, y = [one for one, _ in points], [one for _, one in points]
    box = (min(x), min(y), max(x), max(y))
    return box if box[2] > box[0] and box[3] > box[1] else None


def read_label_size(width: float | None, height: float | None) -> tuple[int, int] | None:
    """Give an image's size; none where a file leaves it out, or writes 0 as some programs do."""
    if width is None or height is None or width < 1 or height < 1:
        return None
    return round(width), round(height)
