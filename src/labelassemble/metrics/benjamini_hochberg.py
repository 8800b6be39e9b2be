"""Benjamini and Hochberg's correction: which share of the findings may be false?"""

import numpy as np
from jaxtyping import Float


def benjamini_hochberg(p: Float[np.ndarray, " tests"]) -> Float[np.ndarray, " tests"]:
    """Correct p values so that the expected share of false findings stays below the level.

    Weaker than ``holm``: of twenty classes that it calls different at .05, one may well not be.
    It holds for independent tests and for positively dependent ones.

    Args:
        p: one p value a test, in [0, 1]; nan where there was no test, which then does not count.

    Returns:
        Corrected p values in [0, 1], never below the given ones; nan stays nan.

    Source: Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001, dependence.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, np.nan]))
    array([0.03, 0.04, 0.04,  nan])
    """
    corrected = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    falling = tested[np.argsort(-p[tested], kind="stable")]
    rank = np.arange(falling.size, 0, -1)
    corrected[falling] = np.minimum.accumulate(p[falling] * falling.size / rank)
    return corrected
