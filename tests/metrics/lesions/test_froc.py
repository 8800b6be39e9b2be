from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.metrics.lesions.closeness import Criterion
from labelassemble.metrics.lesions.froc import RATES, froc
from labelassemble.metrics.lesions.lesions import join_lesions, lesions_from_boxes
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches, match_lesions

Draw = Callable[..., Matches]


def slow_sensitivity(matches: Matches, place: int, rate: float) -> float:
    """Try every threshold there is."""
    scans = int(matches.known[:, place].sum())
    truth = (matches.truth_class == place) & (matches.truth_outcome >= 0)
    candidate = (matches.candidate_class == place) & (matches.candidate_outcome >= 0)
    best = 0.0
    for threshold in [np.inf, *matches.candidate_score[candidate]]:
        called = candidate & (matches.candidate_score >= threshold)
        if (called & (matches.candidate_outcome == 0)).sum() <= rate * scans:
            best = max(best, (called & (matches.candidate_outcome == 1)).sum() / truth.sum())
    return best


@given(st.integers(0, 2**31), st.sampled_from([1, 3, 1000]))
def test_equals_every_threshold_tried(draw_matches: Draw, seed: int, distinct: int) -> None:
    matches = draw_matches(seed, 10, distinct)
    for place in range(2):
        result = froc(matches, place)
        if result.reason:
            continue
        expected = [slow_sensitivity(matches, place, rate) for rate in RATES]
        np.testing.assert_allclose(result.sensitivity_at, expected)
        assert result.score == pytest.approx(np.mean(expected))


@given(st.integers(0, 2**31))
def test_never_falls_and_stays_in_bounds(draw_matches: Draw, seed: int) -> None:
    result = froc(draw_matches(seed), 0)
    if not result.reason:
        for rising in (result.false_positives, result.sensitivity, result.sensitivity_at):
            assert (np.diff(rising) >= 0).all()
        assert (np.diff(result.threshold) < 0).all()
        assert result.false_positives[0] == result.sensitivity[0] == 0
        assert result.sensitivity[-1] <= 1


@given(st.integers(0, 2**31))
def test_the_order_of_scans_is_no_matter(
    draw_scans: Callable[..., list[Matches]], seed: int
) -> None:
    scans = draw_scans(seed, 10)
    shuffled = [scans[place] for place in np.random.default_rng(seed).permutation(10)]
    for before, after in zip(
        froc(join_matches(scans), 1), froc(join_matches(shuffled), 1), strict=True
    ):
        np.testing.assert_array_equal(before, after)


@given(st.integers(0, 2**31), st.floats(0.01, 0.99))
def test_a_false_positive_never_helps(seed: int, score: float) -> None:
    generator = np.random.default_rng(seed)
    before, after = [], []
    for scan in range(6):
        low = generator.integers(0, 10, size=(4, 2))
        box = np.stack([low, low + 4], axis=1)
        lesions = lesions_from_boxes(
            box, np.zeros(4, int), generator.random(4), np.ones(2), (30, 30)
        )
        truths = lesions._replace(
            box=lesions.box[:2],
            class_place=lesions.class_place[:2],
            score=np.ones(2),
            centre=lesions.centre[:2],
            centre_mm=lesions.centre_mm[:2],
            box_mm=lesions.box_mm[:2],
            size=lesions.size[:2],
            voxel_start=np.zeros(3, int),
        )
        far = lesions_from_boxes(
            np.array([[[25, 25], [28, 28]]]),
            np.zeros(1, int),
            np.array([score]),
            np.ones(2),
            (30, 30),
        )
        known = np.array([True])
        before.append(match_lesions(lesions, truths, known, criterion=Criterion()))
        more = join_lesions([lesions, far]) if scan % 2 else lesions
        after.append(match_lesions(more, truths, known, criterion=Criterion()))
    old, new = froc(join_matches(before), 0), froc(join_matches(after), 0)
    assert (new.sensitivity_at <= old.sensitivity_at).all()
    assert new.truths == old.truths == 12


