"""The receiver operating characteristic curve, point by point."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Real

from labelassemble.metrics.known_cells import known_cells


class RocCurve(NamedTuple):
    """One point a distinct score, after the point (0, 0) where nothing is called positive."""

    false_positive_rate: Float[np.ndarray, " points"]
    """1 - specificity, rising from 0 to 1."""
    true_positive_rate: Float[np.ndarray, " points"]
    """Sensitivity, rising from 0 to 1."""
    threshold: Float[np.ndarray, " points"]
    """Scores at or above it are called positive; falling from infinity."""


def roc_curve(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
) -> RocCurve:
    """Sensitivity and false-positive rate at every distinct score of one class.

    The trapezoids below it are ``auroc``. A rate without a known positive, or negative, is nan.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.

    Raises:
        MetricError: see ``known_cells``.

    >>> curve = roc_curve(np.array([0.1, 0.9]), np.array([0.0, 1.0]), np.array([True, True]))
    >>> curve.true_positive_rate
    array([0., 1., 1.])
    >>> curve.threshold
    array([inf, 0.9, 0.1])
    """
    cells = known_cells(score, label, known)
    values, place = np.unique(-cells.score, return_inverse=True)
    return RocCurve(
        false_positive_rate=_rate(place[~cells.positive], values.size),
        true_positive_rate=_rate(place[cells.positive], values.size),
        threshold=np.concatenate([[np.inf], -values]),
    )


def _rate(place: np.ndarray, values: int) -> np.ndarray:
    """Share of these cells at or before each value."""
    if place.size == 0:
        return np.full(values + 1, np.nan)
    return np.concatenate([[0.0], np.bincount(place, minlength=values).cumsum() / place.size])
