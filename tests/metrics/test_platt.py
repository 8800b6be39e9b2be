import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from labelassemble.errors import MetricError
from labelassemble.metrics.platt import Platt, apply_platt, fit_platt


def draw(images: int, slope: float, intercept: float, seed: int = 0):
    """Probabilities of a network, and labels that follow other ones."""
    generator = np.random.default_rng(seed)
    logit = generator.normal(size=images) * 2
    label = (generator.random(images) < expit(slope * logit + intercept)).astype(float)
    return expit(logit), label


def test_it_finds_what_the_labels_follow():
    probability, label = draw(200_000, 0.6, -1.1)
    platt = fit_platt(probability, label, np.full(label.size, True))
    assert platt == pytest.approx((0.6, -1.1), abs=0.02)


def test_it_is_logistic_regression_on_logits_with_labels_drawn_in():
    probability, label = draw(80, 0.7, 0.3)
    positives, negatives = label.sum(), (1 - label).sum()
    # Each image twice, weighted by how far its label is drawn in.
    target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    logit = np.log(probability / (1 - probability))
    twice = np.concatenate([logit, logit])[:, None]
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(twice, np.repeat([1, 0], 80), sample_weight=np.concatenate([target, 1 - target]))
    platt = fit_platt(probability, label, np.full(80, True))
    assert platt == pytest.approx((model.coef_[0, 0], model.intercept_[0]), abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(0, 2**32 - 1), st.floats(0.01, 30))
def test_order_stays_and_the_mean_is_right(images, seed, sharpness):
    generator = np.random.default_rng(seed)
    probability = expit(sharpness * generator.normal(size=images))
    label = (generator.random(images) < 0.4).astype(float)
    label[:2] = 0, 1
    known = np.full(images, True)
    platt = fit_platt(probability, label, known)
    calibrated = apply_platt(probability, platt)
    assert platt.slope >= 0
    assert np.isfinite(platt).all()
    order = np.argsort(probability)
    assert (np.diff(calibrated[order]) >= 0).all()
    assert abs(calibrated.mean() - label.mean()) < 1 / images + 1e-3
    # Cells that nobody judged change nothing.
    more = np.append(probability, 0.5), np.append(label, 1.0), np.append(known, False)
    assert fit_platt(*more) == pytest.approx(platt)


def test_probabilities_of_0_and_1_and_perfect_ones_stay_finite():
    label = np.array([0.0, 0.0, 1.0, 1.0])
    platt = fit_platt(label, label, np.full(4, True))
    assert apply_platt(label, platt) == pytest.approx([0.25, 0.25, 0.75, 0.75], abs=1e-3)
    wrong_way = fit_platt(1 - label, label, np.full(4, True))
    assert apply_platt(label, wrong_way) == pytest.approx([0.5] * 4, abs=1e-3)
    assert fit_platt(np.full(4, 0.3), label, np.full(4, True)).slope == 0
    assert apply_platt(np.array([0.2]), Platt(1.0, 0.0)) == pytest.approx([0.2])


def test_one_side_alone_is_an_error():
    with pytest.raises(MetricError, match="2 and 0"):
        fit_platt(np.array([0.1, 0.2]), np.ones(2), np.full(2, True))
