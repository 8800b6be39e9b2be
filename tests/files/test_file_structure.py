import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from labelassemble.files.file_structure import read_jpeg_structure, read_png_structure


def encode(ending: str, image: np.ndarray, *options: int) -> bytes:
    return cv2.imencode(ending, image, list(options))[1].tobytes()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_what_a_png_says_of_itself(draw_image: Callable[..., np.ndarray]) -> None:
    grey = draw_image(0, 20, 30)
    assert read_png_structure(encode(".png", grey))[:5] == (30, 20, 8, False, False)
    deep = grey.astype(np.uint16) * 257
    assert read_png_structure(encode(".png", deep))[:5] == (30, 20, 16, False, False)
    assert read_png_structure(encode(".png", np.dstack([grey] * 4)))[:5] == (30, 20, 8, False, True)


def test_every_cut_of_a_png_is_noticed(draw_image: Callable[..., np.ndarray]) -> None:
    data = encode(".png", draw_image(0, 12, 12))
    for end in range(8, len(data)):
        with pytest.raises(ValueError, match="truncated PNG"):
            read_png_structure(data[:end])


def test_every_flipped_bit_of_a_png_is_noticed(draw_image: Callable[..., np.ndarray]) -> None:
    data = encode(".png", draw_image(0, 12, 12))
    for place in range(8, len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1
        with pytest.raises(ValueError, match=r"truncated|damaged"):
            read_png_structure(bytes(damaged))


def test_a_png_without_pixels_is_damaged() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
    with pytest.raises(ValueError, match="no pixels"):
        read_png_structure(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IEND", b""))
    with pytest.raises(ValueError, match="no header"):
        read_png_structure(b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


def test_what_a_jpeg_says_of_itself(draw_image: Callable[..., np.ndarray]) -> None:
    grey = draw_image(0, 20, 30)
    assert read_jpeg_structure(encode(".jpg", grey))[:3] == (30, 20, 1)
    assert read_jpeg_structure(encode(".jpg", np.dstack([grey] * 3)))[:3] == (30, 20, 3)
    progressive = encode(".jpg", grey, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    assert read_jpeg_structure(progressive)[:3] == (30, 20, 1)


@pytest.mark.parametrize("progressive", [0, 1])
def test_every_cut_of_a_jpeg_is_noticed(
    draw_image: Callable[..., np.ndarray], progressive: int
) -> None:
    data = encode(".jpg", draw_image(0, 16, 16), cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    for end in range(3, len(data)):
        with pytest.raises(ValueError, match="truncated JPEG"):
            read_jpeg_structure(data[:end])


def test_a_jpeg_filled_up_with_zeros_is_truncated(draw_image: Callable[..., np.ndarray]) -> None:
    data = encode(".jpg", draw_image(0, 64, 64))
    with pytest.raises(ValueError, match="truncated JPEG"):
        read_jpeg_structure(data[:-40] + bytes(4000))
    assert read_jpeg_structure(data + bytes(4000))[:3] == (64, 64, 1)


def test_fill_bytes_and_bare_markers_of_a_jpeg_are_passed_over(
    draw_image: Callable[..., np.ndarray],
) -> None:
    data = encode(".jpg", draw_image(0, 16, 16))
    assert read_jpeg_structure(data[:2] + b"\xff\xff\xff\x01" + data[2:])[:3] == (16, 16, 1)


def test_a_jpeg_with_something_else_in_it_is_damaged(
    draw_image: Callable[..., np.ndarray],
) -> None:
    data = encode(".jpg", draw_image(0, 16, 16))
    with pytest.raises(ValueError, match="no marker at byte 2"):
        read_jpeg_structure(data[:2] + b"hello" + data[2:])
    with pytest.raises(ValueError, match="pixels without a frame"):
        read_jpeg_structure(b"\xff\xd8\xff\xda\x00\x02\x00\xff\xd9")
