import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.average_precision import average_precision
from labelassemble.metrics.ranking import rank_cells, score_replicates


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 50),
    st.integers(1, 12),
    st.sampled_from([1, 2, 5, 10**6]),
    st.sampled_from([0.05, 0.5, 0.95]),
)
def test_equals_the_weighted_scores(
    seed: int, images: int, patients: int, distinct: int, share: float
) -> None:
    """Every replicate scores as if each image were weighted by its patient's count."""
    generator = np.random.default_rng(seed)
    score = generator.integers(distinct, size=images) / distinct
    label = generator.choice([0.0, 1.0, 0.5], size=images, p=[0.9 - 0.9 * share, 0.9 * share, 0.1])
    known = generator.random(images) < 0.8
    patient = generator.integers(patients, size=images)
    multiplicity = generator.integers(4, size=(patients, 6)).astype(float)
    ranking = rank_cells(score, label, known, patient, patients)
    scores = score_replicates(ranking, multiplicity)
    for replicate in range(6):
        weight = multiplicity[patient, replicate]
        expected = auroc(score, label, known, weight)
        assert scores.auroc[replicate] == pytest.approx(expected, abs=1e-12, nan_ok=True)
        expected = average_precision(score, label, known, weight)
        assert scores.average_precision[replicate] == pytest.approx(
            expected, abs=1e-12, nan_ok=True
        )


def test_a_patients_negatives_between_two_positives_are_one_entry() -> None:
    score = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.1])
    label = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    ranking = rank_cells(score, label, np.full(6, True), np.array([0, 1, 1, 1, 0, 1]), 2)
    assert ranking.negatives.toarray().tolist() == [[0, 0], [0, 3]]
    assert ranking.negatives.nnz == 1
    assert ranking.ties.nnz == 0
    assert ranking.all_negatives.tolist() == [0, 4]
