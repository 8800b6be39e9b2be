"""One box of a heat map, and its overlap with true ones, against loops over pixels."""

import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.heat_boxes import box_iobb, box_of_heat, boxes_of_mask


def test_the_box_grows_from_the_hottest_place() -> None:
    heat = np.zeros((10, 12))
    heat[2:5, 3:7] = 0.5
    heat[3, 4] = 1.0
    heat[8:, 10:] = 0.9
    assert box_of_heat(heat, 100.0).tolist() == [[3, 4], [4, 5]]
    assert box_of_heat(heat, 90.0).tolist() == [[2, 3], [5, 7]]
    assert box_of_heat(heat, 0.0).tolist() == [[0, 0], [10, 12]]
    assert box_of_heat(np.zeros((4, 5)), 95.0).tolist() == [[0, 0], [4, 5]]


def test_parts_of_a_mask_have_a_box_each() -> None:
    mask = np.zeros((6, 6), dtype=bool)
    assert boxes_of_mask(mask).shape == (0, 2, 2)
    mask[0, 0] = mask[1, 1] = mask[4, 3:6] = True
    assert boxes_of_mask(mask).tolist() == [[[0, 0], [2, 2]], [[4, 3], [5, 6]]]


def test_overlap_is_that_of_a_loop_over_pixels() -> None:
    generator = np.random.default_rng(0)
    corner = generator.integers(0, 6, (5, 2))
    found = np.stack([corner, corner + generator.integers(0, 5, (5, 2))], axis=1)
    truth = np.array([[[1, 1], [4, 5]], [[0, 0], [10, 10]]])
    overlap = box_iobb(found, truth)
    for place, (low, high) in enumerate(found.tolist()):
        pixels = [(r, c) for r in range(low[0], high[0]) for c in range(low[1], high[1])]
        for number, (start, end) in enumerate(truth.tolist()):
            within = [start[0] <= r < end[0] and start[1] <= c < end[1] for r, c in pixels]
            expected = sum(within) / len(pixels) if pixels else 0.0
            assert overlap[place, number] == pytest.approx(expected)
    with pytest.raises(MetricError, match="low corner before the high one"):
        box_iobb(found[:, ::-1], truth)
