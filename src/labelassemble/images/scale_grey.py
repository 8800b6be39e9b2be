"""From stored grey values to those that networks take."""

from labelassemble.images.radiograph import WHITE
from labelassemble.types import Image, StoredImage


def scale_grey(stored: StoredImage) -> Image:
    """Make grey values in [0, 1] of stored ones, on their device."""
    return stored[:, None].float() / WHITE
