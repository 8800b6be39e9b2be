"""Predict maps laid over their images, lesions outlined."""

import math
from collections.abc import Sequence

import matplotlib
import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from labelassemble.report.content import HeatMapImage

COLOUR_MAP = "inferno"
OUTLINE = (0, 229, 255)
STRONGEST = 0.75
"""Opacity where the map reaches the top of its scale: the image stays visible below."""


def choose_scale(heat_maps: Sequence[HeatMapImage]) -> float:
    """Top of the colour scale that all maps share: their highest value, rounded up to a tenth.

    One scale for all, so that a bright spot means the same in every image.

    >>> choose_scale([])
    1.0
    """
    highest = max(
        (float(np.nanmax(one.probability_map, initial=0.0)) for one in heat_maps), default=1.0
    )
    return min(1.0, max(0.1, math.ceil(round(highest * 10, 6)) / 10))


def overlay_probability(
    image: UInt8[np.ndarray, "height width"],
    probability: Float[np.ndarray, "height width"],
    scale: float,
    lesion_mask: Bool[np.ndarray, "height width"] | None = None,
    side: int = 320,
) -> UInt8[np.ndarray, "out_height out_width 3"]:
    """Lay a map over its image: the higher, the brighter and the less transparent.

    Args:
        image: grey image.
        probability: in [0, 1]; NaN counts as 0.
        scale: probability that gets the brightest colour.
        lesion_mask: outlined where given.
        side: longer side of the result in pixels.
    """
    factor = side / max(image.shape)
    height, width = (max(1, round(length * factor)) for length in image.shape)
    size = (width, height)
    grey = _resize(image.astype(np.float32), size) / 255
    # A cubic filter overshoots at edges.
    level = np.clip(_resize(np.nan_to_num(probability).astype(np.float32), size) / scale, 0, 1)
    colour = matplotlib.colormaps[COLOUR_MAP](level)[..., :3]
    opacity = STRONGEST * level[..., None]
    blended = (1 - opacity) * np.clip(grey, 0, 1)[..., None] + opacity * colour
    drawn: UInt8[np.ndarray, "out_height out_width 3"] = np.round(255 * blended).astype(np.uint8)
    if lesion_mask is not None:
        inside = _resize(lesion_mask.astype(np.float32), size) >= 0.5
        drawn[outline(inside)] = OUTLINE
    return drawn


def outline(inside: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    """Pixels outside that touch the inside, two pixels wide, so that the inside stays in view."""
    grown: Bool[np.ndarray, "height width"] = inside.copy()
    for _ in range(2):
        former = grown.copy()
        grown[1:] |= former[:-1]
        grown[:-1] |= former[1:]
        grown[:, 1:] |= former[:, :-1]
        grown[:, :-1] |= former[:, 1:]
    ring: Bool[np.ndarray, "height width"] = grown & ~inside
    return ring


def colour_stops(count: int = 9) -> list[str]:
    """Colours of the scale from its bottom to its top, as hexadecimal."""
    colours = matplotlib.colormaps[COLOUR_MAP](np.linspace(0, 1, count))
    return [matplotlib.colors.to_hex(colour) for colour in colours]


def _resize(values: Float[np.ndarray, "height width"], size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC))
