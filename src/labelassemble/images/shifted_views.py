"""An image as it would have been with the patient a little elsewhere: views to predict on."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import UInt8

SHIFT, ZOOM = 0.03, 0.05
"""Largest shift, as a share of the side, and largest change of size, each way: those of the weak
view that networks learn from by default (``settings.AugmentSettings``)."""

_SEED = 0


class ShiftedView(NamedTuple):
    """How an image is moved.

    Attributes:
        zoom: factor around the middle; above 1 enlarges.
        across, down: shift to the right and down, as a share of the side.
    """

    zoom: float = 1.0
    across: float = 0.0
    down: float = 0.0


def list_views(count: int) -> tuple[ShiftedView, ...]:
    """List views: the image as it is, then shifted and zoomed ones, uniform in their ranges.

    They are always drawn from the same seed: all images have the same views, and of more views the
    first ones are those of fewer.

    Args:
        count: 1 or more.

    >>> list_views(1)
    (ShiftedView(zoom=1.0, across=0.0, down=0.0),)
    """
    drawn = np.random.default_rng(_SEED).uniform(-1.0, 1.0, (count - 1, 3))
    moved = (ShiftedView(1.0 + ZOOM * a, SHIFT * b, SHIFT * c) for a, b, c in drawn.tolist())
    return (ShiftedView(), *moved)


def shift_images(
    images: UInt8[np.ndarray, "images size size"], view: ShiftedView
) -> UInt8[np.ndarray, "images size size"]:
    """Move prepared images, linearly interpolated; black from outside, as in training.

    Args:
        images: grey values 0 to 255, square.
        view: how; the view that moves nothing gives the images themselves.

    >>> shift_images(np.array([[[10, 20], [30, 40]]], np.uint8), ShiftedView(across=0.5))
    array([[[ 0, 10],
            [ 0, 30]]], dtype=uint8)
    """
    if view == ShiftedView():
        return images
    side = images.shape[1]
    middle = (side - 1) / 2.0
    stay = (1.0 - view.zoom) * middle
    matrix = np.array(
        [
            [view.zoom, 0.0, stay + view.across * side],
            [0.0, view.zoom, stay + view.down * side],
        ]
    )
    moved = np.empty_like(images)
    for image, into in zip(images, moved, strict=True):
        cv2.warpAffine(np.ascontiguousarray(image), matrix, (side, side), into)
    return moved
