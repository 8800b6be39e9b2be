"""Would other seeds and other patients show the same difference? Seeds as a random effect.

Networks that were trained alike but for their seed are a sample of what training can give, as the
readers of a reader study are a sample of readers. A seed takes the part of the reader, a method
that of the modality, and the analysis is that of studies with many readers and many cases.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import stats

from labelassemble.errors import MetricError
from labelassemble.metrics.interval import enough_scored


class ErrorCovariances(NamedTuple):
    """How two networks' scores vary together over samples of patients; means over the networks."""

    variance: float
    """Of a network's score."""
    same_seed: float
    """Cov1: other method, same seed; nan where seeds are not paired."""
    same_method: float
    """Cov2: same method, other seed."""
    neither: float
    """Cov3: other method, other seed."""


class VarianceComponents(NamedTuple):
    """Of the difference between one network of each method; an estimate below 0 is given as 0."""

    seeds: float
    """From seed to seed, as if all patients there are had been scored."""
    patients: float
    """From patient sample to patient sample, the same for all seeds: more seeds do not help."""
    seeds_and_patients: float
    """What differs between patient samples from seed to seed."""


class SeedsTest(NamedTuple):
    """A difference, second minus first, for other seeds and other patients."""

    difference: float
    standard_error: float
    degrees_of_freedom: float
    low: float
    high: float
    p: float
    """Two-sided."""
    seed_deviation: float
    """Sample standard deviation over seeds of the difference, on these patients."""
    seed_share: float
    """Share of the squared standard error that more seeds would bring down, in [0, 1]."""
    components: VarianceComponents


def seeds_test(
    first: Float[np.ndarray, " first_seeds"],
    second: Float[np.ndarray, " second_seeds"],
    first_replicate: Float[np.ndarray, "first_seeds replicates"],
    second_replicate: Float[np.ndarray, "second_seeds replicates"],
    confidence: float,
    paired: bool,
) -> SeedsTest:
    """Compare two methods, each trained with several seeds, all scored on the same patients.

    With J pairs of networks, d_j their differences and s² the variance of these:
    SE² = s²/J + max(2 (Cov2 − Cov3), 0), and t = mean(d)/SE has SE⁴ / ((s²/J)²/(J − 1)) degrees of
    freedom. Unpaired, s²/J becomes s₁²/J₁ + s₂²/J₂, the variances of the scores of each method,
    and (s²/J)²/(J − 1) the sum of (s_i²/J_i)²/(J_i − 1).

    Args:
        first: scores of the first method, one a network (seed).
        second: the same of the second method.
        first_replicate: those scores in bootstrap replicates over patients; nan where a replicate
            could not be scored.
        second_replicate: the same of the second method, in the same replicates.
        confidence: in (0, 1), of the interval.
        paired: the networks at one place share a seed (factorial design); else those of one
            method have nothing to do with those of the other (seeds nested within methods).

    Returns:
        All nan but the difference with one seed of a method, because then what training anew
        changes cannot be known, and where fewer than half of the replicates have all scores. No
        difference without variance has p = 1; a difference without variance has no p (nan).

    Raises:
        MetricError: paired, but not as many networks of both.

    Source: Obuchowski and Rockette 1995; Hillis 2007, degrees of freedom; Hillis 2014, nested
    readers; Satterthwaite 1946, unequal variances.

    >>> patients = np.random.default_rng(0).normal(size=999) / 100
    >>> first, second = np.array([0.70, 0.72, 0.71]), np.array([0.74, 0.75, 0.78])
    >>> drawn = first[:, None] + patients, second[:, None] + 2 * patients
    >>> test = seeds_test(first, second, *drawn, confidence=0.95, paired=True)
    >>> round(test.difference, 3), round(test.standard_error, 4), round(test.p, 3)
    (0.047, 0.0155, 0.026)
    >>> round(test.degrees_of_freedom, 1), round(test.seed_share, 2)
    (5.5, 0.6)
    """
    if paired and first.size != second.size:
        raise MetricError(
            "as many networks of both methods, pair by pair",
            f"{first.size} of the first, {second.size} of the second",
            "Pass paired=False, or the same seeds of both",
        )
    difference = float(second.mean() - first.mean())
    covariances = error_covariances(first_replicate, second_replicate, paired)
    if min(first.size, second.size) < 2 or np.isnan([difference, covariances.variance]).any():
        return _untested(difference)
    spreads = [second - first] if paired else [first, second]
    parts = [float(each.var(ddof=1)) / each.size for each in spreads]
    between = sum(part * each.size for part, each in zip(parts, spreads, strict=True))
    patients = max(2 * (covariances.same_method - covariances.neither), 0.0)
    error = math.sqrt(sum(parts) + patients)
    freedom = _satterthwaite(error**2, parts, [each.size - 1 for each in spreads])
    half = error * float(stats.t.ppf((1 + confidence) / 2, freedom))
    return SeedsTest(
        difference=difference,
        standard_error=error,
        degrees_of_freedom=freedom,
        low=difference - half,
        high=difference + half,
        p=_t_p(difference, error, freedom),
        seed_deviation=math.sqrt(between),
        seed_share=sum(parts) / error**2 if error > 0 else float("nan"),
        components=_components(between, patients, covariances),
    )


