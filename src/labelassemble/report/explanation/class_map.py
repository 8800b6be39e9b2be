"""A class's map, to be laid over the image: transparent where nothing is seen."""

import io

import matplotlib
import numpy as np
from jaxtyping import Float
from PIL import Image

from labelassemble.report.embed_image import Embedded, make_data_uri
from labelassemble.report.heat_map_plot import COLOUR_MAP

_STRONGEST = 0.85
"""Opacity of the top of the scale, before a reader chooses less."""
_STEPS = 64


def scale_map(
    probability: Float[np.ndarray, "height width"], threshold: float
) -> Float[np.ndarray, "height width"]:
    """Bring probabilities to [0, 1] so that the threshold lies in the middle of the scale.

    A place in the upper half would be called present if all of the image were as it is. Where a
    rare class is called from .08 on, .1 has to be seen, which a scale from 0 to 1 does not show.

    Args:
        probability: in [0, 1].
        threshold: in (0, 1); outside of it one half is taken.

    >>> scale_map(np.array([[0.0, 0.05, 0.1, 0.55, 1.0]]), 0.1).tolist()
    [[0.0, 0.25, 0.5, 0.75, 1.0]]
    """
    middle = threshold if 0.0 < threshold < 1.0 else 0.5
    below, above = probability / middle, (probability - middle) / (1.0 - middle)
    return np.where(probability < middle, below / 2, (1.0 + above) / 2)


def draw_class_map(
    probability: Float[np.ndarray, "height width"], threshold: float, alt: str
) -> Embedded:
    """Draw a map as a PNG with transparency: the higher, the brighter and the less transparent.

    Args:
        probability: in [0, 1].
        threshold: that lies in the middle of the colours.
        alt: what it shows, in words.
    """
    level = np.rint(scale_map(probability, threshold) * (_STEPS - 1)).astype(np.uint8)
    share = np.linspace(0.0, 1.0, _STEPS)
    drawn = Image.fromarray(level, mode="P")
    colours = np.rint(255 * matplotlib.colormaps[COLOUR_MAP](share)[:, :3]).astype(np.uint8)
    drawn.putpalette(colours.tobytes())
    opacity = np.rint(255 * _STRONGEST * share).astype(np.uint8)
    buffer = io.BytesIO()
    drawn.save(buffer, format="PNG", optimize=True, transparency=opacity.tobytes())
    return Embedded(make_data_uri("image/png", buffer.getvalue()), alt, drawn.width, drawn.height)
