from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou
from labelassemble.metrics.lesions.closeness import Criterion
from labelassemble.metrics.lesions.lesions import (
    Lesions,
    join_lesions,
    lesions_from_boxes,
    take_lesions,
)
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches, match_lesions

SHAPE = (20, 24)
KNOWN = np.array([True, True])


def draw(seed: int, count: int, distinct: int = 10**6) -> Lesions:
    generator = np.random.default_rng(seed)
    low = generator.integers(0, 14, size=(count, 2))
    box = np.stack([low, low + generator.integers(3, 7, size=(count, 2))], axis=1)
    score = (1 + generator.integers(distinct, size=count)) / distinct
    return lesions_from_boxes(box, generator.integers(2, size=count), score, np.ones(2), SHAPE)


def one(box: list[list[list[float]]], score: list[float]) -> Lesions:
    place = np.zeros(len(box), dtype=np.int64)
    corners = np.array(box, dtype=np.float64).reshape(-1, 2, 2)
    return lesions_from_boxes(corners, place, np.array(score), np.ones(2), SHAPE)


def share_unknown(box: np.ndarray, region: np.ndarray) -> float:
    part = region[tuple(slice(int(low), int(high)) for low, high in box.T)]
    return float((~part).mean())


def slow_match(
    candidates: Lesions,
    truths: Lesions,
    known: np.ndarray,
    region: np.ndarray,
    iou: float,
    duplicates: str,
) -> tuple[list[int], list[int], list[int]]:
    """Outcomes of candidates and truths, and the candidates' truths, by plain loops."""

    def unsure(lesions: Lesions, row: int) -> bool:
        place = lesions.class_place[row]
        return not known[place] or share_unknown(lesions.box[row], region[place]) >= 0.5

    def overlap(row: int, column: int) -> float:
        if candidates.class_place[row] != truths.class_place[column]:
            return 0.0
        return float(box_iou(candidates.box[[row]], truths.box[[column]])[0, 0])

    columns = range(truths.score.size)
    free = [column for column in columns if not unsure(truths, column)]
    outcome, truth = [0] * candidates.score.size, [-1] * candidates.score.size
    for row in np.argsort(-candidates.score):
        if unsure(candidates, row):
            outcome[row] = -1
            continue
        best = max(free, key=lambda column: overlap(row, column), default=None)
        if best is not None and overlap(row, best) >= iou:
            outcome[row], truth[row] = 1, best
            free.remove(best)
        elif any(overlap(row, column) >= iou and unsure(truths, column) for column in columns) or (
            duplicates == "ignored" and any(overlap(row, column) >= iou for column in columns)
        ):
            outcome[row] = -1
    found = [-1 if unsure(truths, c) else int(c in truth) for c in columns]
    return outcome, found, truth


@pytest.mark.no_cover
@pytest.mark.parametrize("duplicates", ["false", "ignored"])
@pytest.mark.parametrize("iou", [0.1, 0.4])
def test_equals_a_slow_loop(iou: float, duplicates: Literal["false", "ignored"]) -> None:
    counts = np.zeros(3, dtype=int)
    for seed in range(60):
        candidates, truths = draw(seed, 12), draw(seed + 1000, 6, distinct=1)
        region = np.random.default_rng(seed).random((2, *SHAPE)) < 0.5
        region[:, 5:15] = True
        known = np.array([True, seed % 5 > 0])
        matches = match_lesions(
            candidates,
            truths,
            known,
            criterion=Criterion("box_iou", iou),
            known_region=region,
            duplicates=duplicates,
        )
        outcome, found, truth = slow_match(candidates, truths, known, region, iou, duplicates)
        assert matches.candidate_outcome.tolist() == outcome
        assert matches.truth_outcome.tolist() == found
        assert matches.candidate_truth.tolist() == truth
        for row in np.flatnonzero(matches.candidate_truth >= 0):
            assert matches.truth_score[matches.candidate_truth[row]] == candidates.score[row]
        assert np.isinf(matches.truth_score[matches.truth_outcome != 1]).all()
        counts += np.bincount(matches.candidate_outcome + 1, minlength=3)
    assert counts.min() > 20


@given(st.integers(0, 2**31), st.sampled_from(["greedy", "optimal"]))
def test_the_order_of_candidates_and_truths_is_no_matter(
    seed: int, assignment: Literal["greedy", "optimal"]
) -> None:
    candidates, truths = draw(seed, 10, distinct=2), draw(seed + 1, 5, distinct=1)
    generator = np.random.default_rng(seed)
    left, right = generator.permutation(10), generator.permutation(5)
    before = match_lesions(candidates, truths, KNOWN, criterion=Criterion(), assignment=assignment)
    after = match_lesions(
        take_lesions(candidates, left),
        take_lesions(truths, right),
        KNOWN,
        criterion=Criterion(),
        assignment=assignment,
    )
    assert summary(before) == summary(after)


def summary(matches: Matches) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    return (
        sorted(
            zip(
                matches.candidate_class.tolist(),
                matches.candidate_score.tolist(),
                matches.candidate_outcome.tolist(),
                strict=True,
            )
        ),
        sorted(
            zip(
                matches.truth_class.tolist(),
                matches.truth_score.tolist(),
                matches.truth_outcome.tolist(),
                strict=True,
            )
        ),
    )


