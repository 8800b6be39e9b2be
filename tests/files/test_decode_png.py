import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelassemble.files.read_image import decode_image

Draw = Callable[..., np.ndarray]

GREY, COLOURS, PALETTE, GREY_ALPHA, COLOURS_ALPHA = 0, 2, 3, 4, 6
PASSES = [
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
]
"""Adam7: first row and column, steps of rows and columns."""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pack_rows(values: np.ndarray, bits: int) -> bytes:
    if values.size == 0:
        return b""
    rows = values.reshape(len(values), -1)
    if bits == 16:
        packed = rows.astype(">u2").view(np.uint8).reshape(len(rows), -1)
    else:
        single = np.unpackbits(rows.astype(np.uint8)[..., None], axis=-1)[..., 8 - bits :]
        packed = np.packbits(single.reshape(len(rows), -1), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in packed)


def png(
    values: np.ndarray, bits: int, colour: int, extra: bytes = b"", woven: bool = False
) -> bytes:
    height, width = values.shape[:2]
    parts = [values[a::c, b::d] for a, b, c, d in PASSES] if woven else [values]
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(woven))
    pixels = zlib.compress(b"".join(pack_rows(part, bits) for part in parts))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def read(data: bytes) -> np.ndarray:
    return decode_image(data, Path("a.png"))


@pytest.mark.parametrize("woven", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_grey_of_every_depth(draw_image: Draw, bits: int, woven: bool) -> None:
    most = 2**bits - 1
    steps = np.round(draw_image(0, 41, 53) / 255 * most).astype(np.uint16)
    image = read(png(steps, bits, GREY, woven=woven))
    # Deep values are stretched from their true range, without a thousandth at either end.
    assert np.abs(image - steps / most).max() < (0.01 if bits == 16 else 1e-6)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_of_every_depth(draw_image: Draw, bits: int) -> None:
    places = np.round(draw_image(0, 41, 53) / 255 * (2**bits - 1)).astype(np.uint8)
    table = np.random.default_rng(0).integers(0, 256, (2**bits, 3), dtype=np.uint8)
    luma = table[places] @ np.array([0.299, 0.587, 0.114]) / 255
    extra = chunk(b"PLTE", table.tobytes())
    assert np.abs(read(png(places, bits, PALETTE, extra)) - luma).max() < 0.004
    clear = extra + chunk(b"tRNS", b"\0")
    assert not read(png(places, bits, PALETTE, clear))[places == 0].any()


@pytest.mark.parametrize("bits", [8, 16])
def test_alpha_of_every_depth(draw_image: Draw, bits: int) -> None:
    most = 2**bits - 1
    grey = draw_image(0, 41, 53).astype(np.uint16) * (257 if bits == 16 else 1)
    seen = np.full(grey.shape, most, dtype=np.uint16)
    plain = read(png(grey, bits, GREY))
    for colour, channels in ((GREY_ALPHA, 1), (COLOURS_ALPHA, 3)):

        def lay(alpha: np.ndarray, channels: int = channels, colour: int = colour) -> np.ndarray:
            return read(png(np.dstack([grey] * channels + [alpha]), bits, colour))

        assert np.array_equal(lay(seen), plain)
        half = seen.copy()
        half[:10], half[10:20] = 0, most // 2
        image = lay(half)
        assert not image[:10].any()
        assert np.abs(image - plain * (half / most)).max() < 0.005


@pytest.mark.parametrize("bits", [2, 8, 16])
def test_one_transparent_value(draw_image: Draw, bits: int) -> None:
    most = 2**bits - 1
    steps = np.round(draw_image(0, 41, 53) / 255 * most).astype(np.uint16)
    white = chunk(b"tRNS", struct.pack(">H", most))
    image = read(png(steps, bits, GREY, white))
    assert not image[steps == most].any()
    below = steps < most
    assert np.corrcoef(image[below], steps[below])[0, 1] > 0.999
    if bits > 2:
        colours = chunk(b"tRNS", struct.pack(">HHH", most, most, most))
        again = read(png(np.dstack([steps] * 3), bits, COLOURS, colours))
        assert not again[steps == most].any()


@pytest.mark.parametrize("bits", [8, 16])
def test_what_only_tints_the_screen_changes_nothing(draw_image: Draw, bits: int) -> None:
    grey = draw_image(0, 41, 53).astype(np.uint16) * (257 if bits == 16 else 1)
    plain = read(png(grey, bits, GREY))
    for extra in (
        chunk(b"gAMA", struct.pack(">I", 100_000)),
        chunk(b"sRGB", b"\0"),
        chunk(b"iCCP", b"grey\0\0" + zlib.compress(b"no profile at all")),
        chunk(b"pHYs", struct.pack(">IIB", 1, 2, 0)),
        chunk(b"sBIT", b"\x01"),
    ):
        assert np.array_equal(read(png(grey, bits, GREY, extra)), plain)


def test_deep_colours_keep_their_shades(draw_image: Draw) -> None:
    deep = draw_image(0, 64, 80).astype(np.uint16) * 200
    deep += np.arange(64 * 80, dtype=np.uint16).reshape(64, 80)
    image = read(png(np.dstack([deep] * 3), 16, COLOURS))
    assert np.array_equal(image, read(png(deep, 16, GREY)))
    assert len(np.unique(image)) > 3_000
