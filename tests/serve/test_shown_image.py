"""Images arrive in the browser with the greys that they have."""

import base64
import io

import numpy as np
from PIL import Image

from labelassemble.serve.shown_image import PAGE_SIDE, show_image, show_map


def open_uri(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_twelve_bits_arrive_as_twelve() -> None:
    grey = np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64)
    shown = show_image(grey)
    assert (shown.width, shown.height, shown.bits) == (64, 64, 12)
    red, green, blue = np.moveaxis(open_uri(shown.uri).astype(int), -1, 0)
    assert np.array_equal((red << 4) | (green >> 4), np.arange(4096).reshape(64, 64))
    assert not blue.any()


def test_eight_bits_stay_eight_and_large_images_become_smaller() -> None:
    bytes_of_it = np.tile(np.arange(256, dtype=np.float32), (2000, 8)) / 255
    shown = show_image(bytes_of_it)
    assert (shown.width, shown.height, shown.bits) == (PAGE_SIDE, 1000, 8)
    drawn = open_uri(shown.uri)
    assert drawn.shape == (1000, PAGE_SIDE)
    assert np.abs(drawn[:, :128] - np.arange(128.0) * 2).max() < 8


def test_the_threshold_is_the_middle_of_a_map() -> None:
    values = np.array([[0.0, 0.1, 0.55, 1.0]])
    assert open_uri(show_map(values, 0.1)).tolist() == [[0, 128, 191, 255]]
    assert open_uri(show_map(values, None)).tolist() == [[0, 26, 140, 255]]
