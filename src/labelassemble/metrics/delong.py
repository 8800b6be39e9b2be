"""DeLong's variance of an AUROC, and the test of two AUROCs on the same images.

It takes every image as independent. Where patients have several images the bootstrap over patients
is the one to believe; this one is exact, fast, and what readers expect to see beside it.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Real
from scipy.stats import rankdata

from labelassemble.metrics.known_cells import known_cells


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


class _Components(NamedTuple):
    """For every image, how often it is on the right side of the images of the other kind."""

    positive: Float[np.ndarray, " positives"]
    negative: Float[np.ndarray, " negatives"]


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
    components = _components(score, label, known)
    if components.positive.size == 0 or components.negative.size == 0:
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
    left, right = (
        _average([_components(score, label, known) for score in scores])
        for scores in (first, second)
    )
    if left.positive.size == 0 or left.negative.size == 0:
        return DeLongTest(float("nan"), float("nan"), float("nan"))
    both = _Components(right.positive - left.positive, right.negative - left.negative)
    difference = float(both.positive.mean())
    error = math.sqrt(_variance(both))
    if error > 0:
        p = math.erfc(abs(difference) / error / math.sqrt(2))
    elif error == 0 and difference == 0:
        p = 1.0
    else:
        p = float("nan")
    return DeLongTest(difference, error, p)


def _components(score: np.ndarray, label: np.ndarray, known: np.ndarray) -> _Components:
    cells = known_cells(score, label, known)
    positive, negative = cells.score[cells.positive], cells.score[~cells.positive]
    if positive.size == 0 or negative.size == 0:
        return _Components(positive * 0.0, negative * 0.0)
    # A midrank among all minus the midrank among one's own kind counts the others passed.
    midrank = rankdata(cells.score)
    return _Components(
        positive=(midrank[cells.positive] - rankdata(positive)) / negative.size,
        negative=1 - (midrank[~cells.positive] - rankdata(negative)) / positive.size,
    )


def _average(components: list[_Components]) -> _Components:
    return _Components(
        positive=np.mean([each.positive for each in components], axis=0),
        negative=np.mean([each.negative for each in components], axis=0),
    )


def _variance(components: _Components) -> float:
    if min(components.positive.size, components.negative.size) < 2:
        return float("nan")
    return float(sum(part.var(ddof=1) / part.size for part in components))
