import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from labelassemble.errors import MetricError
from labelassemble.metrics.calibration import brier_error, calibration_bins, calibration_error


def draw(seed: int, images: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    probability = generator.random(images)
    return probability, (generator.random(images) < probability**2).astype(float)


@pytest.mark.parametrize("seed", range(3))
def test_equals_scikit_learn(seed: int) -> None:
    probability, label = draw(seed, 200)
    known = np.full(200, True)
    expected = brier_score_loss(label, probability)
    assert brier_error(probability, label, known) == pytest.approx(expected, abs=1e-12)
    rate, mean = calibration_curve(label, probability, n_bins=10, strategy="quantile")
    bins = calibration_bins(probability, label, known, bins=10)
    assert bins.cells.tolist() == [20] * 10
    np.testing.assert_allclose(bins.probability, mean, atol=1e-12)
    np.testing.assert_allclose(bins.rate, rate, atol=1e-12)
    error = calibration_error(probability, label, known, bins=10)
    assert error == pytest.approx(np.abs(rate - mean).mean(), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12))
def test_order_and_unknown_cells_never_matter(seed: int, images: int, bins: int) -> None:
    generator = np.random.default_rng(seed)
    probability, label = draw(seed, images)
    probability = np.round(probability, 1)
    known = generator.random(images) < 0.7
    before = (
        calibration_error(probability, label, known, bins),
        brier_error(probability, label, known),
    )
    probability[~known], label[~known] = np.nan, np.nan
    order = generator.permutation(images)
    probability, label, known = probability[order], label[order], known[order]
    after = (
        calibration_error(probability, label, known, bins),
        brier_error(probability, label, known),
    )
    np.testing.assert_allclose(before, after, rtol=0, atol=1e-12)
    filled = calibration_bins(probability, label, known, bins)
    assert filled.cells.sum() == known.sum()
    assert filled.cells.size <= bins


def test_honest_predictions_have_small_errors_and_bold_ones_large() -> None:
    generator = np.random.default_rng(0)
    honest = generator.random(20_000)
    label = (generator.random(20_000) < honest).astype(float)
    known = np.full(20_000, True)
    bold = (honest > 0.5).astype(float)
    assert calibration_error(honest, label, known) < 0.02
    assert calibration_error(bold, label, known) == pytest.approx(0.25, abs=0.02)
    assert brier_error(honest, label, known) < brier_error(bold, label, known)


def test_nothing_known_is_nan() -> None:
    probability, label, known = np.array([0.5]), np.array([1.0]), np.array([False])
    assert math.isnan(brier_error(probability, label, known))
    assert math.isnan(calibration_error(probability, label, known))
    assert calibration_bins(probability, label, known).cells.tolist() == []


def test_logits_are_refused() -> None:
    with pytest.raises(MetricError, match=r"1 of 2 known ones are not, such as -2\.5"):
        brier_error(np.array([-2.5, 0.5]), np.array([0.0, 1.0]), np.full(2, True))


def test_no_bins_are_refused() -> None:
    with pytest.raises(MetricError, match="bins = 0"):
        calibration_error(np.array([0.5]), np.array([1.0]), np.full(1, True), bins=0)
