from typing import Literal

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import ImageError
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.volumes.boxes_to_mask import boxes_to_mask, find_frame

Fit = Literal["crop", "pad", "stretch"]
FITS: tuple[Fit, ...] = ("crop", "pad", "stretch")


@given(
    shape=st.tuples(st.integers(60, 400), st.integers(60, 400)),
    size=st.sampled_from([64, 96, 224]),
    fit=st.sampled_from(FITS),
    corner=st.tuples(st.floats(0.3, 0.5), st.floats(0.3, 0.5)),
    part=st.floats(0.15, 0.2),
)
@settings(max_examples=60, deadline=None)
def test_a_box_lies_where_the_stored_image_shows_it(
    shape: tuple[int, int],
    size: int,
    fit: Fit,
    corner: tuple[float, float],
    part: float,
) -> None:
    height, width = shape
    side = min(shape) * part
    left = round(width / 2 + (corner[0] - 0.5) * min(shape))
    top = round(height / 2 + (corner[1] - 0.5) * min(shape))
    right, bottom = round(left + side), round(top + side)
    record = np.zeros(shape, dtype=np.float32)
    record[top:bottom, left:right] = 1.0
    shown = prepare_radiograph(record, size, fit)
    boxes = np.array([[left, top, right, bottom]], dtype=np.float64)
    made = boxes_to_mask(boxes, None, shape, size, fit)
    assert made.notes == ()
    # The image's own white area, to a pixel at the edges, which interpolation blurs.
    white = shown > 127
    grown = cv2.dilate(made.mask.astype(np.uint8), np.ones((3, 3))) > 0
    shrunk = cv2.erode(made.mask.astype(np.uint8), np.ones((3, 3))) > 0
    assert (grown >= white).all()
    assert (white >= shrunk).all()


@given(
    shape=st.tuples(st.integers(100, 500), st.integers(100, 500)),
    fit=st.sampled_from(FITS),
    frame=st.sampled_from([None, 2]),
    place=st.tuples(st.integers(8, 40), st.integers(8, 40), st.integers(2, 15), st.integers(2, 15)),
)
@settings(max_examples=60, deadline=None)
def test_boxes_come_back_from_their_mask(
    shape: tuple[int, int], fit: Fit, frame: int | None, place: tuple[int, int, int, int]
) -> None:
    height, width = shape
    of = None if frame is None else (width * frame, height * frame)
    mask = np.zeros((64, 64), dtype=bool)
    x, y, wide, high = place
    mask[y : y + high, x : x + wide] = True
    stored = find_frame(shape, 64, fit)
    drawn = (np.array([[x, y, x + wide, y + high]]) - stored.offset * 2) / np.array(
        stored.scale * 2
    )
    boxes = np.clip(drawn, 0.0, [width, height] * 2) * (frame or 1)
    if (boxes[:, 2:] - boxes[:, :2] < 1e-6).any():
        return  # It lay in a black bar.
    made = boxes_to_mask(boxes, of, shape, 64, fit)
    inside = np.zeros_like(mask)
    left, top, right, bottom = np.rint(made.boxes[0]).astype(int)
    inside[top:bottom, left:right] = True
    assert np.array_equal(made.mask & mask, mask & inside)
    assert (made.mask & ~mask).sum() == 0


def test_a_frame_scales_boxes_as_rsna_does() -> None:
    # RSNA draws on 1024 x 1024; the file is NIH's 512 x 512.
    boxes = np.array([[256.0, 512.0, 512.0, 768.0]])
    made = boxes_to_mask(boxes, (1024, 1024), (512, 512), 64, "crop")
    assert made.boxes.tolist() == [[16.0, 32.0, 32.0, 48.0]]
    expected = np.zeros((64, 64), dtype=bool)
    expected[32:48, 16:32] = True
    assert np.array_equal(made.mask, expected)


def test_what_the_square_cuts_off_is_said() -> None:
    boxes = np.array([[0.0, 10.0, 40.0, 30.0], [30.0, 10.0, 70.0, 30.0], [80.0, 0.0, 120.0, 50.0]])
    made = boxes_to_mask(boxes, None, (100, 200), 50, "crop")
    assert made.notes[0].startswith("box 0: 100% of it lies outside")
    assert made.notes[1].startswith("box 1: 50% of it lies outside")
    assert len(made.notes) == 2
    assert np.isnan(made.boxes[0]).all()
    assert made.boxes[1].tolist() == [0.0, 5.0, 10.0, 15.0]


def test_a_box_below_a_pixel_marks_one() -> None:
    boxes = np.array([[501.0, 502.0, 503.0, 504.0], [998.0, 998.0, 1000.0, 1000.0]])
    made = boxes_to_mask(boxes, None, (1000, 1000), 20, "stretch")
    assert np.argwhere(made.mask).tolist() == [[10, 10], [19, 19]]


def test_boxes_outside_their_image_are_an_error() -> None:
    for bad in ([10.0, 10.0, 101.5, 20.0], [-2.0, 0.0, 5.0, 5.0], [10.0, 10.0, np.nan, 20.0]):
        with pytest.raises(ImageError, match="100 x 80 pixels"):
            boxes_to_mask(np.array([bad]), None, (80, 100), 32, "pad")
    for flat in ([10.0, 10.0, 10.0, 20.0], [10.0, 20.0, 30.0, 15.0], [100.0, 5.0, 100.9, 9.0]):
        with pytest.raises(ImageError, match="with an area"):
            boxes_to_mask(np.array([flat]), None, (80, 100), 32, "pad")
    rounded = boxes_to_mask(np.array([[90.0, 0.0, 100.6, 20.0]]), None, (80, 100), 100, "stretch")
    assert rounded.boxes[0, 2] == 100.0
    with pytest.raises(ImageError, match="aspect"):
        boxes_to_mask(np.zeros((0, 4)), (1024, 1024), (80, 100), 32, "pad")


def test_no_boxes_are_an_empty_mask() -> None:
    made = boxes_to_mask(np.zeros((0, 4)), None, (80, 100), 32, "pad")
    assert not made.mask.any()
