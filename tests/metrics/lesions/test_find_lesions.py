import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou
from labelassemble.metrics.lesions.find_lesions import find_lesions, true_lesions
from labelassemble.metrics.lesions.lesions import Lesions
from labelassemble.settings import CandidateSettings


def draw(seed: int, shape: tuple[int, ...] = (2, 16, 18)) -> np.ndarray:
    noise = np.random.default_rng(seed).random(shape)
    smooth = np.stack([ndimage.gaussian_filter(each, 1.2) for each in noise])
    smooth -= smooth.min()
    return smooth / smooth.max()


def masks(lesions: Lesions, class_place: int) -> set[frozenset[int]]:
    return {
        frozenset(lesions.voxel[lesions.voxel_start[row] : lesions.voxel_start[row + 1]].tolist())
        for row in np.flatnonzero(lesions.class_place == class_place)
    }


def flood(mask: np.ndarray, corners: bool) -> set[frozenset[int]]:
    """What hangs together, by hand."""
    left = {tuple(place) for place in np.argwhere(mask)}
    found = set()
    while left:
        front = [left.pop()]
        part = set(front)
        while front:
            here = front.pop()
            for step in np.ndindex((3,) * mask.ndim):
                move = np.array(step) - 1
                other = tuple(int(at) for at in np.array(here) + move)
                if (corners or np.abs(move).sum() == 1) and other in left:
                    left.remove(other)
                    part.add(other)
                    front.append(other)
        found.add(frozenset(int(np.ravel_multi_index(place, mask.shape)) for place in part))
    return found


@pytest.mark.parametrize("shape", [(2, 16, 18), (2, 7, 8, 9)])
@pytest.mark.parametrize("connectivity", ["faces", "corners"])
def test_equals_a_slow_flood(shape: tuple[int, ...], connectivity: str) -> None:
    probability = draw(3, shape)
    lesions = find_lesions(
        probability, np.ones(len(shape) - 1), CandidateSettings(connectivity=connectivity)
    )
    assert (np.diff(lesions.class_place) >= 0).all()
    for place in range(2):
        assert masks(lesions, place) == flood(probability[place] >= 0.5, connectivity == "corners")
        assert (np.diff(lesions.score[lesions.class_place == place]) <= 0).all()


def test_a_place_exactly_at_the_threshold_belongs() -> None:
    probability = np.array([[[0.5, np.nextafter(0.5, 0)]]])
    assert find_lesions(probability, np.ones(2)).size.tolist() == [1.0]


@given(
    st.integers(0, 2**31), st.floats(0.1, 10), st.sampled_from(["threshold", "dynamic_threshold"])
)
def test_spacing_scales_sizes_and_centres_and_changes_nothing_else(
    seed: int, factor: float, rule: str
) -> None:
    probability = draw(seed, (1, 6, 7, 5))
    spacing = np.array([1.0, 2.0, 0.5])
    settings = CandidateSettings(rule=rule, threshold=0.4)
    one = find_lesions(probability, spacing, settings)
    other = find_lesions(probability, spacing * factor, settings)
    np.testing.assert_allclose(other.volume_mm3, one.volume_mm3 * factor**3)
    np.testing.assert_allclose(other.centre_mm, one.centre_mm * factor, atol=1e-9)
    np.testing.assert_allclose(other.box_mm, one.box_mm * factor, atol=1e-9)
    np.testing.assert_array_equal(other.box, one.box)
    np.testing.assert_array_equal(other.score, one.score)
    np.testing.assert_array_equal(other.voxel, one.voxel)


def test_a_flipped_scan_has_the_same_lesions_in_the_patient() -> None:
    probability = draw(1, (1, 6, 7, 5))
    spacing = np.array([1.0, 2.0, 0.5])
    straight = np.diag([1.0, 2.0, 0.5, 1.0])
    flipped = straight.copy()
    flipped[0, 0], flipped[0, 3] = -1.0, 5.0
    one = find_lesions(probability, spacing, affine=straight)
    other = find_lesions(probability[:, ::-1], spacing, affine=flipped)
    np.testing.assert_allclose(one.centre_mm, other.centre_mm)
    np.testing.assert_allclose(one.box_mm, other.box_mm)