@given(st.integers(0, 2**31), st.sampled_from(["greedy", "optimal"]))
def test_candidates_where_nobody_looked_change_nothing(
    seed: int, assignment: Literal["greedy", "optimal"]
) -> None:
    region = np.full((2, *SHAPE), True)
    region[0, :, 12:] = False
    known = np.array([True, False])
    candidates, truths = draw(seed, 8), draw(seed + 1, 5, distinct=1)
    generator = np.random.default_rng(seed)
    low = np.stack([generator.integers(0, 14, 6), generator.integers(12, 18, 6)], axis=1)
    place = generator.integers(2, size=6)
    more = lesions_from_boxes(
        np.stack([low, low + 5], axis=1), place, generator.random(6), np.ones(2), SHAPE
    )
    other_class = lesions_from_boxes(
        truths.box, np.full(5, 1), generator.random(5), np.ones(2), SHAPE
    )
    before = match_lesions(
        candidates, truths, known, criterion=Criterion(), known_region=region, assignment=assignment
    )
    after = match_lesions(
        join_lesions([more, other_class, candidates]),
        truths,
        known,
        criterion=Criterion(),
        known_region=region,
        assignment=assignment,
    )
    assert (after.candidate_outcome[:11] == -1).all()
    np.testing.assert_array_equal(after.candidate_outcome[11:], before.candidate_outcome)
    np.testing.assert_array_equal(after.truth_score, before.truth_score)
    np.testing.assert_array_equal(after.truth_outcome, before.truth_outcome)


def test_a_class_that_is_not_known_is_ignored_as_a_whole() -> None:
    candidates, truths = draw(1, 10), draw(2, 6, distinct=1)
    matches = match_lesions(candidates, truths, np.array([False, True]), criterion=Criterion())
    assert (matches.candidate_outcome[candidates.class_place == 0] == -1).all()
    assert (matches.truth_outcome[truths.class_place == 0] == -1).all()
    assert (matches.candidate_outcome[candidates.class_place == 1] != -1).all()
    np.testing.assert_array_equal(matches.known, [[False, True]])
    np.testing.assert_array_equal(matches.whole, [[False, True]])


def test_a_region_nowhere_known_makes_the_scan_unknown() -> None:
    region = np.full((2, *SHAPE), False)
    region[1, 0, 0] = True
    matches = match_lesions(
        draw(1, 4), draw(2, 2), KNOWN, criterion=Criterion(), known_region=region
    )
    np.testing.assert_array_equal(matches.known, [[False, True]])
    np.testing.assert_array_equal(matches.whole, [[False, False]])


def test_by_hand() -> None:
    truths = one([[[0, 0], [4, 4]], [[10, 10], [14, 14]]], [1, 1])
    candidates = one(
        [[[0, 1], [4, 5]], [[0, 0], [4, 4]], [[10, 12], [14, 16]], [[0, 15], [2, 17]]],
        [0.9, 0.8, 0.7, 0.6],
    )
    matches = match_lesions(candidates, truths, KNOWN, criterion=Criterion("box_iou", 0.5))
    # The best one takes the first truth, though the second would fit it better.
    assert matches.candidate_outcome.tolist() == [1, 0, 0, 0]
    assert matches.truth_score.tolist() == [0.9, -np.inf]
    matches = match_lesions(candidates, truths, KNOWN, criterion=Criterion("box_iou", 0.1))
    assert matches.candidate_outcome.tolist() == [1, 0, 1, 0]
    optimal = match_lesions(
        candidates, truths, KNOWN, criterion=Criterion("box_iou", 0.1), assignment="optimal"
    )
    assert optimal.candidate_outcome.tolist() == [0, 1, 1, 0]
    near = match_lesions(candidates, truths, KNOWN, criterion=Criterion("distance", 2.0))
    assert near.candidate_outcome.tolist() == [1, 0, 1, 0]
    inside = match_lesions(candidates, truths, KNOWN, criterion=Criterion("centre"))
    assert inside.candidate_outcome.tolist() == [1, 0, 0, 0]


def test_joined_scans_keep_their_places() -> None:
    parts = [
        match_lesions(draw(seed, 6), draw(seed + 50, 4), KNOWN, criterion=Criterion())
        for seed in range(4)
    ]
    joined = join_matches(parts)
    assert joined.known.shape == (4, 2)
    for scan, part in enumerate(parts):
        rows = joined.candidate_scan == scan
        np.testing.assert_array_equal(joined.candidate_score[rows], part.candidate_score)
        np.testing.assert_array_equal(
            joined.truth_score[joined.truth_scan == scan], part.truth_score
        )
    hit = joined.candidate_truth >= 0
    assert hit.any()
    truth = joined.candidate_truth[hit]
    np.testing.assert_array_equal(joined.truth_score[truth], joined.candidate_score[hit])
    np.testing.assert_array_equal(joined.truth_scan[truth], joined.candidate_scan[hit])


def test_no_candidates_and_no_truths() -> None:
    none = draw(0, 0)
    assert (
        match_lesions(none, draw(1, 3), KNOWN, criterion=Criterion()).truth_outcome.tolist()
        == [0] * 3
    )
    assert (
        match_lesions(draw(1, 3), none, KNOWN, criterion=Criterion()).candidate_outcome.tolist()
        == [0] * 3
    )
    for assignment in ("greedy", "optimal"):
        empty = match_lesions(none, none, KNOWN, criterion=Criterion(), assignment=assignment)
        assert empty.candidate_outcome.size == empty.truth_outcome.size == 0


def test_bad_input_is_told() -> None:
    lesions = draw(0, 4)
    with pytest.raises(MetricError, match="classes from 0 to 0"):
        match_lesions(lesions, lesions, np.array([True]), criterion=Criterion())
    with pytest.raises(MetricError, match="ignore_fraction"):
        match_lesions(lesions, lesions, KNOWN, criterion=Criterion(), ignore_fraction=0.0)
    bad = lesions._replace(score=np.full(4, np.nan))
    with pytest.raises(MetricError, match="finite scores"):
        match_lesions(bad, lesions, KNOWN, criterion=Criterion())
    with pytest.raises(MetricError, match="at least one scan"):
        join_matches([])
