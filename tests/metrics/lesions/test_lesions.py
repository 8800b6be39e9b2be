import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.find_lesions import true_lesions
from labelassemble.metrics.lesions.lesions import (
    Lesions,
    join_lesions,
    lesions_from_boxes,
    take_lesions,
)


def three() -> Lesions:
    mask = np.zeros((2, 5, 6), dtype=np.int64)
    mask[0, 0, :3], mask[0, 2, 2], mask[1, 4, 4:] = 1, 2, 1
    return true_lesions(mask, np.array([1.0, 2.0]))


def places(lesions: Lesions, row: int) -> list[int]:
    low, high = lesions.voxel_start[row : row + 2]
    return lesions.voxel[low:high].tolist()


def test_some_are_taken_with_their_places() -> None:
    lesions = three()
    taken = take_lesions(lesions, np.array([2, 0]))
    assert taken.class_place.tolist() == [1, 0]
    assert [places(taken, 0), places(taken, 1)] == [[28, 29], [0, 1, 2]]
    same = take_lesions(lesions, np.array([True, False, True]))
    assert [places(same, 0), places(same, 1)] == [[0, 1, 2], [28, 29]]
    none = take_lesions(lesions, np.zeros(3, dtype=bool))
    assert none.voxel.size == 0
    assert none.voxel_start.tolist() == [0]
    assert none.box.shape == (0, 2, 2)


def test_joined_is_as_before() -> None:
    lesions = three()
    parts = [take_lesions(lesions, np.array([row])) for row in range(3)]
    for before, after in zip(lesions, join_lesions(parts), strict=True):
        np.testing.assert_array_equal(before, after)


def test_only_one_scan_is_joined() -> None:
    other = true_lesions(np.full((2, 3, 3), True), np.ones(2))
    with pytest.raises(MetricError, match="one scan"):
        join_lesions([three(), other])
    with pytest.raises(MetricError, match="one scan"):
        join_lesions([])


def test_boxes_alone_measure_as_their_full_masks() -> None:
    mask = np.zeros((1, 4, 5, 6), dtype=bool)
    mask[0, 1:3, 0:4, 2:5] = True
    spacing = np.array([0.5, 2.0, 3.0])
    full = true_lesions(mask, spacing)
    box = lesions_from_boxes(full.box, full.class_place, full.score, spacing, full.shape)
    for name in ("class_place", "score", "centre", "centre_mm", "box", "box_mm", "size"):
        np.testing.assert_allclose(getattr(box, name), getattr(full, name))


def test_areas_and_volumes_are_not_confused() -> None:
    with pytest.raises(MetricError, match="3 axes for volume_mm3"):
        _ = three().volume_mm3
    volume = true_lesions(np.full((1, 2, 2, 2), True), np.full(3, 2.0))
    assert volume.volume_mm3 == pytest.approx([64.0])
    with pytest.raises(MetricError, match="size"):
        _ = volume.area_mm2


def test_a_box_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(MetricError, match="low corner before"):
        lesions_from_boxes(
            np.array([[[3.0, 1.0], [1.0, 3.0]]]), np.zeros(1, int), np.ones(1), np.ones(2), (5, 5)
        )
