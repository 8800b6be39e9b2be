import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.roc_curve import roc_curve


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.sampled_from([1, 2, 5, 10**6]))
def test_equals_scikit_learn(seed: int, images: int, distinct: int) -> None:
    generator = np.random.default_rng(seed)
    score = generator.integers(distinct, size=images) / distinct
    label = generator.integers(2, size=images).astype(float)
    label[:2] = [0, 1]
    known = np.full(images, True)
    curve = roc_curve(score, label, known)
    expected = metrics.roc_curve(label, score, drop_intermediate=False)
    for ours, theirs in zip(curve, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    assert area == pytest.approx(auroc(score, label, known), abs=1e-12)


def test_unknown_and_soft_cells_are_not_on_it() -> None:
    score, label = np.array([0.1, 0.9, 0.5, 0.7]), np.array([0.0, 1.0, 1.0, 0.5])
    curve = roc_curve(score, label, np.array([True, True, False, True]))
    assert curve.threshold.tolist() == [np.inf, 0.9, 0.1]


def test_a_rate_of_nothing_is_nan() -> None:
    curve = roc_curve(np.array([0.1, 0.9]), np.array([1.0, 1.0]), np.full(2, True))
    assert np.isnan(curve.false_positive_rate).all()
    assert curve.true_positive_rate.tolist() == [0, 0.5, 1]
    empty = roc_curve(np.array([0.1]), np.array([1.0]), np.array([False]))
    assert empty.threshold.tolist() == [np.inf]
