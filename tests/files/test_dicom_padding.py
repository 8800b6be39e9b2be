from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelassemble.files.read_image import decode_image

Draw = Callable[..., np.ndarray]
Dicom = Callable[..., bytes]
PADDING, LIMIT = 0x00280120, 0x00280121


def read(data: bytes) -> np.ndarray:
    return decode_image(data, Path("a"))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    ("kind", "stored", "bits", "said"),
    [
        (np.int16, -2000, 16, ("SS", -2000)),
        (np.int16, -2000, 16, ("US", 63536)),
        (np.int16, -2000, 12, ("US", 63536)),
        (np.int16, -32768, 12, ("US", 32768)),
        (np.int16, -32768, 16, ("SS", -32768)),
        (np.uint16, 63536, 16, ("US", 63536)),
        (np.uint16, 63536, 16, ("SS", -2000)),
        (np.uint16, 0, 12, ("US", 0)),
        (np.uint8, 255, 8, ("US", 255)),
        (np.uint8, 255, 8, ("SS", -1)),
    ],
)
def test_padding_is_black_however_its_sign_is_written(
    draw_image: Draw,
    dicom: Dicom,
    photometric: str,
    kind: type[np.integer],
    stored: int,
    bits: int,
    said: tuple[str, int],
) -> None:
    grey = draw_image(0, 64, 80) // 2 + 50
    values = grey.astype(kind) * kind(1 if kind is np.uint8 else 4)
    plain = read(dicom(values[10:], photometric, BitsStored=bits))
    values[:10] = stored
    image = read(dicom(values, photometric, BitsStored=bits, raw={PADDING: said}))
    assert not image[:10].any()
    assert np.abs(image[10:] - plain).max() < 1e-6


def test_a_range_of_padding(draw_image: Draw, dicom: Dicom) -> None:
    values = draw_image(0, 64, 80).astype(np.int16) * 4
    plain = read(dicom(values[10:]))
    values[:5], values[5:10] = -2000, -1990
    limits = {PADDING: ("US", 63536), LIMIT: ("US", 63546)}
    image = read(dicom(values, raw=limits))
    assert not image[:10].any()
    assert np.array_equal(image[10:], plain)
    assert not np.array_equal(read(dicom(values, raw={PADDING: ("US", 63536)}))[10:], plain)
    empty = read(dicom(values, PixelPaddingValue=None, PixelPaddingRangeLimit=None))
    assert np.array_equal(empty, read(dicom(values)))
