"""Whether boxes can be in the pixels that they are said to be in, and what they look like else."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.sources.box_formats import FORMATS, BoxFormat, Corners, to_corners, to_numbers

_Sides = Float[np.ndarray, "boxes 2"]
"""Width and height of the image that each box's numbers refer to, in pixels."""

_ROUNDING: Final = 2.0
"""Pixels by which a box may reach over the edge: numbers are rounded, and counted from 0 or 1."""

STRAY: Final = 0.005
"""Fraction of boxes that may lie anywhere: slips of single rows."""

CORNER: Final = 0.55
"""Boxes that end before this fraction of the width and of the height lie in the upper left corner;
half, and a little for boxes at the very edge of a frame half as large."""

ROOM: Final = 0.75
"""Fraction of the width, or height, over which the far edges of lesions are taken to spread where
nothing is known: organs seldom fill an image, so that a quarter is left to its margins."""

IMPROBABLE: Final = 0.001
"""Probability under a right frame below which a corner is an error."""

_FEWEST: Final = 5
"""Patients below which nothing is judged: a few may well have their lesions in one corner."""

GAPS: Final = (0.3, 0.2, 0.1)
"""Fractions of the width and height at the right and lower edge that wrong boxes leave free, on
images so large: the widest that enough images have is asked for first."""

CLOSE: Final = 3
"""Boxes are close to an edge from which they are no farther than the gap's so manyth part."""

FEWEST_CLOSE: Final = 8
"""Patients with a box close to the left edge, and to the upper one, for a gap to be none of
chance: were both sides alike, each would lie at the other one as often."""

_MANY: Final = 50
"""Patients below which a gap is not judged."""

ONE_SIDED: Final = 0.15
"""Part of the width by which boxes may lie beside the middle of what they fill: where a finding
has a side of its own, as a liver's has, it may leave a gap."""

_SIZES: Final = (224, 256, 299, 320, 384, 416, 480, 512, 600, 640, 768, 800, 1024, 1280, 2048, 4096)
"""Sides to which images are often made."""


class Corner(NamedTuple):
    """All boxes lie in the upper left corner, or leave the right and lower edge free.

    Attributes:
        boxes: those on images that are large enough to tell.
        width: the fraction of the width that no box passes.
        height: the fraction of the height.
        reach: how far boxes reach, in pixels to the right and down.
        groups: patients that these are of.
        probability: that so many would lie there if the frame were right.
    """

    boxes: Bool[np.ndarray, " boxes"]
    width: float
    height: float
    reach: tuple[float, float]
    groups: int
    probability: float

    @property
    def judged(self) -> bool:
        """Whether there are enough of them to say that the frame is wrong."""
        return self.groups >= _FEWEST and self.probability <= IMPROBABLE


def measure_overhang(corners: Corners, sides: _Sides) -> Float[np.ndarray, " boxes"]:
    """Measure how far boxes reach over the edges of their images, in pixels; 0 where they do not.

    Where the size is unknown (not-a-number), to the left and upwards alone.

    >>> measure_overhang(np.array([[-1.0, 0, 5, 9]]), np.array([[10.0, 6.0]])).tolist()
    [3.0]
    """
    beyond = np.nan_to_num(corners[:, 2:] - sides, nan=0.0)
    every = np.concatenate([-corners[:, :2], beyond], axis=1)
    return np.asarray(every.max(axis=1, initial=0.0))


def lie_inside(corners: Corners, sides: _Sides) -> Bool[np.ndarray, " boxes"]:
    """Say which boxes lie on their images, but for rounding, and have an area there."""
    low = np.maximum(corners[:, :2], 0.0)
    high = np.fmin(corners[:, 2:], sides)
    return np.asarray((measure_overhang(corners, sides) <= _ROUNDING) & (high > low).all(axis=1))


