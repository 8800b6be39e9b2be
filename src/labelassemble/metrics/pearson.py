"""Do two measurements rise together? Pearson's r, how sure it is, and what one point does to it."""

import itertools
import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real
from scipy.stats import norm, rankdata, t

from labelassemble.errors import MetricError

_FEWEST = 4
"""Points below which there is no correlation: Fisher's interval needs four."""


class Correlation(NamedTuple):
    """A correlation of two measurements; nan where there is none."""

    r: float
    """Pearson's r, in [-1, 1]."""
    low: float
    high: float
    """Fisher's interval of r."""
    p: float
    """Two-sided, of the t test of r = 0; exact where both are normal."""
    p_permutation: float
    """Two-sided, of all (or drawn) orders of one measurement; needs no distribution."""
    spearman: float
    """r of the ranks: whether they rise together, straight or not."""
    lowest: float
    highest: float
    """Smallest and largest r when any one point is left out."""
    n: int
    """Points that have both measurements."""


def correlate(
    first: Real[np.ndarray, " points"],
    second: Real[np.ndarray, " points"],
    generator: np.random.Generator,
    confidence: float = 0.95,
    permutations: int = 10_000,
) -> Correlation:
    """Pearson's r with interval and p, Spearman's, and the range of r without any one point.

    Args:
        first: one number a point; nan where it was not measured.
        second: the same of the other measurement.
        generator: where drawn permutations come from.
        confidence: of the interval, in (0, 1).
        permutations: how many orders to draw; all of them are taken where there are no more.

    Returns:
        All nan but ``n`` with fewer than four points that have both measurements, or where one of
        the two is constant. The range is nan where leaving one point out makes one constant.

    Raises:
        MetricError: a confidence outside (0, 1).

    Source: Pearson 1895; Fisher 1915 and 1921, the t test and the interval; Spearman 1904; Pitman
        1937, permutations.

    >>> similarity = np.array([0.1, 0.2, 0.4, 0.5, 0.9])
    >>> gain = np.array([0, 0.01, 0.01, 0.03, 0.04])
    >>> found = correlate(similarity, gain, np.random.default_rng(0))
    >>> round(found.r, 3), round(found.low, 3), round(found.high, 3), round(found.p, 4), found.n
    (0.938, 0.323, 0.996, 0.0184, 5)
    """
    if not 0 < confidence < 1:
        raise MetricError("a confidence between 0 and 1", f"{confidence:g}", "Give 0.95, for one")
    both = ~(np.isnan(first.astype(np.float64)) | np.isnan(second.astype(np.float64)))
    x, y = first[both].astype(np.float64), second[both].astype(np.float64)
    r = _r(x, y) if x.size >= _FEWEST else math.nan
    if math.isnan(r):
        return Correlation(**dict.fromkeys(Correlation._fields[:-1], math.nan), n=x.size)
    without = np.array([_r(np.delete(x, place), np.delete(y, place)) for place in range(x.size)])
    low, high = fisher_interval(r, x.size, confidence)
    return Correlation(
        r=r,
        low=low,
        high=high,
        p=pearson_p(r, x.size),
        p_permutation=_permutation_p(x, y, r, permutations, generator),
        spearman=_r(rankdata(x), rankdata(y)),
        lowest=float(without.min()),
        highest=float(without.max()),
        n=x.size,
    )


def pearson_p(r: float, n: int) -> float:
    """Two-sided p of r = 0 among ``n`` points: the t test with n - 2 degrees of freedom.

    nan with fewer than four points.

    Source: Fisher 1915.

    The r and p of Kang 2023 (.83 and 4.93e-4) are those of 13 points, up to the rounding of r:

    >>> [round(pearson_p(r, n=13) * 1e4, 2) for r in (0.825, 0.835)]
    [5.18, 3.82]
    """
    if n < _FEWEST or math.isnan(r):
        return math.nan
    if abs(r) >= 1:
        return 0.0
    return float(2 * t.sf(abs(r) * math.sqrt((n - 2) / (1 - r * r)), n - 2))


def fisher_interval(r: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of r: artanh r is about normal with variance 1 / (n - 3).

    nan with fewer than four points.

    Source: Fisher 1921.

    >>> tuple(round(end, 2) for end in fisher_interval(0.83, n=13))
    (0.51, 0.95)
    """
    if n < _FEWEST or math.isnan(r):
        return math.nan, math.nan
    if abs(r) >= 1:
        return r, r
    half = float(norm.ppf((1 + confidence) / 2)) / math.sqrt(n - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _r(x: Float[np.ndarray, " points"], y: Float[np.ndarray, " points"]) -> float:
    x, y = _unit(x), _unit(y)
    # A constant has no direction; rounding must not carry r out of [-1, 1].
    return math.nan if not (x.any() and y.any()) else float(np.clip(x @ y, -1, 1))


def _unit(x: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
    """Centred, of length 1; zeros where all points are equal, whatever their rounding."""
    if np.ptp(x) == 0:
        return np.zeros_like(x)
    centred = x - x.mean()
    unit: Float[np.ndarray, " points"] = centred / np.linalg.norm(centred)
    return unit


def _permutation_p(
    x: Float[np.ndarray, " points"],
    y: Float[np.ndarray, " points"],
    r: float,
    permutations: int,
    generator: np.random.Generator,
) -> float:
    x, y = _unit(x), _unit(y)
    # Orders that give r itself but for rounding are as extreme as r.
    extreme = abs(r) - 1e-12
    if x.size < 10 and math.factorial(x.size) <= permutations:
        orders = np.array(list(itertools.permutations(range(x.size))))
        return float((np.abs(y[orders] @ x) >= extreme).mean())
    drawn = generator.permuted(np.tile(y, (permutations, 1)), axis=1)
    return float((1 + np.count_nonzero(np.abs(drawn @ x) >= extreme)) / (1 + permutations))
