import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.closeness import (
    Criterion,
    centre_inside,
    mask_iou,
    measure_closeness,
)
from labelassemble.metrics.lesions.find_lesions import true_lesions
from labelassemble.metrics.lesions.lesions import Lesions, lesions_from_boxes

SPACING = np.array([1.0, 2.0, 3.0])


def draw(seed: int, lesions: int) -> tuple[np.ndarray, Lesions]:
    number = np.random.default_rng(seed).integers(0, lesions + 1, size=(2, 4, 5, 6))
    return number, true_lesions(number, SPACING)


def mask_of(number: np.ndarray, lesions: Lesions, row: int) -> np.ndarray:
    same = np.flatnonzero(lesions.class_place == lesions.class_place[row])
    return number[lesions.class_place[row]] == 1 + row - same[0]


def test_masks_overlap_as_counted() -> None:
    first, candidates = draw(0, 3)
    second, truths = draw(1, 2)
    iou = mask_iou(candidates, truths)
    assert iou.shape == (6, 4)
    for row in range(6):
        for column in range(4):
            left, right = mask_of(first, candidates, row), mask_of(second, truths, column)
            expected = (left & right).sum() / (left | right).sum()
            assert iou[row, column] == pytest.approx(expected)


def test_centres_in_lesions_as_looked_up() -> None:
    _, candidates = draw(2, 5)
    number, truths = draw(3, 2)
    inside = centre_inside(candidates, truths)
    for row, centre in enumerate(candidates.centre):
        place = tuple(np.floor(centre + 0.5).astype(int))
        for column in range(4):
            assert inside[row, column] == mask_of(number, truths, column)[place]
    assert inside.any()
    assert not inside.all()


def test_distance_is_in_mm() -> None:
    point = lesions_from_boxes(
        np.array([[[0, 0, 0], [1, 1, 1]]]), np.array([0]), np.ones(1), SPACING, (9, 9, 9)
    )
    other = lesions_from_boxes(
        np.array([[[0, 0, 2], [1, 1, 3]], [[2, 4, 0], [3, 5, 1]]]),
        np.array([0, 1]),
        np.ones(2),
        SPACING,
        (9, 9, 9),
    )
    pairs = measure_closeness(point, other, Criterion("distance", 6.0))
    np.testing.assert_array_equal(pairs.allowed, [[True, False]])
    np.testing.assert_allclose(pairs.closeness, [[1 / 7, 1 / (1 + np.hypot(2, 8))]])
    assert not measure_closeness(point, other, Criterion("distance", 5.99)).allowed.any()


def test_other_classes_are_never_allowed() -> None:
    _, candidates = draw(4, 3)
    _, truths = draw(5, 3)
    for criterion in (
        Criterion("box_iou", 1e-9),
        Criterion("mask_iou", 1e-9),
        Criterion("distance", 1e9),
        Criterion("centre"),
    ):
        pairs = measure_closeness(candidates, truths, criterion)
        same = candidates.class_place[:, None] == truths.class_place
        assert pairs.allowed[same].any()
        assert not pairs.allowed[~same].any()
        assert ((pairs.closeness >= 0) & (pairs.closeness <= 1)).all()


def test_an_overlap_exactly_at_the_limit_is_enough() -> None:
    box = np.array([[[0, 0], [1, 4]], [[0, 0], [1, 2]]])
    lesions = lesions_from_boxes(box, np.zeros(2, int), np.ones(2), np.ones(2), (1, 4))
    assert measure_closeness(lesions, lesions, Criterion("box_iou", 0.5)).allowed.all()


def test_a_centre_in_a_box_of_which_only_the_box_is_known() -> None:
    shape, one = (6, 6), np.zeros(1, int)
    truth = lesions_from_boxes(np.array([[[1, 1], [3, 3]]]), one, np.ones(1), np.ones(2), shape)
    for low, expected in ((1.0, True), (1.9, True), (2.4, True), (2.6, False), (0.4, False)):
        box = np.array([[[low, 1.0], [low + 1, 2.0]]])
        candidate = lesions_from_boxes(box, one, np.ones(1), np.ones(2), shape)
        assert centre_inside(candidate, truth)[0, 0] == expected


def test_what_cannot_be_matched_is_told() -> None:
    _, truths = draw(6, 2)
    boxes = lesions_from_boxes(truths.box, truths.class_place, truths.score, SPACING, truths.shape)
    with pytest.raises(MetricError, match="lesions with places"):
        measure_closeness(boxes, truths, Criterion("mask_iou", 0.1))
    with pytest.raises(MetricError, match="one scan"):
        measure_closeness(boxes._replace(shape=(9, 9, 9)), truths, Criterion())
    for criterion in (Criterion("box_iou", 1.1), Criterion("mask_iou", 0.0)):
        with pytest.raises(MetricError, match="overlap in"):
            measure_closeness(truths, truths, criterion)
    with pytest.raises(MetricError, match="distance above 0"):
        measure_closeness(truths, truths, Criterion("distance", 0.0))
