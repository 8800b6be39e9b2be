from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.match_lesions import Matches
from labelassemble.metrics.lesions.scan_probabilities import (
    patient_probabilities,
    scan_probabilities,
)

Draw = Callable[..., Matches]


def test_equals_a_loop_over_scans(draw_matches: Draw) -> None:
    matches = draw_matches(4, scans=20)
    predictions = scan_probabilities(matches)
    for scan in range(20):
        for place in range(2):
            mine = (matches.candidate_scan == scan) & (matches.candidate_class == place)
            counted = matches.candidate_score[mine & (matches.candidate_outcome >= 0)]
            assert predictions.score[scan, place] == max(counted, default=0.0)
            truth = (matches.truth_scan == scan) & (matches.truth_class == place)
            lesion = bool((matches.truth_outcome[truth] >= 0).any())
            assert predictions.label[scan, place] == lesion
            assert predictions.known[scan, place] == (lesion or matches.whole[scan, place])
    assert (predictions.known != matches.known).any()


def test_no_lesion_in_a_part_is_no_negative(draw_matches: Draw) -> None:
    matches = draw_matches(5)
    healthy = matches._replace(
        truth_outcome=np.full_like(matches.truth_outcome, -1), whole=np.zeros_like(matches.whole)
    )
    assert matches.known.any()
    assert not scan_probabilities(healthy).known.any()


def test_scans_without_candidates_score_lowest(draw_matches: Draw) -> None:
    matches = draw_matches(6)
    logits = matches._replace(candidate_score=matches.candidate_score - 5)
    with pytest.raises(MetricError, match="below every score"):
        scan_probabilities(logits)
    assert scan_probabilities(logits, -10.0).score.min() == -10


@given(st.integers(0, 2**31), st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_patients_equal_a_loop_and_unknown_scans_never_matter(
    seed: int, other_score: float, other_label: float
) -> None:
    generator = np.random.default_rng(seed)
    score = generator.random((15, 2))
    label = generator.integers(3, size=(15, 2)) / 2
    known = generator.random((15, 2)) < 0.6
    patient = generator.integers(5, size=15) * 3
    before = patient_probabilities(score, label, known, patient)
    for row, name in enumerate(before.patient):
        for place in range(2):
            mine = (patient == name) & known[:, place] & (label[:, place] != 0.5)
            assert before.known[row, place] == mine.any()
            assert before.score[row, place] == score[mine, place].max(initial=0.0)
            assert before.label[row, place] == (label[mine, place] == 1).any()
    score[~known], label[~known] = other_score, other_label
    for one, other in zip(before, patient_probabilities(score, label, known, patient), strict=True):
        np.testing.assert_array_equal(one, other)
