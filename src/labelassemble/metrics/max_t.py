"""Westfall and Young's correction for several classes that are scored on the same patients."""

import numpy as np
from jaxtyping import Float

from labelassemble.metrics.interval import enough_scored


def max_t(
    difference: Float[np.ndarray, " tests"], replicate: Float[np.ndarray, "replicates tests"]
) -> Float[np.ndarray, " tests"]:
    """Step-down maxT: p values such that any false finding among all tests stays improbable.

    A difference in units of its standard error is compared with the largest such number that
    replicates without any difference reach in this test or one with a smaller difference.
    Replicates keep how classes depend on each other, so where they go together this corrects less
    than ``holm``.

    Args:
        difference: what was observed, one number a test; nan where there was no test.
        replicate: bootstrap replicates of the same differences, all tests drawn together; nan where
            one could not be scored, and then the other tests stand for that replicate.

    Returns:
        Corrected p values in (0, 1]; one is added to every count, so that p is never 0. nan where
        there was no test or fewer than half of the replicates have a score; such a test does not
        count.

    Source: Westfall and Young 1993, step-down maxT by bootstrap.

    >>> noise = np.random.default_rng(0).normal(size=(999, 1))
    >>> difference = np.array([3.0, 3.0, 0.5, np.nan])
    >>> max_t(difference, difference + noise).round(3)
    array([0.005, 0.005, 0.612,   nan])
    """
    corrected = np.full(difference.shape, np.nan)
    tested = [
        place
        for place, column in enumerate(replicate.T)
        if not np.isnan(difference[place]) and _testable(column)
    ]
    if not tested:
        return corrected
    drawn, observed = replicate[:, tested], np.abs(difference[tested])
    error = np.nanstd(drawn, axis=0, ddof=1)
    centred = np.abs(drawn - difference[tested])
    # Replicates that never vary leave no room for chance: any difference is then beyond it.
    varies = error > 0
    scale = np.where(varies, error, 1)
    studentised = np.where(np.isnan(centred), -np.inf, np.where(varies, centred / scale, 0))
    observed = np.where(varies | (observed == 0), observed / scale, np.inf)

    rising = np.argsort(observed, kind="stable")
    largest = np.maximum.accumulate(studentised[:, rising], axis=1)
    scored = np.count_nonzero(largest > -np.inf, axis=0)
    p = (1 + np.count_nonzero(largest >= observed[rising], axis=0)) / (1 + scored)
    falling = np.array(tested)[rising[::-1]]
    corrected[falling] = np.maximum.accumulate(p[::-1])
    return corrected


def _testable(replicate: Float[np.ndarray, " replicates"]) -> bool:
    scored = replicate[~np.isnan(replicate)]
    return scored.size > 1 and enough_scored(scored, replicate)
