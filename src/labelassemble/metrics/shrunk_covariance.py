"""How features vary together, as far as their number tells."""

import numpy as np
from jaxtyping import Float

from labelassemble.errors import MetricError

CHUNK = 8192
"""Rows that are turned into 64 bits at once."""


def shrunk_covariance(
    centred: Float[np.ndarray, "rows features"],
) -> Float[np.ndarray, "features features"]:
    """Covariance of centred features, drawn to a multiple of the identity as far as it is noise.

    With S the plain covariance of n rows and p features, m = tr S / p, the share that goes to m I
    is b / d, where d = ||S - m I||² and b = min(d, Σ ||x xᵀ - S||² / n²).

    Raises:
        MetricError: no row, or features that are all constant.

    Source: Ledoit and Wolf 2004, A well-conditioned estimator for large-dimensional covariance
        matrices.
    """
    rows, features = centred.shape
    plain, fourth = np.zeros((features, features)), 0.0
    for start in range(0, rows, CHUNK):
        some = centred[start : start + CHUNK].astype(np.float64)
        plain += some.T @ some
        fourth += float((np.einsum("ij,ij->i", some, some) ** 2).sum())
    plain /= max(rows, 1)
    middle = np.trace(plain) / features
    if not middle > 0:
        raise MetricError(
            "features that differ between images of a source",
            f"the same features on all {rows:,} images",
            "Give a backbone with other weights, or more images",
        )
    squared = float((plain**2).sum())
    distance = squared - features * middle**2
    noise = min(distance, (fourth / rows - squared) / rows)
    share = noise / distance if distance > 0 else 1.0
    shrunk: Float[np.ndarray, "features features"] = (1 - share) * plain
    shrunk += share * middle * np.eye(features)
    return shrunk
