"""Holm's correction for looking at several classes at once."""

import numpy as np
from jaxtyping import Float


def holm(p: Float[np.ndarray, " tests"]) -> Float[np.ndarray, " tests"]:
    """Correct p values so that the chance of any false finding among them stays below the level.

    Args:
        p: one p value a test, in [0, 1]; nan where there was no test, which then does not count.

    Returns:
        Corrected p values in [0, 1], never below the given ones; nan stays nan.

    Source: Holm 1979.

    >>> holm(np.array([0.01, 0.04, 0.03, np.nan]))
    array([0.03, 0.06, 0.06,  nan])
    """
    corrected = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    factor = np.arange(order.size, 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(factor * p[order]), 1)
    return corrected
