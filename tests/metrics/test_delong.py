import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.delong import delong, delong_test

SEEDS = st.integers(0, 2**32 - 1)


def slow_components(score: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every positive against every negative: 1 won, 0.5 tied, 0 lost."""
    positive, negative = score[label == 1], score[label == 0]
    kernel = np.array(
        [[1.0 if x > y else 0.5 if x == y else 0.0 for y in negative] for x in positive]
    )
    return kernel.mean(axis=1), kernel.mean(axis=0)


def slow_variance(positive: np.ndarray, negative: np.ndarray) -> float:
    return positive.var(ddof=1) / positive.size + negative.var(ddof=1) / negative.size


def draw(seed: int, images: int, distinct: int, networks: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    label = generator.integers(2, size=images).astype(float)
    label[:4] = [0, 0, 1, 1]
    return generator.integers(distinct, size=(networks, images)) / distinct, label


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(4, 40), st.sampled_from([1, 3, 10**6]))
def test_equals_all_pairs(seed: int, images: int, distinct: int) -> None:
    score, label = draw(seed, images, distinct, 1)
    ours = delong(score[0], label, np.full(images, True))
    expected = slow_variance(*slow_components(score[0], label))
    assert ours.auroc == pytest.approx(auroc(score[0], label, np.full(images, True)), abs=1e-12)
    assert ours.variance == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(4, 40), st.sampled_from([3, 10**6]))
def test_paired_equals_all_pairs(seed: int, images: int, distinct: int) -> None:
    score, label = draw(seed, images, distinct, 5)
    ours = delong_test(score[:2], score[2:], label, np.full(images, True))
    parts = [slow_components(each, label) for each in score]
    positive, negative = (
        np.mean([part[kind] for part in parts[2:]], axis=0)
        - np.mean([part[kind] for part in parts[:2]], axis=0)
        for kind in (0, 1)
    )
    error = math.sqrt(slow_variance(positive, negative))
    assert ours.difference == pytest.approx(positive.mean(), abs=1e-12)
    assert ours.standard_error == pytest.approx(error, abs=1e-12)
    if error > 1e-9:
        normal = math.erfc(abs(positive.mean()) / error / math.sqrt(2))
        assert ours.p == pytest.approx(normal, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_unknown_cells_never_matter(seed: int, other_score: float, other_label: float) -> None:
    score, label = draw(seed, 30, 6, 2)
    known = np.random.default_rng(seed + 1).random(30) < 0.7
    before = delong_test(score[:1], score[1:], label, known), delong(score[0], label, known)
    score[:, ~known], label[~known] = other_score, other_label
    after = delong_test(score[:1], score[1:], label, known), delong(score[0], label, known)
    np.testing.assert_array_equal(np.hstack(before), np.hstack(after))


def test_p_is_uniform_where_nothing_differs() -> None:
    generator = np.random.default_rng(0)
    p = []
    for _ in range(300):
        label = (np.arange(80) < 30).astype(float)
        truth = label + generator.normal(size=80)
        first, second = (truth + generator.normal(size=80) for _ in range(2))
        p.append(delong_test(first[None], second[None], label, np.full(80, True)).p)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.08)


def test_same_predictions_have_p_one() -> None:
    score, label = draw(0, 20, 5, 1)
    test = delong_test(score, score, label, np.full(20, True))
    assert test == (0, 0, 1)


def test_a_difference_without_variance_has_no_p() -> None:
    label = np.array([0.0, 0.0, 1.0, 1.0])
    score = np.array([[0.0, 0.1, 0.8, 0.9]])
    test = delong_test(score, 1 - score, label, np.full(4, True))
    assert test.difference == -1
    assert test.standard_error == 0
    assert math.isnan(test.p)


def test_too_little_is_nan_without_a_warning() -> None:
    score, known = np.array([0.1, 0.2, 0.9]), np.full(3, True)
    one_positive = np.array([0.0, 0.0, 1.0])
    assert delong(score, one_positive, known).auroc == 1
    assert math.isnan(delong(score, one_positive, known).variance)
    paired = delong_test(score[None], 1 - score[None], one_positive, known)
    assert paired.difference == -1
    assert math.isnan(paired.p)
    assert np.isnan(delong(score, np.zeros(3), known)).all()
    assert np.isnan(delong_test(score[None], score[None], np.ones(3), known)).all()
