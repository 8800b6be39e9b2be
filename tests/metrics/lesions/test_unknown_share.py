import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.find_lesions import true_lesions
from labelassemble.metrics.lesions.lesions import lesions_from_boxes
from labelassemble.metrics.lesions.unknown_share import unknown_share


def test_counts_the_places_of_masks() -> None:
    generator = np.random.default_rng(0)
    number = generator.integers(0, 4, size=(2, 6, 7))
    region = generator.random((2, 6, 7)) < 0.6
    share = unknown_share(true_lesions(number, np.ones(2)), region)
    expected = [
        (~region[place])[number[place] == one].mean() for place in range(2) for one in (1, 2, 3)
    ]
    np.testing.assert_allclose(share, expected)


def test_counts_the_places_that_boxes_touch() -> None:
    region = np.full((1, 4, 4), True)
    region[0, :2] = False
    box = np.array(
        [
            [[0.0, 0.0], [4.0, 4.0]],
            [[1.5, 0.0], [2.5, 1.0]],
            [[2.0, 0.0], [9.0, 9.0]],
            [[-3.0, 0.0], [0.0, 4.0]],
            [[7.0, 7.0], [8.0, 8.0]],
        ]
    )
    lesions = lesions_from_boxes(box, np.zeros(5, int), np.ones(5), np.ones(2), (4, 4))
    assert unknown_share(lesions, region).tolist() == [0.5, 0.5, 0.0, 1.0, 1.0]


def test_shapes_must_fit() -> None:
    lesions = true_lesions(np.full((1, 3, 3), True), np.ones(2))
    with pytest.raises(MetricError, match="one grid"):
        unknown_share(lesions, np.full((1, 3, 4), True))
