"""Ridge regression on few points: closed form, every point left out in one go, honest errors."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.errors import MetricError

PENALTIES = np.logspace(-3, 3, 25)
"""Penalties that are tried, as shares of the number of points; the last is all but a constant."""


class ColumnScale(NamedTuple):
    """How columns are made comparable."""

    mean: Float[np.ndarray, " columns"]
    deviation: Float[np.ndarray, " columns"]
    """0 where a column does not vary; it then counts for nothing."""


class Ridge(NamedTuple):
    """A fitted ridge regression: value = intercept + slope · x for standardised x."""

    intercept: float
    slope: Float[np.ndarray, " columns"]
    prior: Float[np.ndarray, " columns"]
    """What the slopes were drawn to."""
    penalty: float
    leverage: Float[np.ndarray, "columns columns"]
    """x leverage x + 1 / n is the variance of a fitted value, in units of that of a point."""


class LeftOut(NamedTuple):
    """Predictions of every point by a fit to the others."""

    fitted: Float[np.ndarray, " points"]
    constant: Float[np.ndarray, " points"]
    """The mean of the others: what a fit must beat."""


def find_scale(x: Float[np.ndarray, "points columns"]) -> ColumnScale:
    """Mean and deviation of the values that are there (nan: missing)."""
    there = ~np.isnan(x)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, x, 0.0).sum(axis=0) / count
    deviation = np.sqrt((np.where(there, x - mean, 0.0) ** 2).sum(axis=0) / count)
    # What differs by rounding alone does not vary.
    return ColumnScale(mean, np.where(deviation > 1e-9 * np.abs(mean), deviation, 0.0))


def standardise_columns(
    x: Float[np.ndarray, "points columns"], scale: ColumnScale
) -> Float[np.ndarray, "points columns"]:
    """Mean 0 and deviation 1 on the points that made the scale; 0 where missing or constant."""
    varies = scale.deviation > 0
    divided = (x - scale.mean) / np.where(varies, scale.deviation, 1.0)
    return np.where(np.isnan(divided) | ~varies, 0.0, divided)


def fit_ridge(
    x: Float[np.ndarray, "points columns"],
    y: Float[np.ndarray, " points"],
    penalty: float,
    prior: Float[np.ndarray, " columns"],
) -> Ridge:
    """Least squares with the penalty ``penalty ||slope - prior||²``; the intercept is free.

    Args:
        x: standardised columns.
        y: measured values.
        penalty: above 0.
        prior: slopes that are believed without any point.

    Source: Hoerl and Kennard 1970; Swindel 1976, a prior other than 0.

    >>> x, y = np.array([[-1.0], [0.0], [1.0]]), np.array([0.0, 1.0, 2.0])
    >>> fitted = fit_ridge(x, y, penalty=2.0, prior=np.zeros(1))
    >>> fitted.intercept, float(fitted.slope[0])
    (1.0, 0.5)
    """
    centre = x.mean(axis=0)
    centred = x - centre
    inverse = np.linalg.inv(centred.T @ centred + penalty * np.eye(x.shape[1]))
    slope = prior + inverse @ centred.T @ (y - y.mean() - centred @ prior)
    return Ridge(
        intercept=float(y.mean() - centre @ slope),
        slope=slope,
        prior=prior,
        penalty=penalty,
        leverage=inverse @ centred.T @ centred @ inverse,
    )


def leave_one_out_errors(
    x: Float[np.ndarray, "points columns"],
    y: Float[np.ndarray, " points"],
    penalty: float,
    prior: Float[np.ndarray, " columns"],
) -> Float[np.ndarray, " points"]:
    """Error of each point under the fit to all others, penalty and scale as they are.

    No fit is repeated: it is the residual divided by 1 - h, h the point's own share in its fitted
    value (the diagonal of the hat matrix, 1 / n of the intercept included).

    Source: Allen 1974, PRESS; Golub, Heath and Wahba 1979.
    """
    fitted = fit_ridge(x, y, penalty, prior)
    centred = x - x.mean(axis=0)
    inverse = np.linalg.inv(centred.T @ centred + penalty * np.eye(x.shape[1]))
    hat = 1 / len(x) + np.einsum("ij,jk,ik->i", centred, inverse, centred)
    errors: Float[np.ndarray, " points"] = (y - fitted.intercept - x @ fitted.slope) / (1 - hat)
    return errors


def choose_ridge(
    x: Float[np.ndarray, "points columns"],
    y: Float[np.ndarray, " points"],
    priors: Sequence[Float[np.ndarray, " columns"]],
) -> Ridge:
    """Fit with the prior and the penalty whose squared leave-one-out error is least.

    Of equal ones the earlier prior and the larger penalty are taken.

    Raises:
        MetricError: fewer than three points.
    """
    if len(x) < 3:
        raise MetricError("three points or more", f"{len(x)}", "Measure more gains first")
    scored = [
        (float((leave_one_out_errors(x, y, penalty, prior) ** 2).sum()), place, -penalty)
        for place, prior in enumerate(priors)
        for penalty in PENALTIES * len(x)
    ]
    _, place, negated = min(scored)
    return fit_ridge(x, y, -negated, priors[place])