@given(st.integers(0, 2**31), st.floats(0, 1))
def test_what_is_ignored_never_matters(draw_matches: Draw, seed: int, score: float) -> None:
    matches = draw_matches(seed)
    other = np.where(matches.candidate_outcome == -1, score, matches.candidate_score)
    for before, after in zip(
        froc(matches, 0), froc(matches._replace(candidate_score=other), 0), strict=True
    ):
        np.testing.assert_array_equal(before, after)


def example() -> Matches:
    """Four scans, three truths; scores .9 true, .8 false, .7 true and false tied, .6 false."""
    score = np.array([0.9, 0.8, 0.7, 0.7, 0.6])
    outcome = np.array([1, 0, 1, 0, 0])
    return Matches(
        candidate_scan=np.array([0, 1, 1, 2, 3]),
        candidate_class=np.zeros(5, int),
        candidate_score=score,
        candidate_outcome=outcome,
        candidate_truth=np.array([0, -1, 1, -1, -1]),
        truth_scan=np.array([0, 1, 2]),
        truth_class=np.zeros(3, int),
        truth_score=np.array([0.9, 0.7, -np.inf]),
        truth_outcome=np.array([1, 1, 0]),
        known=np.full((4, 1), True),
        whole=np.full((4, 1), True),
    )


def test_by_hand() -> None:
    result = froc(example(), 0, rates=np.array([0.0, 0.25, 0.49, 0.5, 10.0]))
    np.testing.assert_allclose(result.false_positives, [0, 0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(result.sensitivity, np.array([0, 1, 1, 2, 2]) / 3)
    assert result.threshold.tolist() == [np.inf, 0.9, 0.8, 0.7, 0.6]
    # The tie is one step: both of .7 or neither.
    np.testing.assert_allclose(result.sensitivity_at, np.array([1, 1, 1, 2, 2]) / 3)
    assert (result.truths, result.scans, result.reason) == (3, 4, "")


def test_a_rate_that_is_met_but_for_rounding_is_met() -> None:
    matches = example()._replace(known=np.full((100, 1), True), whole=np.full((100, 1), True))
    scans = np.concatenate([np.arange(29), [0]])
    matches = matches._replace(
        candidate_scan=scans,
        candidate_class=np.zeros(30, int),
        candidate_score=np.concatenate([np.full(29, 0.9), [0.5]]),
        candidate_outcome=np.concatenate([np.zeros(29, int), [1]]),
        candidate_truth=np.concatenate([np.full(29, -1), [0]]),
    )
    assert 0.29 * 100 < 29
    assert froc(matches, 0, rates=np.array([0.29])).sensitivity_at[0] == pytest.approx(1 / 3)


def test_without_truths_or_scans_there_is_a_reason() -> None:
    unknown = froc(example()._replace(known=np.full((4, 1), False)), 0)
    assert np.isnan(unknown.score)
    assert np.isnan(unknown.sensitivity_at).all()
    assert unknown.reason == "nobody looked for the class on any scan"
    assert unknown.scans == 0
    healthy = froc(example()._replace(truth_outcome=np.full(3, -1)), 0)
    assert np.isnan(healthy.score)
    assert np.isnan(healthy.sensitivity).all()
    assert healthy.false_positives[-1] == 0.75
    assert "no scan has a lesion" in healthy.reason


def test_no_candidates_find_nothing() -> None:
    matches = example()
    none = np.zeros(0, int)
    result = froc(
        matches._replace(
            candidate_scan=none,
            candidate_class=none,
            candidate_score=np.zeros(0),
            candidate_outcome=none,
            candidate_truth=none,
        ),
        0,
    )
    assert result.score == 0
    assert result.sensitivity.tolist() == [0.0]
    assert np.isnan(froc(matches, 0, rates=np.zeros(0)).score)
