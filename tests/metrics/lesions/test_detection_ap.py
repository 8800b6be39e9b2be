from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from labelassemble.metrics.lesions.detection_ap import detection_ap
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches

Draw = Callable[..., Matches]


def slow_ap(matches: Matches, place: int) -> float:
    """Integrate the highest precision at this recall or a higher one, step by step."""
    candidate = (matches.candidate_class == place) & (matches.candidate_outcome >= 0)
    truths = ((matches.truth_class == place) & (matches.truth_outcome >= 0)).sum()
    points = []
    for threshold in np.unique(matches.candidate_score[candidate]):
        called = candidate & (matches.candidate_score >= threshold)
        found = (matches.candidate_outcome[called] == 1).sum()
        points.append((found / truths, found / called.sum()))
    area, before = 0.0, 0.0
    for recall in sorted({recall for recall, _ in points}):
        area += (recall - before) * max(p for r, p in points if r >= recall)
        before = recall
    return area


@given(st.integers(0, 2**31), st.sampled_from([1, 3, 1000]))
def test_equals_a_slow_integral(draw_matches: Draw, seed: int, distinct: int) -> None:
    matches = draw_matches(seed, 10, distinct)
    for place in range(2):
        result = detection_ap(matches, place)
        if not result.reason:
            assert 0 <= result.score <= 1
            assert result.score == pytest.approx(slow_ap(matches, place), abs=1e-12)


@given(st.integers(0, 2**31))
def test_interpolated_is_at_least_scikit_learns_steps(draw_matches: Draw, seed: int) -> None:
    matches = draw_matches(seed, 10, 1000)
    candidate = (matches.candidate_class == 0) & (matches.candidate_outcome >= 0)
    correct = matches.candidate_outcome[candidate] == 1
    result = detection_ap(matches, 0)
    if correct.any():
        steps = average_precision_score(correct, matches.candidate_score[candidate])
        assert result.score >= steps * correct.sum() / result.truths - 1e-12


@given(st.integers(0, 2**31), st.floats(0, 1))
def test_what_is_ignored_and_the_order_never_matter(
    draw_scans: Callable[..., list[Matches]], seed: int, score: float
) -> None:
    scans = draw_scans(seed, 8)
    before = detection_ap(join_matches(scans), 0)
    order = np.random.default_rng(seed).permutation(8)
    after = join_matches([scans[place] for place in order])
    other = np.where(after.candidate_outcome == -1, score, after.candidate_score)
    result = detection_ap(after._replace(candidate_score=other), 0)
    np.testing.assert_array_equal(before[:3], result[:3])


def matches_of(score: list[float], outcome: list[int], missed: int) -> Matches:
    count, found = len(score), sum(each == 1 for each in outcome)
    return Matches(
        candidate_scan=np.zeros(count, int),
        candidate_class=np.zeros(count, int),
        candidate_score=np.array(score, dtype=np.float64),
        candidate_outcome=np.array(outcome, dtype=np.int64),
        candidate_truth=np.full(count, -1),
        truth_scan=np.zeros(found + missed, int),
        truth_class=np.zeros(found + missed, int),
        truth_score=np.zeros(found + missed),
        truth_outcome=np.array([1] * found + [0] * missed, dtype=np.int64),
        known=np.full((1, 1), True),
        whole=np.full((1, 1), True),
    )


def test_by_hand() -> None:
    # Precisions at the truths 1, 2/4 and 3/5: the second is raised to 3/5; a fourth is missed.
    matches = matches_of([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [1, 0, 0, 1, 1, 0], 1)
    assert detection_ap(matches, 0).score == pytest.approx((1 + 0.6 + 0.6) / 4)
    # Tied with a false one, the first truth is worth 1/2.
    assert detection_ap(matches_of([0.9, 0.9], [1, 0], 0), 0).score == pytest.approx(0.5)
    assert detection_ap(matches_of([0.9, 0.9], [1, -1], 0), 0).score == 1.0
    assert detection_ap(matches_of([0.3, 0.9], [1, 1], 0), 0).score == 1.0
    assert detection_ap(matches_of([], [], 2), 0) == (0.0, 2, 0, "")


def test_without_truths_or_scans_there_is_a_reason() -> None:
    healthy = detection_ap(matches_of([0.9], [0], 0), 0)
    assert np.isnan(healthy.score)
    assert "no scan has a lesion" in healthy.reason
    unknown = matches_of([0.9], [1], 0)._replace(known=np.full((1, 1), False))
    assert np.isnan(detection_ap(unknown, 0).score)
    assert detection_ap(unknown, 0).reason == "nobody looked for the class on any scan"
