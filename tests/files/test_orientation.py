import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from labelassemble.files.orientation import turn_upright
from labelassemble.files.read_image import decode_image, read_image
from labelassemble.files.read_size import read_size

STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda seen: seen,
    2: lambda seen: seen[:, ::-1],
    3: lambda seen: seen[::-1, ::-1],
    4: lambda seen: seen[::-1],
    5: lambda seen: seen.swapaxes(0, 1),
    6: lambda seen: np.rot90(seen, 1),
    7: lambda seen: seen[::-1, ::-1].swapaxes(0, 1),
    8: lambda seen: np.rot90(seen, -1),
}
"""How the pixels of an upright image lie in a file of each orientation."""


def by_pillow(kind: str, mode: str | None = None, **options: object) -> Callable[..., bytes]:
    def write(pixels: np.ndarray, orientation: int) -> bytes:
        image = Image.fromarray(np.ascontiguousarray(pixels))
        image = image.convert(mode) if mode else image
        exif, buffer = Image.Exif(), io.BytesIO()
        exif[0x0112] = orientation
        image.save(buffer, kind, exif=exif, **options)
        return buffer.getvalue()

    return write


def deep_png(channels: int) -> Callable[..., bytes]:
    """16 bits a channel, by OpenCV; EXIF as a chunk behind the header."""

    def write(pixels: np.ndarray, orientation: int) -> bytes:
        deep = pixels.astype(np.uint16) * 257
        if channels > 1:
            deep = np.dstack([deep] * 3 + [np.full_like(deep, 65535)] * (channels - 3))
        data = cv2.imencode(".png", deep)[1].tobytes()
        exif = by_pillow("PNG")(np.eye(2, dtype=np.uint8), orientation)
        place = exif.index(b"eXIf") - 4
        length = int.from_bytes(exif[place : place + 4], "big") + 12
        return data[:33] + exif[place : place + length] + data[33:]

    return write


def tiff(kind: str, **options: object) -> Callable[..., bytes]:
    def write(pixels: np.ndarray, orientation: int) -> bytes:
        buffer = io.BytesIO()
        values = pixels.astype(kind) * (257 if kind == "u2" else 1)
        tag = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(buffer, values, photometric="minisblack", extratags=tag, **options)
        return buffer.getvalue()

    return write


WRITERS = {
    "grey.png": by_pillow("PNG"),
    "palette.png": by_pillow("PNG", "P"),
    "alpha.png": by_pillow("PNG", "LA"),
    "deep.png": deep_png(1),
    "deep_colours.png": deep_png(3),
    "deep_alpha.png": deep_png(4),
    "grey.jpg": by_pillow("JPEG", quality=98),
    "colours.jpg": by_pillow("JPEG", "RGB", quality=98),
    "cmyk.jpg": by_pillow("JPEG", "CMYK", quality=98),
    "progressive.jpg": by_pillow("JPEG", quality=98, progressive=True),
    "grey.webp": by_pillow("WEBP", "RGB", lossless=True),
    "u1.tif": tiff("u1"),
    "u2.tif": tiff("u2"),
    "i2.tif": tiff("i2"),
    "f4.tif": tiff("f4"),
    "packed.tif": tiff("u2", compression="zlib"),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_stands_upright(
    tmp_path: Path, draw_image: Callable[..., np.ndarray], name: str, orientation: int
) -> None:
    seen = draw_image(3, 40, 56)
    path = tmp_path / name
    path.write_bytes(WRITERS[name](STORED[orientation](seen), orientation))
    image = read_image(path)
    assert image.shape == seen.shape
    assert np.abs(image - seen / 255).max() < 0.04
    assert read_size(path) == (56, 40)


@pytest.mark.parametrize("orientation", STORED)
def test_a_jpeg_that_is_decoded_small_stands_upright(
    draw_image: Callable[..., np.ndarray], orientation: int
) -> None:
    seen = draw_image(3, 160, 240)
    data = WRITERS["grey.jpg"](STORED[orientation](seen), orientation)
    small = cv2.resize(seen, (60, 40), interpolation=cv2.INTER_AREA)
    assert np.abs(decode_image(data, Path("a.jpg"), 40) - small / 255).max() < 0.04


@pytest.mark.parametrize("orientation", STORED)
def test_turning_undoes_how_pixels_lie(orientation: int) -> None:
    seen = np.arange(24).reshape(4, 3, 2)
    assert np.array_equal(turn_upright(STORED[orientation](seen), orientation), seen)


@pytest.mark.parametrize("strange", [0, 9, 4711])
def test_an_orientation_that_there_is_not_means_upright(
    draw_image: Callable[..., np.ndarray], strange: int
) -> None:
    seen = draw_image(0, 40, 56)
    for name in ("grey.png", "deep.png", "u2.tif"):
        image = decode_image(WRITERS[name](seen, strange), Path(name))
        assert np.abs(image - seen / 255).max() < 0.01


def test_exif_in_a_text_chunk_is_read(draw_image: Callable[..., np.ndarray]) -> None:
    import struct
    import zlib

    seen = draw_image(0, 40, 56)
    exif = Image.Exif()
    exif[0x0112] = 6
    body = b"Raw profile type exif\0\nexif\n%8d\n" % len(exif.tobytes())
    body += exif.tobytes().hex().encode() + b"\n"
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + body))
    for scale in (1, 257):
        stored = np.ascontiguousarray(STORED[6](seen)).astype(np.uint16 if scale > 1 else np.uint8)
        data = cv2.imencode(".png", stored * stored.dtype.type(scale))[1].tobytes()
        image = decode_image(data[:33] + chunk + data[33:], Path("a.png"))
        assert np.abs(image - seen / 255).max() < 0.01


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_exif_that_is_damaged_leaves_a_image_as_it_lies(
    draw_image: Callable[..., np.ndarray],
) -> None:
    seen = draw_image(0, 40, 56)
    data = WRITERS["grey.jpg"](seen, 6)
    place = data.index(b"Exif\0\0") + 6
    for damage in (b"XX*\0", b"II*\0\xff\xff\xff\x7f", b"MM\0*\xff\xff\xff\xff"):
        damaged = data[:place] + damage + data[place + len(damage) :]
        assert np.abs(decode_image(damaged, Path("a.jpg")) - seen / 255).max() < 0.04


def test_exif_behind_the_pixels_of_a_png_counts(
    tmp_path: Path, draw_image: Callable[..., np.ndarray]
) -> None:
    seen = draw_image(0, 40, 56)
    for name in ("grey.png", "deep.png"):
        data = WRITERS[name](STORED[6](seen), 6)
        start = data.index(b"eXIf") - 4
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        path = tmp_path / name
        path.write_bytes(data[:start] + data[end:-12] + data[start:end] + data[-12:])
        assert np.abs(read_image(path) - seen / 255).max() < 0.01
        assert read_size(path) == (56, 40)
