import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou
from labelassemble.metrics.lesions.non_maximum_suppression import (
    falling_order,
    non_maximum_suppression,
)

Draw = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, count: int = 14, axes: int = 2) -> Draw:
    generator = np.random.default_rng(seed)
    low = generator.integers(0, 8, size=(count, axes))
    box = np.stack([low, low + generator.integers(1, 6, size=(count, axes))], axis=1)
    return box, generator.integers(1, 5, size=count) / 4, generator.integers(2, size=count)


def slow(box: np.ndarray, score: np.ndarray, place: np.ndarray, iou: float) -> list[int]:
    kept: list[int] = []
    rows = range(len(box))
    for row in sorted(rows, key=lambda i: (-score[i], place[i], tuple(box[i].ravel()))):
        overlaps = [
            box_iou(box[row : row + 1], box[other : other + 1])[0, 0]
            for other in kept
            if place[other] == place[row]
        ]
        if all(overlap <= iou for overlap in overlaps):
            kept.append(row)
    return kept


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("iou", [0.0, 0.3, 1.0])
def test_equals_a_slow_loop(axes: int, iou: float) -> None:
    for seed in range(10):
        box, score, place = draw(seed, axes=axes)
        kept = non_maximum_suppression(box, score, place, iou)
        np.testing.assert_array_equal(box[kept], box[slow(box, score, place, iou)])
    if iou == 1:
        assert len(kept) == len(box)


@given(st.integers(0, 2**31))
def test_the_order_of_rows_is_no_matter(seed: int) -> None:
    box, score, place = draw(seed)
    shuffled = np.random.default_rng(seed).permutation(len(box))
    kept = non_maximum_suppression(box, score, place, 0.3)
    again = shuffled[non_maximum_suppression(box[shuffled], score[shuffled], place[shuffled], 0.3)]
    np.testing.assert_array_equal(box[kept], box[again])
    np.testing.assert_array_equal(score[kept], score[again])


def test_no_boxes_and_bad_scores() -> None:
    box, score, place = draw(0, count=0)
    assert non_maximum_suppression(box, score, place, 0.5).size == 0
    box, score, place = draw(0, count=2)
    with pytest.raises(MetricError, match="finite scores"):
        falling_order(box, np.array([0.1, np.nan]), place)
