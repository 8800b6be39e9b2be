"""Grey levels that no annotator drew: ringing of lossy compression, antialiasing, resizing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Shaped

from labelassemble.errors import some

MANY_LABELS = 32
"""Up to so many levels 1, 2, 3, ... without a gap are numbers of lesions."""

LOSSY_TOP = 128
"""Ringing is looked for where the brightest level is at least this: 255 in practice."""

RINGING = 1 / 16
"""Ringing stays within this part of the whole range from black or from the brightest level."""

FRINGE = 0.9
"""A level is soft where at least this part of its pixels lies between darker and brighter ones."""


MANY_LEVELS = 8
"""A volume of one term with at least so many levels that do not count up from 1 is blurred."""


def find_many_levels(counts: Mapping[int, int]) -> tuple[int, ...]:
    """Find the levels below the highest where a volume of one term has many.

    >>> find_many_levels({0: 9, 1: 2, 2: 1}), find_many_levels({n * n: 1 for n in range(9)})
    ((), (1, 4, 9, 16, 25, 36, 49))
    """
    levels = sorted(level for level in counts if level)
    counted = levels == list(range(1, len(levels) + 1))
    return () if counted or len(levels) < MANY_LEVELS else tuple(levels[:-1])


def find_soft_levels(
    values: Shaped[np.ndarray, "height width"], counts: Mapping[int, int]
) -> tuple[int, ...]:
    """Find the levels of a mask that lie between what was drawn and what was not.

    A level that was drawn has areas of its own. Antialiasing and resizing leave levels whose pixels
    all have a darker and a brighter neighbour; lossy compression leaves several close to black and
    close to the brightest. One level beside 0, and levels 1, 2, 3, ... are never soft.

    Args:
        values: uint8 or uint16.
        counts: pixels of each level.

    >>> edge = np.array([[0, 0, 64, 191, 255, 255]] * 4, dtype=np.uint8)
    >>> find_soft_levels(edge, {0: 8, 64: 4, 191: 4, 255: 8})
    (64, 191)
    """
    levels = sorted(level for level in counts if level)
    counted = levels == list(range(1, len(levels) + 1))
    if len(levels) < 2 or (counted and len(levels) <= MANY_LABELS):
        return ()
    top = levels[-1]
    if not counted and top >= LOSSY_TOP:
        near = [one for one in levels[:-1] if one <= top * RINGING or one >= top * (1 - RINGING)]
        if len(near) > 1:
            return tuple(near)
    square = np.ones((3, 3), dtype=np.uint8)
    between = (cv2.erode(values, square) < values) & (values < cv2.dilate(values, square))
    number = np.bincount(values[between].ravel(), minlength=top + 1)
    soft = tuple(one for one in levels[:-1] if number[one] >= FRINGE * counts[one])
    # Of many numbered lesions some are so small that they lie between others.
    return () if counted and 2 * len(soft) < len(levels) else soft


def tell_soft(levels: Sequence[int], counts: Mapping[int, int], path: Path) -> tuple[str, str, str]:
    """Say what was expected of a mask with such levels, what came, and what to do."""
    number = sum(counts[level] for level in levels)
    return (
        f"a mask without levels of lossy compression, antialiasing or resizing at {path}",
        f"levels {some(map(str, levels), 5)} in {number:,} places",
        "Give masks that were neither compressed with loss nor resized, or say from what number on "
        "something is drawn: labels.above = 127",
    )
