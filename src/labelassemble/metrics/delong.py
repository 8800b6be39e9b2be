"""DeLong's variance of an AUROC, and the test of two AUROCs on the same images.

It takes every image as independent. Where patients have several images ``clustered_delong`` or the
bootstrap over patients are the ones to believe; this one is what readers expect to see beside them.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Real

from labelassemble.metrics.structural_components import (
    StructuralComponents,
    difference_components,
    structural_components,
)


class DeLong(NamedTuple):
    """An AUROC and the variance of its estimate."""

    auroc: float
    variance: float


class DeLongTest(NamedTuple):
    """A difference of AUROCs, second minus first, and how surprising it is."""

    difference: float
    standard_error: float
    p: float
    """Two-sided."""


def delong(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
) -> DeLong:
    """AUROC of one class and its variance, from midranks.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.

    Returns:
        nan for the AUROC without a known positive or negative; nan for the variance with fewer
        than two of either.

    Raises:
        MetricError: see ``known_cells``.

    Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014, midranks.

    >>> delong(np.array([0.1, 0.4, 0.3, 0.8]), np.array([0.0, 0.0, 1.0, 1.0]), np.full(4, True))
    DeLong(auroc=0.75, variance=0.125)
    """
    components = structural_components(score, label, known)
    if components.positive.size == 0:
        return DeLong(float("nan"), float("nan"))
    return DeLong(float(components.positive.mean()), _variance(components))


def delong_test(
    first: Real[np.ndarray, "first_predictions images"],
    second: Real[np.ndarray, "second_predictions images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
) -> DeLongTest:
    """Test whether two methods have the same AUROC on the same images of one class.

    Args:
        first: scores of the first method, one row a network (seed); their AUROCs are averaged.
        second: the same of the second method.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.

    Returns:
        The difference second minus first, its standard error, and p. All nan without a known
        positive or negative. Equal AUROCs without variance have p = 1; different ones without
        variance have no p (nan).

    Raises:
        MetricError: see ``known_cells``.

    Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014, midranks.

    >>> label = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    >>> first, second = np.array([[1, 5, 2, 4, 3, 6]]), np.array([[1, 2, 3, 4, 5, 6]])
    >>> test = delong_test(first, second, label, known=np.full(6, True))
    >>> round(test.difference, 3), round(test.standard_error, 3), round(test.p, 3)
    (0.222, 0.248, 0.371)
    """
    components = difference_components(first, second, label, known)
    if components.positive.size == 0:
        return DeLongTest(float("nan"), float("nan"), float("nan"))
    difference = float(components.positive.mean())
    error = math.sqrt(_variance(components))
    return DeLongTest(difference, error, normal_p(difference, error))


def normal_p(difference: float, standard_error: float) -> float:
    """Two-sided p of a difference that is normal around 0.

    Returns:
        p in [0, 1]. No difference without variance has p = 1; a difference without variance, or
        with an unknown one, has no p (nan).

    >>> round(normal_p(1.96, 1.0), 3), normal_p(0.0, 0.0), normal_p(0.1, 0.0)
    (0.05, 1.0, nan)
    """
    if standard_error > 0:
        return math.erfc(abs(difference) / standard_error / math.sqrt(2))
    return 1.0 if standard_error == 0 and difference == 0 else float("nan")


def _variance(components: StructuralComponents) -> float:
    if min(components.positive.size, components.negative.size) < 2:
        return float("nan")
    parts = (components.positive, components.negative)
    return float(sum(part.var(ddof=1) / part.size for part in parts))
