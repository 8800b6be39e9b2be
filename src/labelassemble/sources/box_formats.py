"""Three ways to write a box as four numbers."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

BoxFormat = Literal["corner_size", "corners", "centre_size"]
"""corner_size: left, top, width, height. corners: left, top, right, bottom. centre_size: centre x
and y, width, height."""

FORMATS: tuple[BoxFormat, ...] = get_args(BoxFormat)

Corners = Float[np.ndarray, "boxes 4"]
"""Left, top, right, bottom."""


def to_corners(numbers: Float[np.ndarray, "boxes 4"], form: BoxFormat) -> Corners:
    """Give the corners of boxes.

    >>> to_corners(np.array([[15.0, 22.0, 10.0, 4.0]]), "centre_size").tolist()
    [[10.0, 20.0, 20.0, 24.0]]
    """
    first, second = numbers[:, :2], numbers[:, 2:]
    if form == "corners":
        return np.concatenate([first, second], axis=1)
    low = first - second / 2 if form == "centre_size" else first
    # Added to what was written, so that whole numbers stay whole.
    high = first + second / 2 if form == "centre_size" else first + second
    return np.concatenate([low, high], axis=1)


def to_numbers(corners: Corners, form: BoxFormat) -> Float[np.ndarray, "boxes 4"]:
    """Give boxes as they would be written: the way back.

    >>> to_numbers(np.array([[10.0, 20.0, 20.0, 24.0]]), "corner_size").tolist()
    [[10.0, 20.0, 10.0, 4.0]]
    """
    low, high = corners[:, :2], corners[:, 2:]
    if form == "corners":
        return np.concatenate([low, high], axis=1)
    first = (low + high) / 2 if form == "centre_size" else low
    return np.concatenate([first, high - low], axis=1)
