import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from labelassemble.errors import ImageError
from labelassemble.files.read_image import decode_image

Draw = Callable[..., np.ndarray]


def grainy(draw: Draw) -> np.ndarray:
    grain = np.random.default_rng(0).integers(0, 40, (64, 80))
    return (draw(0, 64, 80) * 0.8 + grain).astype(np.uint8)


def read(data: bytes) -> np.ndarray:
    return decode_image(data, Path("a.tif"))


def last_segment(data: bytes) -> tuple[int, int]:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        return page.dataoffsets[-1], page.databytecounts[-1]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_packed_pixels_that_end_early_or_are_damaged(
    draw_image: Draw, kind: type[np.unsignedinteger]
) -> None:
    buffer = io.BytesIO()
    values = grainy(draw_image).astype(kind)
    tifffile.imwrite(buffer, values, photometric="minisblack", compression="zlib", rowsperstrip=20)
    data = buffer.getvalue()
    whole = read(data)
    start, length = last_segment(data)
    half = bytearray(data)
    half[start + length // 2 : start + length] = bytes(length - length // 2)
    with pytest.raises(ImageError, match=r"truncated|damaged"):
        read(bytes(half))
    generator, refused = np.random.default_rng(0), 0
    for place in generator.integers(2, length, 30):
        flipped = bytearray(data)
        flipped[start + place] ^= 1 << int(generator.integers(8))
        try:
            # A few bits mean nothing, such as those between the last code and the checksum.
            assert np.array_equal(read(bytes(flipped)), whole)
        except ImageError:
            refused += 1
    assert refused >= 28


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "YCbCr"])
def test_a_jpeg_inside_that_was_cut(draw_image: Draw, mode: str) -> None:
    buffer = io.BytesIO()
    image = Image.fromarray(grainy(draw_image)).convert(mode)
    image.save(buffer, "TIFF", compression="jpeg")
    data = buffer.getvalue()
    read(data)
    start, length = last_segment(data)
    cut = bytearray(data)
    end = b"\xff\xd9" + bytes(length - length // 2 - 2)
    cut[start + length // 2 : start + length] = end
    with pytest.raises(ImageError, match=r"truncated|damaged"):
        read(bytes(cut))


def test_strips_that_lie_behind_the_end(draw_image: Draw) -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, grainy(draw_image), photometric="minisblack", rowsperstrip=8)
    with pytest.raises(ImageError, match="a truncated TIFF file"):
        read(buffer.getvalue()[:-9])
