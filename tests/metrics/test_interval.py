import numpy as np
import pytest

from labelassemble.metrics.interval import percentile_interval, two_sided_p


def test_takes_the_middle_share() -> None:
    values = np.random.default_rng(0).permutation(np.arange(1001.0))
    assert percentile_interval(values, 0.95) == pytest.approx((25, 975, 1001))
    assert percentile_interval(values, 0.5) == (250, 750, 1001)


def test_replicates_without_a_score_do_not_count() -> None:
    values = np.array([np.nan, 0.0, 1.0, 2.0])
    assert percentile_interval(values, 0.5) == (0.5, 1.5, 3)


def test_no_interval_and_no_p_from_fewer_than_half() -> None:
    values = np.array([np.nan, np.nan, 1.0])
    low, high, scored = percentile_interval(values, 0.9)
    assert np.isnan([low, high]).all()
    assert scored == 1
    assert np.isnan(two_sided_p(values))


def test_no_replicates() -> None:
    low, high, scored = percentile_interval(np.empty(0), 0.9)
    assert np.isnan([low, high]).all()
    assert scored == 0
    assert np.isnan(two_sided_p(np.empty(0)))


def test_p_of_no_difference_is_one() -> None:
    assert two_sided_p(np.zeros(99)) == 1


def test_p_is_never_zero_and_does_not_know_the_sign() -> None:
    difference = np.linspace(0.01, 0.1, 999)
    assert two_sided_p(difference) == two_sided_p(-difference) == pytest.approx(2 / 1000)


def test_p_counts_the_rarer_side_twice() -> None:
    difference = np.array([-0.2, -0.1, 0.0, *np.linspace(0.1, 1, 96)])
    assert two_sided_p(difference) == pytest.approx(2 * 4 / 100)


def test_p_is_uniform_where_nothing_differs() -> None:
    generator = np.random.default_rng(1)
    shift = generator.normal(size=400)
    p = np.array([two_sided_p(each + generator.normal(size=200)) for each in shift])
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(p < 0.5) == pytest.approx(0.5, abs=0.08)
