import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as ScikitRidge

from labelassemble.errors import MetricError
from labelassemble.experiments.ridge import (
    PENALTIES,
    choose_ridge,
    find_scale,
    fit_ridge,
    leave_one_out_errors,
    standardise_columns,
)

SEEDS = st.integers(0, 2**32 - 1)


def draw(seed: int, points: int, columns: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(points, columns)) + 2
    prior = generator.normal(size=columns)
    return x, x @ generator.normal(size=columns) + generator.normal(size=points), prior


@given(SEEDS, st.integers(2, 15), st.sampled_from([1e-3, 1.0, 100.0]))
def test_equals_scikit_learn(seed: int, points: int, penalty: float) -> None:
    x, y, _ = draw(seed, points)
    ours = fit_ridge(x, y, penalty, np.zeros(3))
    theirs = ScikitRidge(alpha=penalty).fit(x, y)
    np.testing.assert_allclose(ours.slope, theirs.coef_, rtol=1e-5, atol=1e-7)
    assert ours.intercept == pytest.approx(theirs.intercept_, rel=1e-5, abs=1e-6)


@given(SEEDS, st.integers(2, 15), st.sampled_from([0.1, 1.0, 100.0]))
def test_equals_a_direct_solve_with_a_prior(seed: int, points: int, penalty: float) -> None:
    """Least squares of the rows, of √penalty (slope - prior) = 0, and nothing on the intercept."""
    x, y, prior = draw(seed, points)
    ours = fit_ridge(x, y, penalty, prior)
    root = np.sqrt(penalty)
    rows = np.block([[np.ones((points, 1)), x], [np.zeros((3, 1)), root * np.eye(3)]])
    direct = np.linalg.lstsq(rows, np.concatenate([y, root * prior]), rcond=None)[0]
    np.testing.assert_allclose([ours.intercept, *ours.slope], direct, rtol=1e-6, atol=1e-8)


@given(SEEDS, st.integers(3, 12), st.sampled_from([0.01, 1.0, 50.0]))
def test_leaving_one_out_equals_fitting_anew(seed: int, points: int, penalty: float) -> None:
    x, y, prior = draw(seed, points)
    slow = []
    for place in range(points):
        others = np.arange(points) != place
        fitted = fit_ridge(x[others], y[others], penalty, prior)
        slow.append(y[place] - fitted.intercept - x[place] @ fitted.slope)
    np.testing.assert_allclose(
        leave_one_out_errors(x, y, penalty, prior), slow, rtol=1e-6, atol=1e-8
    )


@given(SEEDS)
def test_the_choice_errs_least(seed: int) -> None:
    x, y, prior = draw(seed, 9)
    none = np.zeros(3)
    chosen = choose_ridge(x, y, [none, prior])
    own = (leave_one_out_errors(x, y, chosen.penalty, chosen.prior) ** 2).sum()
    every = [
        (leave_one_out_errors(x, y, penalty * 9, start) ** 2).sum()
        for penalty in PENALTIES
        for start in (none, prior)
    ]
    assert own == pytest.approx(min(every), rel=1e-9)


def test_noise_alone_becomes_a_constant_or_the_prior() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2))
    y = np.random.default_rng(1).normal(size=200)
    assert np.abs(choose_ridge(x, y, [np.zeros(2)]).slope).max() < 0.1
    truth = np.array([5.0, 0.0])
    chosen = choose_ridge(x[:6], y[:6] * 0.1 + x[:6] @ truth, [np.zeros(2), truth])
    np.testing.assert_array_equal(chosen.prior, truth)


def test_leverage_is_the_variance_of_a_fitted_value() -> None:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(12, 3))
    x -= x.mean(axis=0)
    new, truth = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.0, -1.0])
    values = []
    for _ in range(3000):
        fitted = fit_ridge(x, x @ truth + generator.normal(size=12), 2.0, np.zeros(3))
        values.append(fitted.intercept + new @ fitted.slope)
    leverage = fit_ridge(x, np.zeros(12), 2.0, np.zeros(3)).leverage
    assert np.var(values) == pytest.approx(new @ leverage @ new + 1 / 12, rel=0.1)


def test_missing_and_constant_columns_count_for_nothing() -> None:
    x = np.array([[1.0, 0.1, np.nan], [3.0, 0.1, np.nan], [np.nan, 0.1, np.nan]])
    scale = find_scale(x)
    assert scale.mean[0] == 2
    np.testing.assert_array_equal(
        standardise_columns(x, scale), [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    )


def test_too_few_points_are_told() -> None:
    with pytest.raises(MetricError, match="three points"):
        choose_ridge(np.zeros((2, 1)), np.zeros(2), [np.zeros(1)])
