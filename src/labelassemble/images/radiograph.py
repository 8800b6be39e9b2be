"""A radiograph of any size in, the square image that networks see out."""

from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

WHITE = 255.0
"""The highest stored grey value."""


def prepare_radiograph(
    image: Float[np.ndarray, "height width"],
    size: int,
    fit: Literal["crop", "pad", "stretch"],
) -> UInt8[np.ndarray, "size size"]:
    """Make the image square and resize it.

    Shrinking averages over the area that a pixel covers; enlarging interpolates linearly.

    Args:
        image: grey values in [0, 1]; what lies outside is clipped.
        size: side of the result in pixels.
        fit: crop the centre square; pad with black to a square, the image in the centre; or
            stretch each side by itself.

    Returns:
        Grey values 0 to 255.

    >>> prepare_radiograph(np.array([[0.0, 0.2, 0.6, 1.0]], dtype=np.float32), 1, "crop")
    array([[51]], dtype=uint8)
    """
    height, width = image.shape
    if fit == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        image = image[top : top + side, left : left + side]
    if fit == "pad":
        longest = max(height, width)
        shown = (max(1, round(height * size / longest)), max(1, round(width * size / longest)))
        top, left = (size - shown[0]) // 2, (size - shown[1]) // 2
        square = np.zeros((size, size), dtype=np.float32)
        square[top : top + shown[0], left : left + shown[1]] = _resize(image, *shown)
    else:
        square = _resize(image, size, size)
    grey: UInt8[np.ndarray, "size size"] = np.rint(np.clip(square, 0.0, 1.0) * WHITE).astype(
        np.uint8
    )
    return grey


def unit_grey(stored: UInt8[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """Make grey values in [0, 1] of stored ones, as ``scale_grey`` does of tensors.

    >>> unit_grey(np.array([0, 51, 255], dtype=np.uint8)).tolist()
    [0.0, 0.20000000298023224, 1.0]
    """
    grey: Float32[np.ndarray, "*shape"] = stored / np.float32(WHITE)
    return grey


def _resize(
    image: Float[np.ndarray, "height width"], height: int, width: int
) -> Float[np.ndarray, "new_height new_width"]:
    # Averaging over areas is right only where a side shrinks: one step for each direction.
    smaller = (min(height, image.shape[0]), min(width, image.shape[1]))
    if image.shape != smaller:
        image = cv2.resize(image, smaller[::-1], interpolation=cv2.INTER_AREA)
    if image.shape != (height, width):
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return image