def find_reading(corners: Corners, form: BoxFormat, sides: _Sides) -> str | None:
    """Find another way to read the numbers with which all boxes lie inside; none: there is none.

    Args:
        corners: of the boxes, as they were read.
        form: how they were read.
        sides: of their images.

    >>> find_reading(np.array([[10.0, 20.0, 90.0, 110.0]]), "corner_size", np.array([[85.0, 95.0]]))
    'format = "corners"'
    """
    numbers = to_numbers(corners, form)
    swapped = numbers[:, [1, 0, 3, 2]]
    for order, written in (("", numbers), (", and x and y change places in box", swapped)):
        for other in FORMATS:
            if (order or other != form) and _most(lie_inside(to_corners(written, other), sides)):
                said = f'format = "{other}"{order}' if other != form else order
                return said.removeprefix(", and ")
    return None


def find_corner(corners: Corners, sides: _Sides, groups: Sequence[str]) -> Corner | None:
    """Find out whether boxes fill only the upper left corner of images; none: they do not.

    Asked are the images that are so large that what boxes reach anywhere is a corner of them:
    images of many sizes with boxes in pixels of one small frame are seen too. If far edges were
    spread over the first ``ROOM`` of the width and of the height, those of n patients would all end
    before u of the width and v of the height with a probability of (u v / ROOM²)^n.

    Args:
        corners: of the boxes.
        sides: of their images.
        groups: who each box is of: boxes of one patient lie alike.
    """
    if not len(corners):
        return None
    reach = np.quantile(corners[:, 2:], 1.0 - STRAY, axis=0, method="higher")
    large = (sides * CORNER >= reach).all(axis=1) & (corners[:, 2:] <= reach).all(axis=1)
    if not large.any():
        return None
    far = (corners[large, 2:] / sides[large]).max(axis=0)
    count = len({group for group, asked in zip(groups, large, strict=True) if asked})
    single = float(np.prod(np.minimum(far / ROOM, 1.0)))
    edge = (float(reach[0]), float(reach[1]))
    return Corner(large, float(far[0]), float(far[1]), edge, count, single**count)


def find_gap(corners: Corners, sides: _Sides, groups: Sequence[str]) -> Corner | None:
    """Find out whether boxes come close to the left and upper edge of images, and never to the
    others, as those in pixels of images a little smaller do; none: they do not.

    Args:
        corners: of the boxes.
        sides: of their images.
        groups: who each box is of.

    Source: our own; a wrong scale shrinks two margins and widens the two others.
    """
    if not len(corners):
        return None
    reach = np.quantile(corners[:, 2:], 1.0 - STRAY, axis=0, method="higher")
    inside = (corners[:, 2:] <= reach).all(axis=1)
    whose = np.array(groups, dtype=object)
    for free in GAPS:
        asked = inside & (sides * (1.0 - free) >= reach).all(axis=1)
        found = _judge_gap(corners[asked] / np.tile(sides[asked], 2), whose[asked])
        if found is not None:
            far, count, probability = found
            edge = (float(reach[0]), float(reach[1]))
            return Corner(asked, float(far[0]), float(far[1]), edge, count, probability)
    return None


def _judge_gap(
    boxes: Corners, whose: np.ndarray
) -> tuple[Float[np.ndarray, "2"], int, float] | None:
    """Farthest fractions, patients, and probability of the gap; none: there is no gap."""
    count = len(set(whose))
    if count < _MANY:
        return None
    far = boxes[:, 2:].max(axis=0)
    close = boxes[:, :2] <= (1.0 - far) / CLOSE
    there = [len(set(whose[close[:, axis]])) for axis in (0, 1)]
    middle = float(boxes[:, [0, 2]].mean() / far[0])
    if min(there) < FEWEST_CLOSE or abs(middle - 0.5) > ONE_SIDED:
        return None
    return far, count, 0.5 ** sum(there)


def guess_size(reach: tuple[float, float]) -> str:
    """Name the size of image that boxes look as if they were drawn on.

    >>> guess_size((498.0, 505.0)), guess_size((310.0, 1900.0))
    ('512 x 512', '320 x 2048')
    """
    return " x ".join(
        str(next((size for size in _SIZES if size >= side - _ROUNDING), round(side)))
        for side in reach
    )


def _most(inside: Bool[np.ndarray, " boxes"]) -> bool:
    return bool(inside.mean() >= 1.0 - STRAY)