def test_the_smallest_size_is_in_mm3_and_counts_as_met() -> None:
    probability = np.zeros((1, 1, 10))
    probability[0, 0, :3], probability[0, 0, 5:7] = 0.9, 0.8
    spacing = np.array([0.1, 0.7])
    for least, expected in ((0.0, 2), (2 * 0.07, 2), (0.15, 1), (3 * 0.07, 1), (0.22, 0)):
        found = find_lesions(probability, spacing, CandidateSettings(min_size=least))
        assert found.score.size == expected


def test_at_most_so_many_a_class_the_best_ones() -> None:
    probability = draw(5)
    every = find_lesions(probability, np.ones(2), CandidateSettings(threshold=0.6))
    some = find_lesions(probability, np.ones(2), CandidateSettings(threshold=0.6, most=2))
    for place in range(2):
        best = np.sort(every.score[every.class_place == place])[::-1]
        assert best.size > 2
        np.testing.assert_array_equal(some.score[some.class_place == place], best[:2])


def test_suppression_leaves_no_overlapping_boxes() -> None:
    probability = draw(9, (1, 40, 40))
    spacing = np.ones(2)
    every = find_lesions(probability, spacing, CandidateSettings(connectivity="faces"))
    kept = find_lesions(
        probability, spacing, CandidateSettings(connectivity="faces", suppress_iou=0.0)
    )
    assert 0 < kept.score.size < every.score.size
    overlap = box_iou(kept.box, kept.box)
    assert (overlap[~np.eye(len(overlap), dtype=bool)] == 0).all()


def test_thresholds_by_class() -> None:
    probability = np.full((2, 1, 1), 0.6)
    found = find_lesions(probability, np.ones(2), threshold=np.array([0.7, 0.5]))
    assert found.class_place.tolist() == [1]


def test_peeling_takes_what_one_threshold_melts_together() -> None:
    probability = np.array([[[0.9, 0.3, 0.8, 0.0, 0.25]]])
    spacing = np.ones(2)
    flat = find_lesions(probability, spacing, CandidateSettings(threshold=0.2))
    found = find_lesions(
        probability, spacing, CandidateSettings(threshold=0.2, rule="dynamic_threshold")
    )
    assert flat.score.tolist() == [0.9, 0.25]
    assert found.score.tolist() == [0.9, 0.8, 0.25]


def test_masks_and_numbered_masks() -> None:
    number = np.zeros((1, 6, 6), dtype=np.int64)
    number[0, 1:3, 1:3], number[0, 3, 3], number[0, 5, 0] = 4, 9, 2
    joined = true_lesions(number > 0, np.ones(2))
    apart = true_lesions(number, np.ones(2))
    assert joined.score.tolist() == [1.0, 1.0]
    assert sorted(joined.area_mm2) == [1, 5]
    assert sorted(apart.area_mm2) == [1, 1, 4]
    assert (apart.score == 1).all()


def test_nothing_found() -> None:
    for rule in ("threshold", "dynamic_threshold"):
        found = find_lesions(np.zeros((3, 4, 4, 4)), np.ones(3), CandidateSettings(rule=rule))
        assert found.score.size == 0
        assert found.centre_mm.shape == (0, 3)


@pytest.mark.parametrize("value", [np.nan, 1.5, -0.1])
def test_predictions_are_probabilities(value: float) -> None:
    with pytest.raises(MetricError, match="predictions in"):
        find_lesions(np.full((1, 2, 2), value), np.ones(2))


def test_axes_must_fit() -> None:
    with pytest.raises(MetricError, match="classes and 3 axes"):
        find_lesions(np.zeros((1, 2, 2)), np.ones(3))
    with pytest.raises(MetricError, match="at least one class"):
        true_lesions(np.zeros((0, 2, 2), dtype=np.int64), np.ones(2))
