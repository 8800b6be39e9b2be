"""Corrections for looking at several classes at once, by the names that settings give them."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from labelassemble.metrics.benjamini_hochberg import benjamini_hochberg
from labelassemble.metrics.holm import holm
from labelassemble.metrics.max_t import max_t

Correction = Literal["holm", "max_t", "fdr"]


def correct_p(
    p: Float[np.ndarray, " tests"],
    difference: Float[np.ndarray, " tests"] | None,
    replicate: Float[np.ndarray, "replicates tests"] | None,
    correction: Correction,
) -> Float[np.ndarray, " tests"]:
    """Correct p values for their number.

    Args:
        p: one p value a class; nan where there was no test, which then does not count.
        difference: what was observed; None where there are no replicates to go with it.
        replicate: its replicates over patients, all classes drawn together; or None.
        correction: ``holm``; ``max_t``, which is ``holm`` without replicates; or ``fdr``.

    Returns:
        Corrected p values, never below the given ones; nan stays nan.

    Source: Holm 1979; Westfall and Young 1993; Benjamini and Hochberg 1995.

    >>> correct_p(np.array([0.01, 0.04, np.nan]), None, None, "fdr")
    array([0.02, 0.04,  nan])
    """
    if correction == "fdr":
        return benjamini_hochberg(p)
    if correction == "holm" or difference is None or replicate is None:
        return holm(p)
    # Its p values come from studentised differences and may lie below a percentile's.
    return np.asarray(np.maximum(p, max_t(difference, replicate)))
