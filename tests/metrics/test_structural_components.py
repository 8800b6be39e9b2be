import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.structural_components import (
    difference_components,
    structural_components,
)

SEEDS = st.integers(0, 2**32 - 1)
Draws = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, images: int = 30, distinct: int = 6, networks: int = 4) -> Draws:
    generator = np.random.default_rng(seed)
    label = generator.integers(2, size=images).astype(float)
    known = generator.random(images) < 0.7
    label[:2], known[:2] = [0, 1], True
    return generator.integers(distinct, size=(networks, images)) / distinct, label, known


@settings(max_examples=30)
@given(SEEDS, st.sampled_from([1, 4, 10**6]))
def test_equals_all_pairs(seed: int, distinct: int) -> None:
    score, label, known = draw(seed, distinct=distinct)
    parts = structural_components(score[0], label, known)
    positive, negative = np.flatnonzero(known & (label == 1)), np.flatnonzero(known & (label == 0))
    assert parts.positive_image.tolist() == positive.tolist()
    assert parts.negative_image.tolist() == negative.tolist()
    won = [
        [(score[0, x] > score[0, y]) + 0.5 * (score[0, x] == score[0, y]) for y in negative]
        for x in positive
    ]
    np.testing.assert_allclose(parts.positive, np.mean(won, axis=1), atol=1e-12)
    np.testing.assert_allclose(parts.negative, np.mean(won, axis=0), atol=1e-12)


@settings(max_examples=20)
@given(SEEDS)
def test_both_means_are_the_difference_of_mean_aurocs(seed: int) -> None:
    score, label, known = draw(seed)
    parts = difference_components(score[:1], score[1:], label, known)
    area = [auroc(each, label, known) for each in score]
    expected = np.mean(area[1:]) - area[0]
    assert parts.positive.mean() == pytest.approx(expected, abs=1e-12)
    assert parts.negative.mean() == pytest.approx(expected, abs=1e-12)


def test_one_kind_alone_has_no_components() -> None:
    score, label = np.array([0.1, 0.2]), np.ones(2)
    for known in (np.full(2, True), np.full(2, False)):
        assert structural_components(score, label, known).positive.size == 0
        both = difference_components(score[None], score[None], label, known)
        assert both.positive.size == both.negative_image.size == 0
