"""From a network's probabilities to those that come true: two numbers a class."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.known_cells import known_cells

_NEAREST = 1e-12
"""Nearer to 0 or 1 no probability counts: its logit would be infinite."""


class Platt(NamedTuple):
    """Calibrated probability = sigmoid(slope * logit of the probability + intercept).

    Attributes:
        slope: at least 0, so that the order of images stays; below 1 predictions were too sure.
        intercept: above 0 predictions were too low.
    """

    slope: float
    intercept: float


def fit_platt(
    probability: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
) -> Platt:
    """Fit Platt scaling by the largest likelihood, labels drawn in as Platt does.

    A positive counts as (P + 1) / (P + 2) and a negative as 1 / (N + 2), with P positives and N
    negatives, so that classes that are told apart without a fault keep finite numbers.

    Args:
        probability: in [0, 1].
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.

    Raises:
        MetricError: no known positive or no known negative; see also ``known_cells``.

    Source: Platt 1999.

    >>> probability, label = np.array([0.9, 0.9, 0.9, 0.1]), np.array([1.0, 0.0, 1.0, 0.0])
    >>> platt = fit_platt(probability, label, np.full(4, True))
    >>> np.round(apply_platt(probability, platt), 2)
    array([0.58, 0.58, 0.58, 0.25])
    """
    # Here: whoever applies a calibration pays for no optimiser.
    from scipy.optimize import minimize
    from scipy.special import expit, log_expit

    cells = known_cells(probability, label, known)
    positives = int(cells.positive.sum())
    negatives = cells.positive.size - positives
    if not positives or not negatives:
        raise MetricError(
            "known positives and known negatives to calibrate on",
            f"{positives:,} and {negatives:,}",
            "Leave this class uncalibrated",
        )
    target = np.where(cells.positive, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    logit = _logit(cells.score.astype(np.float64))
    middle, spread = float(logit.mean()), float(logit.std())
    if spread == 0:
        return Platt(0.0, float(_logit(target.mean(keepdims=True))[0]))
    scaled = (logit - middle) / spread

    def loss(weights: Float[np.ndarray, " two"]) -> tuple[float, Float[np.ndarray, " two"]]:
        score = weights[0] * scaled + weights[1]
        off = expit(score) - target
        value = -(target * log_expit(score) + (1 - target) * log_expit(-score)).mean()
        return float(value), np.array([(off * scaled).mean(), off.mean()])

    start = np.array([spread, middle])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)])
    slope = float(found.x[0]) / spread
    return Platt(slope, float(found.x[1]) - slope * middle)


def apply_platt(
    probability: Real[np.ndarray, "*shape"], platt: Platt
) -> Float[np.ndarray, "*shape"]:
    """Calibrate probabilities; their order stays."""
    score = platt.slope * _logit(np.asarray(probability, dtype=np.float64)) + platt.intercept
    # Of its size alone, so that nothing overflows.
    small = np.exp(-np.abs(score))
    calibrated: Float[np.ndarray, "*shape"] = np.where(score < 0, small, 1.0) / (1.0 + small)
    return calibrated


def _logit(probability: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    held = np.clip(probability, _NEAREST, 1 - _NEAREST)
    return np.asarray(np.log(held) - np.log1p(-held))
