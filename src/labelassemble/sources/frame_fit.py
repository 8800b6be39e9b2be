"""Boxes of one image on another that was made of it: turned, stretched, padded or cropped."""

from typing import Final, Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from labelassemble.sources.box_formats import Corners

Sides = Float[np.ndarray, "boxes 2"]

SAME_SHAPE: Final = 0.02
"""Part by which two shapes may differ: sides are rounded to whole pixels."""

PLAIN: Final = 0.03
"""Range of grey values, from 0 to 1, of a bar of one grey that was compressed with loss."""


def differ_in_shape(one: Sides, other: Sides) -> Bool[np.ndarray, " boxes"]:
    """Say where two images have another ratio of width and height; not where one is unknown.

    >>> differ_in_shape(np.array([[2080.0, 2336.0]] * 2), np.array([[890.0, 1000], [512, 512]]))
    array([False,  True])
    """
    expected = one[:, 1] * other[:, 0] / one[:, 0]
    apart = np.abs(expected - other[:, 1])
    across = np.abs(one[:, 0] * other[:, 1] / one[:, 1] - other[:, 0])
    sizes = np.maximum(SAME_SHAPE * other, 1.0)
    return np.asarray((apart > sizes[:, 1]) & (across > sizes[:, 0]))


def turn_boxes(corners: Corners, stored: Sides, orientation: Int[np.ndarray, " boxes"]) -> Corners:
    """Turn boxes as EXIF turns the images that they lie on.

    Args:
        corners: in pixels of the images as they are stored.
        stored: sides of these.
        orientation: 1 to 8.

    >>> turn_boxes(np.array([[0.0, 0, 10, 5]]), np.array([[40.0, 20]]), np.array([6])).tolist()
    [[15.0, 0.0, 20.0, 10.0]]

    Source: CIPA DC-008 (EXIF 2.32), tag 0x0112, as ``files.orientation.turn_upright``.
    """
    swapped = (orientation >= 5)[:, None]
    x, y = corners[:, [0, 2]], corners[:, [1, 3]]
    x, y = np.where(swapped, y, x), np.where(swapped, x, y)
    sides = np.where(swapped, stored[:, ::-1], stored)
    mirrored = np.isin(orientation, (2, 3, 6, 7))[:, None]
    flipped = np.isin(orientation, (3, 4, 7, 8))[:, None]
    x = np.where(mirrored, sides[:, :1] - x[:, ::-1], x)
    y = np.where(flipped, sides[:, 1:] - y[:, ::-1], y)
    turned: Corners = np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)
    return turned


def fit_boxes(
    corners: Corners, frame: Sides, file: Sides, resized: Literal["stretch", "pad", "crop"]
) -> Corners:
    """Bring boxes from the image that they were drawn on to the one that was made of it.

    Args:
        corners: in pixels of the first.
        frame: its sides.
        file: sides of the second.
        resized: how it was made: see ``BoxFrame.resized``.

    >>> box = np.array([[0.0, 0.0, 100.0, 200.0]])
    >>> fit_boxes(box, np.array([[100.0, 200.0]]), np.array([[50.0, 50.0]]), "pad").tolist()
    [[12.5, 0.0, 37.5, 50.0]]
    """
    scale = file / frame
    if resized == "pad":
        scale = np.broadcast_to(scale.min(axis=1, keepdims=True), scale.shape)
    elif resized == "crop":
        scale = np.broadcast_to(scale.max(axis=1, keepdims=True), scale.shape)
    offset = (file - frame * scale) / 2
    placed: Corners = corners * np.tile(scale, 2) + np.tile(offset, 2)
    return placed


def has_bars(grey: Shaped[np.ndarray, "height width"], frame: tuple[float, float]) -> bool:
    """Say whether an image stands between bars, as one of another shape does that was padded.

    Args:
        grey: its pixels, from 0 to 1.
        frame: width and height of what it was made of.

    >>> image = np.zeros((40, 40))
    >>> image[:, 10:30] = np.linspace(0, 1, 40)[:, None]
    >>> has_bars(image, (100.0, 200.0)), has_bars(np.eye(40), (100.0, 200.0))
    (True, False)
    """
    height, width = grey.shape
    scale = min(width / frame[0], height / frame[1])
    pixels = grey if width / frame[0] > height / frame[1] else grey.T
    bar = int((pixels.shape[1] - (frame[0] if pixels is grey else frame[1]) * scale) / 2)
    if bar < 2:
        return False
    # The last pixel of a bar may be mixed with the image.
    left, right, inner = pixels[:, : bar - 1], pixels[:, 1 - bar :], pixels[:, bar + 1 : -bar - 1]
    plain = all(part.size > 0 and np.ptp(part) <= PLAIN for part in (left, right))
    beside = inner.size > 0 and min(np.ptp(inner[:, 0]), np.ptp(inner[:, -1])) > PLAIN
    return bool(plain and beside)