def error_covariances(
    first_replicate: Float[np.ndarray, "first_seeds replicates"],
    second_replicate: Float[np.ndarray, "second_seeds replicates"],
    paired: bool,
) -> ErrorCovariances:
    """Estimate the error covariances of Obuchowski and Rockette from bootstrap replicates.

    Args:
        first_replicate: scores of the first method's networks in replicates over patients; nan
            where one could not be scored, and then that replicate counts for no network.
        second_replicate: the same of the second method, in the same replicates.
        paired: networks at one place share a seed.

    Returns:
        Those that need a second seed are nan with one; all nan where fewer than half of the
        replicates have all scores.

    Source: Obuchowski and Rockette 1995.
    """
    together = np.concatenate([first_replicate, second_replicate])
    total = together.sum(axis=0)
    complete = together[:, ~np.isnan(total)]
    if complete.shape[1] < 2 or not enough_scored(complete[0], total):
        return ErrorCovariances(*[float("nan")] * 4)
    covariance = np.atleast_2d(np.cov(complete))
    firsts = first_replicate.shape[0]
    own = [covariance[:firsts, :firsts], covariance[firsts:, firsts:]]
    across = covariance[:firsts, firsts:]
    return ErrorCovariances(
        variance=float(np.mean([np.diag(each).mean() for each in own])),
        same_seed=float(np.diag(across).mean()) if paired else float("nan"),
        same_method=float(np.mean([_off_diagonal_mean(each) for each in own])),
        neither=_off_diagonal_mean(across) if paired else float(across.mean()),
    )


def _untested(difference: float) -> SeedsTest:
    nan = float("nan")
    return SeedsTest(
        difference, nan, nan, nan, nan, nan, nan, nan, VarianceComponents(nan, nan, nan)
    )


def _off_diagonal_mean(covariance: Float[np.ndarray, "seeds seeds"]) -> float:
    others = covariance[~np.eye(covariance.shape[0], dtype=np.bool_)]
    return float(others.mean()) if others.size else float("nan")


def _satterthwaite(variance: float, parts: list[float], freedoms: list[int]) -> float:
    """Degrees of freedom of a sum of variances, those of the patients being as good as known."""
    below = sum(part**2 / freedom for part, freedom in zip(parts, freedoms, strict=True))
    return variance**2 / below if below > 0 else math.inf


def _t_p(difference: float, error: float, freedom: float) -> float:
    if error > 0:
        return float(2 * stats.t.sf(abs(difference) / error, freedom))
    return 1.0 if difference == 0 else float("nan")


def _components(
    between: float, patients: float, covariances: ErrorCovariances
) -> VarianceComponents:
    both = 2 * (covariances.variance - covariances.same_method)
    if not math.isnan(covariances.same_seed):
        both -= 2 * (covariances.same_seed - covariances.neither)
    return VarianceComponents(max(between - both, 0.0), patients, max(both, 0.0))
