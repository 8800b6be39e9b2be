import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from labelassemble.errors import MetricError
from labelassemble.metrics import bootstrap
from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.bootstrap import bootstrap_scores, chunk_size, draw_multiplicities
from labelassemble.metrics.interval import percentile_interval
from labelassemble.metrics.ranking import rank_cells

Draws = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, images: int = 60, classes: int = 3, patients: int = 20) -> Draws:
    generator = np.random.default_rng(seed)
    score = generator.integers(12, size=(2, images, classes)) / 12
    label = (generator.random((images, classes)) < 0.4).astype(float)
    known = generator.random((images, classes)) < 0.7
    return score, label, known, 7 * generator.integers(patients, size=images) - 3


def slow_bootstrap(
    score: np.ndarray, label: np.ndarray, known: np.ndarray, patient: np.ndarray, seed: int, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat the rows of every drawn patient, one replicate and class after the other."""
    generator = np.random.default_rng(seed)
    names = np.unique(patient)
    area, precision = np.full((2, n, label.shape[1]), np.nan)
    for replicate in range(n):
        drawn = names[generator.integers(names.size, size=names.size)]
        rows = np.concatenate([np.flatnonzero(patient == name) for name in drawn])
        for place in range(label.shape[1]):
            taken = rows[known[rows, place]]
            if len(set(label[taken, place])) == 2:
                area[replicate, place] = roc_auc_score(label[taken, place], score[taken, place])
                precision[replicate, place] = average_precision_score(
                    label[taken, place], score[taken, place]
                )
    return area, precision


@pytest.mark.parametrize("patients", [2, 6, 20])
def test_equals_a_slow_loop_over_patients(patients: int) -> None:
    score, label, known, patient = draw(0, patients=patients)
    known[:, 1] = False
    ours = bootstrap_scores(score, label, known, patient, 15, np.random.default_rng(4))
    assert ours.auroc.shape == (2, 15, 3)
    for prediction in range(2):
        area, precision = slow_bootstrap(score[prediction], label, known, patient, 4, 15)
        np.testing.assert_allclose(ours.auroc[prediction], area, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            ours.average_precision[prediction], precision, rtol=0, atol=1e-12
        )
    assert np.isnan(ours.auroc[:, :, 1]).all()


def test_predictions_share_their_replicates() -> None:
    score, label, known, patient = draw(1)
    together = bootstrap_scores(score, label, known, patient, 9, np.random.default_rng(2))
    for place in range(2):
        alone = bootstrap_scores(score[[place]], label, known, patient, 9, np.random.default_rng(2))
        np.testing.assert_array_equal(alone.auroc[0], together.auroc[place])


def test_chunks_do_not_change_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    score, label, known, patient = draw(2)
    at_once = bootstrap_scores(score, label, known, patient, 11, np.random.default_rng(5))
    monkeypatch.setattr(bootstrap, "LARGEST_CHUNK", 4)
    in_parts = bootstrap_scores(score, label, known, patient, 11, np.random.default_rng(5))
    np.testing.assert_array_equal(at_once.auroc, in_parts.auroc)
    np.testing.assert_array_equal(at_once.average_precision, in_parts.average_precision)


def test_draws_as_many_patients_as_there_are() -> None:
    counts = draw_multiplicities(np.random.default_rng(0), patients=30, replicates=50)
    assert counts.shape == (50, 30)
    assert (counts.sum(axis=1) == 30).all()
    assert counts.std(axis=1).mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("patients", [1, 5, 2**16 + 1])
def test_drawing_in_parts_is_drawing_at_once(patients: int) -> None:
    generator = np.random.default_rng(9)
    parts = [draw_multiplicities(generator, patients, some) for some in (3, 1, 2)]
    at_once = draw_multiplicities(np.random.default_rng(9), patients, 6)
    np.testing.assert_array_equal(np.concatenate(parts), at_once)


def test_one_patient_is_always_the_same() -> None:
    score, label, known, _ = draw(3)
    one = np.zeros(60, dtype=np.int64)
    drawn = bootstrap_scores(score, label, known, one, 5, np.random.default_rng(0))
    for place in range(3):
        expected = auroc(score[0, :, place], label[:, place], known[:, place])
        np.testing.assert_allclose(drawn.auroc[0, :, place], expected, rtol=0, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_unknown_cells_never_matter(seed: int, other_score: float, other_label: float) -> None:
    score, label, known, patient = draw(seed, images=25)
    before = bootstrap_scores(score, label, known, patient, 4, np.random.default_rng(0))
    score[:, ~known], label[~known] = other_score, other_label
    after = bootstrap_scores(score, label, known, patient, 4, np.random.default_rng(0))
    np.testing.assert_array_equal(before.auroc, after.auroc)
    np.testing.assert_array_equal(before.average_precision, after.average_precision)


def test_no_replicates_no_predictions_no_classes() -> None:
    score, label, known, patient = draw(4)
    generator = np.random.default_rng(0)
    assert bootstrap_scores(score, label, known, patient, 0, generator).auroc.shape == (2, 0, 3)
    assert bootstrap_scores(score[:0], label, known, patient, 2, generator).auroc.shape == (0, 2, 3)
    none = bootstrap_scores(score[..., :0], label[:, :0], known[:, :0], patient, 2, generator)
    assert none.auroc.shape == (2, 2, 0)


def test_no_image_is_told() -> None:
    score, label, known, patient = draw(5, images=0)
    with pytest.raises(MetricError, match="at least one image"):
        bootstrap_scores(score, label, known, patient, 2, np.random.default_rng(0))


def test_memory_stays_bounded() -> None:
    label = np.array([0.0, 1.0])
    ranking = rank_cells(np.array([0.1, 0.2]), label, label >= 0, np.array([0, 1]), 2)
    assert chunk_size([[ranking]], patients=2) == bootstrap.LARGEST_CHUNK
    many = 200_000
    assert 8 * 3 * many * chunk_size([[ranking]], many) <= bootstrap.CHUNK_BYTES
    assert chunk_size([[ranking]], patients=10**9) == 1


def test_intervals_cover_the_truth() -> None:
    """Images of one patient resemble each other: intervals over images alone are too narrow."""
    generator = np.random.default_rng(12)
    trials, patients, each = 120, 60, 5
    separation = 1.2
    # Binormal scores: patient effect and image effect, together of variance 1.
    truth = 0.5 * (1 + math.erf(separation / 2))
    covered, naive = 0, 0
    for _ in range(trials):
        sick = np.repeat(generator.random(patients) < 0.4, each).astype(float)
        effect = np.repeat(generator.normal(size=patients), each) * np.sqrt(0.7)
        score = separation * sick + effect + generator.normal(size=sick.size) * np.sqrt(0.3)
        probability, label = score[None, :, None], sick[:, None]
        known = np.full(label.shape, True)
        for kind, owner in (
            ("patients", np.repeat(np.arange(patients), each)),
            ("images", np.arange(sick.size)),
        ):
            drawn = bootstrap_scores(probability, label, known, owner, 150, generator)
            low, high, _ = percentile_interval(drawn.auroc[0, :, 0], 0.95)
            inside = low <= truth <= high
            covered += inside and kind == "patients"
            naive += inside and kind == "images"
    assert 0.89 <= covered / trials <= 0.99
    assert naive / trials < 0.8


def test_real_predictions_at_full_scale(real_data: Path) -> None:
    stored = np.load(next((real_data / "predictions").glob("*densenet121_seed0*")))
    score, label, patient = (stored[f"test_{name}"] for name in ("logits", "labels", "patient"))
    drawn = bootstrap_scores(score[None], label, label >= 0, patient, 3, np.random.default_rng(0))
    _, owner = np.unique(patient, return_inverse=True)
    counts = draw_multiplicities(np.random.default_rng(0), int(owner.max()) + 1, 3)
    weight = counts[2, owner]
    for place in (0, 13):
        expected = roc_auc_score(label[:, place], score[:, place], sample_weight=weight)
        assert drawn.auroc[0, 2, place] == pytest.approx(expected, abs=1e-12)
        expected = average_precision_score(label[:, place], score[:, place], sample_weight=weight)
        assert drawn.average_precision[0, 2, place] == pytest.approx(expected, abs=1e-12)
