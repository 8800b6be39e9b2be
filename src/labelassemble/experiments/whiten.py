"""Features without the look of their source, in units in which every direction varies as much."""

import numpy as np
from jaxtyping import Bool, Float, Int

from labelassemble.metrics.shrunk_covariance import shrunk_covariance

RIDGE = 1e-6
"""Least variance of a direction, as a share of the mean variance."""


def centre_by_source(
    feature: Float[np.ndarray, "rows features"], source: Int[np.ndarray, " rows"]
) -> Float[np.ndarray, "rows features"]:
    """Take each source's mean over all its rows away: scanners and crops differ, classes stay.

    >>> centre_by_source(np.array([[1.0], [3.0], [10.0]]), np.array([0, 0, 1])).ravel()
    array([-1.,  1.,  0.])
    """
    centred = feature.copy()
    for own in np.unique(source):
        rows = source == own
        centred[rows] -= feature[rows].mean(axis=0, dtype=np.float64).astype(feature.dtype)
    return centred


def whiten(
    centred: Float[np.ndarray, "rows features"],
    label: Float[np.ndarray, "rows classes"],
    known: Bool[np.ndarray, "rows classes"],
    source: Int[np.ndarray, " rows"],
) -> Float[np.ndarray, "rows features"]:
    """Turn and scale features so that their shrunk covariance within classes is the identity.

    What the known labels explain (least squares, an unknown cell at its source's mean) is taken out
    before the covariance is taken, not out of the features: directions that many classes share
    would be scaled down otherwise.

    Args:
        centred: features without their source's mean.
        label: in [0, 1]; anything where not known.
        known: whether somebody judged this class on this image.
        source: number of each image's source.

    Raises:
        MetricError: no row, or features that are the same on every image of a source.

    Source: Fisher 1936, covariance within classes; Ledoit and Wolf 2004 (``shrunk_covariance``).
    """
    judged = np.where(known, label, 0.0)
    design = np.zeros_like(judged)
    for own in np.unique(source):
        rows = source == own
        share = judged[rows].sum(axis=0) / np.maximum(known[rows].sum(axis=0), 1)
        design[rows] = np.where(known[rows], judged[rows] - share, 0.0)
    exact = design.astype(np.float64)
    effect = np.linalg.pinv(exact.T @ exact, hermitian=True) @ (exact.T @ centred)
    explained = design.astype(centred.dtype) @ effect.astype(centred.dtype)
    value, vector = np.linalg.eigh(shrunk_covariance(centred - explained))
    scale = vector / np.sqrt(np.maximum(value, RIDGE * value.mean()))
    white: Float[np.ndarray, "rows features"] = centred @ scale.astype(centred.dtype)
    return white
