"""A feature map as one vector: its mean over space, or over each quarter of it."""

import numpy as np
from jaxtyping import Float
from torch.nn import functional

from labelassemble.types import Feature

_SIDES = 2
"""Parts of a side: each image is seen as a whole, and as its four quarters."""

MAX_FEATURES = 2048
"""Numbers that describe the quarters of an image; of more features as many directions, drawn once,
are taken (Johnson and Lindenstrauss 1984)."""


def pool_whole(feature: Feature) -> Float[np.ndarray, "batch features"]:
    """Average a feature map over space."""
    pooled: Float[np.ndarray, "batch features"] = feature.flatten(2).mean(dim=2).cpu().numpy()
    return pooled


def pool_quarters(feature: Feature) -> Float[np.ndarray, "batch quarter_features"]:
    """Average a feature map over its upper left quarter, its upper right one, and so on.

    Of more than ``MAX_FEATURES`` numbers only so many random directions are left, the same for
    every map with as many features.
    """
    features, most = feature.shape[1], MAX_FEATURES // _SIDES**2
    quarters = functional.adaptive_avg_pool2d(feature, _SIDES).flatten(2).cpu().numpy()
    if features > most:
        drawn = np.random.default_rng(0).standard_normal((most, features)).astype(np.float32)
        quarters = (drawn / np.float32(np.sqrt(most))) @ quarters
    flat: Float[np.ndarray, "batch quarter_features"] = quarters.reshape(len(quarters), -1)
    return flat


def count_quarters(features: int) -> int:
    """Count the numbers of an image that ``pool_quarters`` gives.

    >>> count_quarters(128), count_quarters(10 * MAX_FEATURES) == MAX_FEATURES
    (512, True)
    """
    return _SIDES**2 * min(features, MAX_FEATURES // _SIDES**2)
