import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from labelassemble.metrics.average_precision import average_precision, class_average_precision

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(2, 60), st.sampled_from([1, 2, 5, 10**6]))
def test_equals_scikit_learn(seed: int, images: int, distinct: int) -> None:
    generator = np.random.default_rng(seed)
    score = generator.integers(distinct, size=images) / distinct
    label = (generator.random(images) < 0.3).astype(float)
    label[:2] = [0, 1]
    weight = generator.random(images) * 5
    known = np.full(images, True)
    expected = average_precision_score(label, score)
    assert average_precision(score, label, known) == pytest.approx(expected, abs=1e-12)
    expected = average_precision_score(label, score, sample_weight=weight)
    assert average_precision(score, label, known, weight) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_unknown_cells_never_matter(seed: int, other_score: float, other_label: float) -> None:
    generator = np.random.default_rng(seed)
    score, label = generator.integers(6, size=30) / 6, generator.integers(2, size=30).astype(float)
    known = generator.random(30) < 0.6
    before = average_precision(score, label, known)
    score[~known], label[~known] = other_score, other_label
    np.testing.assert_array_equal(average_precision(score, label, known), before)


@pytest.mark.parametrize("label", [[0.0, 0.0], [1.0, 1.0], [0.5, 1.0]])
def test_one_kind_alone_is_nan(label: list[float]) -> None:
    assert np.isnan(average_precision(np.array([0.1, 0.2]), np.array(label), np.full(2, True)))


def test_zero_weight_at_the_top_divides_nothing_by_zero() -> None:
    score, label = np.array([3.0, 2.0, 1.0]), np.array([0.0, 1.0, 0.0])
    weight = np.array([0.0, 1.0, 1.0])
    assert average_precision(score, label, np.full(3, True), weight) == 1.0
    assert np.isnan(average_precision(score, label, np.full(3, True), np.array([1.0, 0.0, 1.0])))
    assert np.isnan(average_precision(score, label, np.full(3, True), np.array([0.0, 1.0, 0.0])))


def test_every_class_by_itself() -> None:
    generator = np.random.default_rng(3)
    score, label = generator.random((50, 3)), (generator.random((50, 3)) < 0.4).astype(float)
    known = generator.random((50, 3)) < 0.7
    known[:, 1] = False
    scores = class_average_precision(score, label, known)
    assert np.isnan(scores[1])
    for place in (0, 2):
        rows = known[:, place]
        expected = average_precision_score(label[rows, place], score[rows, place])
        assert scores[place] == pytest.approx(expected, abs=1e-12)
