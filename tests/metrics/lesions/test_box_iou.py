import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou


def draw(seed: int, count: int, axes: int) -> np.ndarray:
    low = np.random.default_rng(seed).integers(0, 6, size=(count, axes))
    size = np.random.default_rng(seed + 1).integers(0, 5, size=(count, axes))
    return np.stack([low, low + size], axis=1)


def painted(box: np.ndarray) -> np.ndarray:
    mask = np.zeros((12,) * box.shape[1], dtype=bool)
    mask[tuple(slice(low, high) for low, high in box.T)] = True
    return mask


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_equals_counted_places(axes: int) -> None:
    first, second = draw(axes, 9, axes), draw(axes + 20, 7, axes)
    iou = box_iou(first, second)
    assert iou.shape == (9, 7)
    for row, one in enumerate(first):
        for column, other in enumerate(second):
            left, right = painted(one), painted(other)
            union = (left | right).sum()
            expected = (left & right).sum() / union if union else 0.0
            assert iou[row, column] == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 2**31))
def test_symmetric_bounded_and_one_with_itself(seed: int) -> None:
    box = draw(seed, 5, 3) + np.array([[0], [1]])
    iou = box_iou(box, box * 1.0)
    np.testing.assert_array_equal(iou, iou.T)
    np.testing.assert_array_equal(np.diag(iou), 1.0)
    assert ((iou >= 0) & (iou <= 1)).all()


def test_no_boxes() -> None:
    assert box_iou(draw(0, 0, 2), draw(0, 3, 2)).shape == (0, 3)
    assert box_iou(draw(0, 3, 2), draw(0, 0, 2)).shape == (3, 0)


@pytest.mark.parametrize("corner", [np.nan, np.inf, -1.0])
def test_refuses_what_is_no_box(corner: float) -> None:
    box = np.array([[[0.0, 0.0], [corner, 2.0]]])
    with pytest.raises(MetricError, match="1 of 1 are not"):
        box_iou(box, box)
