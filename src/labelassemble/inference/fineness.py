"""How much fine detail an image has: what a blurred one has lost, and a network hardly sees."""

import numpy as np
from jaxtyping import Float, UInt8

BLUR_ALARMS = 0.01
"""Share of usual images that have less detail than the threshold."""


def measure_fineness(
    images: UInt8[np.ndarray, "images height width"],
) -> Float[np.ndarray, " images"]:
    """Give the logarithm of the energy of second differences, of rows and columns, over variance.

    Brightness and contrast do not change it, but for rounding to whole grey values.

    Args:
        images: as networks take them, at least 3 by 3.

    Source: the variance of the Laplacian, Pech-Pacheco 2000, of each image's own variance.
    """
    fineness = np.empty(len(images))
    for place, image in enumerate(images):
        grey = image.astype(np.float32)
        along, across = np.diff(grey, 2, axis=0), np.diff(grey, 2, axis=1)
        energy = float((along**2).mean() + (across**2).mean())
        # A thousandth of a grey value: an image of one value has neither.
        fineness[place] = np.log((energy + 1e-3) / (float(grey.var()) + 1e-3))
    return fineness


def choose_fineness(fineness: Float[np.ndarray, " images"]) -> float | None:
    """Choose what ``BLUR_ALARMS`` of further images are expected to stay below.

    Args:
        fineness: of usual images; no network learned from it, so that training images tell too.

    Returns:
        None: too few images to tell such a share.
    """
    place = int(BLUR_ALARMS * (len(fineness) + 1)) - 1
    return float(np.sort(fineness)[place]) if place >= 0 else None
