import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.metrics.lesions.patient_probabilities import patient_probabilities


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
