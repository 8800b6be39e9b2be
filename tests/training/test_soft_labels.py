"""Soft labels against their definition."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from labelassemble.images.batch import LabelArrays
from labelassemble.training.soft_labels import add_soft_labels, align_with_shrinkage


def draw(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    logit = generator.normal(-1, 2, (40, 3))
    return logit, generator.random((40, 3)) < 0.6, generator.integers(0, 2, 40)


@given(seed=st.integers(0, 200), share=st.floats(0.01, 0.99))
def test_the_shift_brings_the_mean_part_of_the_way_to_the_prevalence(
    seed: int, share: float
) -> None:
    logit, unknown, source = draw(seed)
    soft = align_with_shrinkage(logit, unknown, source, np.full((2, 3), share))
    assert np.array_equal(np.isnan(soft), ~unknown)
    for number in (0, 1):
        for place in range(3):
            asked = (source == number) & unknown[:, place]
            if not asked.any():
                continue
            before, after = expit(logit[asked, place]), soft[asked, place]
            # One shift for all: order and differences of logits stay.
            moved = np.log(after / (1 - after)) - logit[asked, place]
            assert np.ptp(moved) < 1e-6
            low, high = sorted((before.mean(), share))
            assert low - 1e-6 <= after.mean() <= high + 1e-6
            decided = before.var() / (before.mean() * (1 - before.mean()))
            plain = moved.mean() / (1 - decided)
            assert expit(logit[asked, place] + plain).mean() == pytest.approx(share, abs=1e-4)


def test_decided_predictions_know_their_own_prevalence() -> None:
    logit = np.array([[30.0], [-30.0], [-30.0], [-30.0]])
    soft = align_with_shrinkage(logit, np.ones((4, 1), bool), np.zeros(4, int), np.array([[0.9]]))
    np.testing.assert_allclose(soft[:, 0], [1, 0, 0, 0], atol=1e-6)


def test_equal_predictions_all_become_the_prevalence() -> None:
    logit = np.full((6, 1), 1.5)
    soft = align_with_shrinkage(logit, np.ones((6, 1), bool), np.zeros(6, int), np.array([[0.2]]))
    np.testing.assert_allclose(soft, 0.2)


def test_a_class_without_prevalence_is_not_shifted() -> None:
    logit, unknown, source = draw(1)
    soft = align_with_shrinkage(logit, unknown, source, np.array([[np.nan, 0.5, 0.5]] * 2))
    np.testing.assert_allclose(soft[unknown[:, 0], 0], expit(logit[unknown[:, 0], 0]))


def test_they_fill_unknown_cells_alone() -> None:
    labels = LabelArrays(
        label=np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32),
        known=np.array([[True, False], [False, True]]),
        source=np.array([0, 0]),
        record=("a", "b"),
        split=("train", "train"),
        classes=("mass", "edema"),
        sources=("s",),
    )
    soft = pl.DataFrame({"record": ["a"], "class": ["edema"], "probability": [0.25]})
    filled = add_soft_labels(labels, soft)
    assert filled.label.tolist() == [[1.0, 0.25], [0.0, 1.0]]
    assert filled.known.tolist() == [[True, True], [False, True]]
    assert labels.known.tolist() == [[True, False], [False, True]]
