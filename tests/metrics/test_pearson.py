import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from labelassemble.errors import MetricError
from labelassemble.metrics.pearson import correlate, fisher_interval, pearson_p

SEEDS = st.integers(0, 2**32 - 1)


def draw(seed: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.integers(6, size=points) + generator.integers(2, size=points) * 0.25
    return x, 0.5 * x + generator.normal(size=points)


@given(SEEDS, st.integers(4, 30), st.sampled_from([0.5, 0.9, 0.95]))
def test_equals_scipy(seed: int, points: int, confidence: float) -> None:
    x, y = draw(seed, points)
    if np.ptp(x) == 0:
        return
    ours = correlate(x, y, np.random.default_rng(0), confidence, permutations=5)
    theirs = pearsonr(x, y)
    interval = theirs.confidence_interval(confidence)
    assert ours.r == pytest.approx(theirs.statistic, abs=1e-10)
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-6, abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert ours.spearman == pytest.approx(spearmanr(x, y).statistic, abs=1e-10)
    assert ours.n == points


@given(SEEDS, st.integers(5, 12))
def test_range_is_of_every_point_excluded(seed: int, points: int) -> None:
    x, y = draw(seed, points)
    x[:3] = [0.1, 5.5, 9]
    ours = correlate(x, y, np.random.default_rng(0), permutations=5)
    each = [pearsonr(np.delete(x, i), np.delete(y, i)).statistic for i in range(points)]
    assert (ours.lowest, ours.highest) == pytest.approx((min(each), max(each)), abs=1e-10)


def test_few_points_take_all_their_orders() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 5.0, 6.0]), np.array([0.3, 0.1, 0.9, 0.7, 2.0])
    observed = abs(pearsonr(x, y).statistic)
    orders = [abs(pearsonr(x, y[list(o)]).statistic) for o in itertools.permutations(range(5))]
    expected = np.mean(np.array(orders) >= observed - 1e-9)
    assert correlate(x, y, np.random.default_rng(0)).p_permutation == pytest.approx(expected)


def test_p_values_are_uniform_where_nothing_is_related() -> None:
    generator = np.random.default_rng(3)
    found = [
        correlate(*generator.exponential(size=(2, 13)), generator, permutations=200)
        for _ in range(300)
    ]
    for p in (np.array([one.p_permutation for one in found]), np.array([one.p for one in found])):
        assert np.mean(p < 0.1) == pytest.approx(0.1, abs=0.05)
        assert np.mean(p < 0.5) == pytest.approx(0.5, abs=0.09)


def test_interval_covers_the_truth() -> None:
    generator, truth = np.random.default_rng(5), 0.8
    covered = 0
    for _ in range(400):
        x, noise = generator.normal(size=(2, 13))
        y = truth * x + math.sqrt(1 - truth**2) * noise
        found = correlate(x, y, generator, permutations=1)
        covered += found.low <= truth <= found.high
    assert covered / 400 == pytest.approx(0.95, abs=0.035)


def test_the_papers_numbers_agree_with_each_other() -> None:
    """Kang 2023 prints r = .83 and p = 4.93e-4, for nodule and 13 other classes."""
    fits = [n for n in range(4, 40) if pearson_p(0.835, n) <= 4.93e-4 <= pearson_p(0.825, n)]
    assert fits == [13]


def test_points_without_both_measurements_do_not_count() -> None:
    x, y = draw(1, 9)
    with_gaps = np.append(x, [np.nan, 3.0]), np.append(y, [1.0, np.nan])
    ours = correlate(*with_gaps, np.random.default_rng(2))
    assert ours == correlate(x, y, np.random.default_rng(2))
    assert ours.n == 9


@pytest.mark.parametrize(
    ("x", "y", "n"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], 3),
        ([1.0, 2.0, 3.0, np.nan], [1.0, 2.0, 4.0, 5.0], 3),
        ([0.1] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 6),
        ([], [], 0),
    ],
)
def test_too_little_is_nan(x: list[float], y: list[float], n: int) -> None:
    found = correlate(np.array(x), np.array(y), np.random.default_rng(0))
    assert np.isnan(found[:-1]).all()
    assert found.n == n


def test_a_straight_line() -> None:
    x = np.arange(6)
    found = correlate(x, -2.0 * x, np.random.default_rng(0))
    assert found[:4] == pytest.approx((-1, -1, -1, 0), abs=1e-9)
    assert found.p_permutation == pytest.approx(2 / math.factorial(6))
    assert fisher_interval(1.0, 6) == (1, 1)


def test_one_point_alone_makes_no_range() -> None:
    found = correlate(np.array([0, 0, 0, 0, 1.0]), np.arange(5.0), np.random.default_rng(0))
    assert found.r > 0
    assert math.isnan(found.lowest)
    assert math.isnan(found.highest)


def test_a_wrong_confidence_is_told() -> None:
    with pytest.raises(MetricError, match="between 0 and 1"):
        correlate(np.arange(5), np.arange(5), np.random.default_rng(0), confidence=95.0)


def test_three_points_have_no_p_and_no_interval() -> None:
    assert math.isnan(pearson_p(0.9, 3))
    assert np.isnan(fisher_interval(0.9, 3)).all()
    assert math.isnan(pearson_p(math.nan, 9))
    assert pearson_p(-1.0, 9) == 0
