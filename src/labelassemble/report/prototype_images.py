"""The training images that a network's prototypes are, each with the place where it shows most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8

from labelassemble.report.embed_image import embed_image

RING_COLOUR = (0, 229, 255)
RING = 0.12
"""Radius of the ring around the place, as a part of the image's side."""


@dataclass(frozen=True)
class PrototypeImage:
    """One prototype.

    Attributes:
        image: UInt8 ``height width``: the training image that it is.
        class_title: in words.
        number: of the prototype among those of its class, from 1.
        weight: by which its likeness counts; 0: it does not.
        record: name of the image.
        row: of the place where it shows most, as a part of the height.
        column: likewise, of the width.
    """

    image: np.ndarray
    class_title: str
    number: int
    weight: float
    record: str
    row: float
    column: float


def draw_prototypes(prototypes: Sequence[PrototypeImage], side: int) -> list[dict[str, Any]]:
    """Draw each image with a ring around the place, ``side`` pixels large, for the page."""
    return [
        {
            "image": embed_image(
                ring_place(one.image, one.row, one.column),
                f"Training image that is prototype {one.number} of {one.class_title}",
                side,
                photo=True,
            ),
            "class_title": one.class_title,
            "number": one.number,
            "weight": one.weight,
            "record": one.record,
        }
        for one in prototypes
    ]


def ring_place(
    image: UInt8[np.ndarray, "height width"], row: float, column: float
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw a ring around a place.

    Args:
        image: grey values.
        row: of the place, as a part of the height.
        column: as a part of the width.
    """
    height, width = image.shape
    down, across = np.ogrid[:height, :width]
    size = max(height, width)
    away = np.hypot(down + 0.5 - row * height, across + 0.5 - column * width)
    drawn = np.repeat(image[:, :, None], 3, axis=2)
    drawn[np.abs(away - RING * size) < max(0.7, 0.006 * size)] = RING_COLOUR
    return drawn
