"""From bootstrap replicates to an interval and to a p value."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

MIN_SCORED = 0.5
"""Share of the replicates that must have a score; below it there is no interval and no p."""


class Interval(NamedTuple):
    """A percentile interval, and how many replicates it rests on."""

    low: float
    high: float
    scored: int
    """Replicates that had a score."""


def percentile_interval(replicate: Float[np.ndarray, " replicates"], confidence: float) -> Interval:
    """The middle ``confidence`` share of the replicates' scores.

    Args:
        replicate: one score a replicate; nan where it could not be scored.
        confidence: in (0, 1).

    Returns:
        Ends on the scores' scale; nan where fewer than half of the replicates have a score,
        because what is left would no longer stand for the sample.

    Source: Efron and Tibshirani 1993, percentile interval.

    >>> percentile_interval(np.arange(101) / 8, confidence=0.5)
    Interval(low=3.125, high=9.375, scored=101)
    >>> percentile_interval(np.array([0.5, np.nan, np.nan]), confidence=0.9)
    Interval(low=nan, high=nan, scored=1)
    """
    scored = replicate[~np.isnan(replicate)]
    if not enough_scored(scored, replicate):
        return Interval(float("nan"), float("nan"), scored.size)
    low, high = np.quantile(scored, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high), scored.size)


def two_sided_p(difference: Float[np.ndarray, " replicates"]) -> float:
    """Twice the share of replicates on the rarer side of 0, no difference counting for both sides.

    One is added to every count, so that p is never 0: with 1,000 replicates at least .002.

    Args:
        difference: one difference a replicate; nan where it could not be scored.

    Returns:
        p in (0, 1]; nan where fewer than half of the replicates have a difference.

    Source: Davison and Hinkley 1997, bootstrap tests.

    >>> two_sided_p(np.array([0.1, 0.2, 0.3, -0.1]))
    0.8
    """
    scored = difference[~np.isnan(difference)]
    if not enough_scored(scored, difference):
        return float("nan")
    rarer = min(int(np.count_nonzero(scored <= 0)), int(np.count_nonzero(scored >= 0)))
    return min(1.0, 2 * (1 + rarer) / (1 + len(scored)))


def enough_scored(
    scored: Float[np.ndarray, " scored"], replicate: Float[np.ndarray, " replicates"]
) -> bool:
    """Whether those replicates that have a score still stand for the sample.

    >>> enough_scored(np.array([0.5]), np.array([0.5, np.nan, np.nan]))
    False
    """
    return scored.size > 0 and scored.size >= MIN_SCORED * replicate.size
