import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from labelassemble.errors import MetricError
from labelassemble.metrics.auroc import auroc, class_auroc

SEEDS = st.integers(0, 2**32 - 1)


def draw(seed: int, images: int, distinct: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    score = generator.integers(distinct, size=images) / distinct
    label = generator.integers(2, size=images).astype(float)
    return score, label, generator.random(images) * 5


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(2, 60), st.sampled_from([1, 2, 5, 10**6]))
def test_equals_scikit_learn(seed: int, images: int, distinct: int) -> None:
    score, label, weight = draw(seed, images, distinct)
    known = np.full(images, True)
    if len(set(label)) < 2:
        assert np.isnan(auroc(score, label, known))
        return
    assert auroc(score, label, known) == pytest.approx(roc_auc_score(label, score), abs=1e-12)
    counts = np.floor(weight) + 1
    for each in (weight, counts):
        expected = roc_auc_score(label, score, sample_weight=each)
        assert auroc(score, label, known, each) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_unknown_cells_never_matter(seed: int, other_score: float, other_label: float) -> None:
    score, label, weight = draw(seed, 30, 6)
    known = np.random.default_rng(seed + 1).random(30) < 0.6
    before = auroc(score, label, known, weight)
    alone = auroc(score[known], label[known], known[known], weight[known])
    score[~known], label[~known], weight[~known] = other_score, other_label, np.nan
    np.testing.assert_array_equal(auroc(score, label, known, weight), before)
    np.testing.assert_array_equal(alone, before)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_mirrors_and_keeps_under_monotone_maps(seed: int) -> None:
    score, label, _ = draw(seed, 40, 8)
    label[:2] = [0, 1]
    known = np.full(40, True)
    value = auroc(score, label, known)
    assert auroc(-score, label, known) == pytest.approx(1 - value, abs=1e-12)
    assert auroc(score, 1 - label, known) == pytest.approx(1 - value, abs=1e-12)
    assert auroc(np.exp(3 * score), label, known) == value


def test_soft_labels_count_as_unknown() -> None:
    score, label = np.array([0.1, 0.5, 0.9, 0.0]), np.array([0, 0.7, 1, 0.5])
    assert auroc(score, label, np.full(4, True)) == 1.0


@pytest.mark.parametrize("label", [[0.0, 0.0], [1.0, 1.0], [0.5, 1.0]])
def test_one_kind_alone_is_nan_without_a_warning(label: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(auroc(np.array([0.1, 0.2]), np.array(label), np.full(2, True)))


def test_nothing_known_no_images_and_no_weight_are_nan() -> None:
    score, label = np.array([0.1, 0.2]), np.array([0.0, 1.0])
    assert np.isnan(auroc(score, label, np.full(2, False)))
    assert np.isnan(auroc(score[:0], label[:0], np.full(0, True)))
    assert np.isnan(auroc(score, label, np.full(2, True), np.array([1.0, 0.0])))


def test_float32_scores_and_whole_number_labels() -> None:
    score, label = np.array([1, 2, 3], dtype=np.float32), np.array([0, 1, 1])
    assert auroc(score, label, np.full(3, True)) == 1.0


def test_every_class_by_itself() -> None:
    generator = np.random.default_rng(3)
    score, label = generator.random((50, 3)), (generator.random((50, 3)) < 0.4).astype(float)
    known = generator.random((50, 3)) < 0.7
    known[:, 1] = False
    weight = generator.random(50)
    scores = class_auroc(score, label, known, weight)
    assert np.isnan(scores[1])
    for place in (0, 2):
        rows = known[:, place]
        expected = roc_auc_score(label[rows, place], score[rows, place], sample_weight=weight[rows])
        assert scores[place] == pytest.approx(expected, abs=1e-12)


def test_no_classes_no_scores() -> None:
    nothing = np.empty((4, 0))
    assert class_auroc(nothing, nothing, nothing > 0).shape == (0,)


def test_a_nan_prediction_is_told() -> None:
    with pytest.raises(MetricError, match="predictions stopped being numbers"):
        auroc(np.array([np.nan, 1.0]), np.array([0.0, 1.0]), np.full(2, True))


def test_real_predictions(real_data: Path) -> None:
    """As scikit-learn; their mean over the three seeds is .7142 (heavily tied: 16-bit logits)."""
    means = []
    for path in sorted((real_data / "predictions").glob("*densenet121*.npz")):
        stored = np.load(path)
        score, label = stored["test_logits"], stored["test_labels"]
        scores = class_auroc(score, label, label >= 0)
        expected = [roc_auc_score(label[:, place], score[:, place]) for place in range(14)]
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)
        means.append(scores.mean())
    assert len(means) == 3
    assert np.mean(means) == pytest.approx(0.7142, abs=5e-5)
