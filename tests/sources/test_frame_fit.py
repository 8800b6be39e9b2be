import numpy as np
import pytest

from labelassemble.files.orientation import turn_upright
from labelassemble.sources.frame_fit import differ_in_shape, fit_boxes, has_bars, turn_boxes

BOX = np.array([[3.0, 1.0, 8.0, 3.0]])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_turn_as_their_pixels_do(orientation):
    pixels = np.zeros((6, 10), dtype=np.uint8)
    pixels[1:3, 3:8] = 1
    upright = turn_upright(pixels, orientation)
    (left, top, right, bottom), = turn_boxes(
        BOX, np.array([[10.0, 6.0]]), np.array([orientation])
    ).astype(int)  # fmt: skip
    drawn = np.zeros_like(upright)
    drawn[top:bottom, left:right] = 1
    assert np.array_equal(drawn, upright)


def test_padded_and_cropped():
    frame, file = np.array([[200.0, 100.0]]), np.array([[50.0, 50.0]])
    box = np.array([[100.0, 0.0, 200.0, 100.0]])
    assert fit_boxes(box, frame, file, "stretch").tolist() == [[25, 0, 50, 50]]
    assert fit_boxes(box, frame, file, "pad").tolist() == [[25, 12.5, 50, 37.5]]
    assert fit_boxes(box, frame, file, "crop").tolist() == [[25, 0, 75, 50]]


@pytest.mark.parametrize(
    ("frame", "file", "differ"),
    [
        ((2080, 2336), (228, 256), False),
        ((2080, 2336), (28, 32), False),
        ((2080, 2336), (29, 32), False),
        ((2080, 2336), (512, 512), True),
        ((1024, 1024), (512, 512), False),
        ((640, 480), (480, 640), True),
        ((100, 100), (float("nan"), float("nan")), False),
    ],
)
def test_shapes(frame, file, differ):
    assert differ_in_shape(np.array([frame]) * 1.0, np.array([file]) * 1.0)[0] == differ


@pytest.mark.parametrize("turned", [False, True])
def test_bars(turned):
    random = np.random.default_rng(0)
    image = np.zeros((64, 64))
    image[:, 16:48] = random.random((64, 32))
    frame = (500.0, 1000.0)
    if turned:
        image, frame = image.T, frame[::-1]
    assert has_bars(image, frame)
    assert has_bars(image + 0.4, frame), "bars of any grey"
    assert not has_bars(image, frame[::-1])
    assert not has_bars(random.random((64, 64)), frame)
    assert not has_bars(np.zeros((64, 64)), frame), "an image of nothing says nothing"
