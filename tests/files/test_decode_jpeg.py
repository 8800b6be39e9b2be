import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelassemble.errors import ImageError
from labelassemble.files import decode_jpeg
from labelassemble.files.decode_jpeg import refuse_cut_jpeg
from labelassemble.files.read_image import decode_image

Draw = Callable[..., np.ndarray]

KINDS: dict[str, dict[str, object]] = {
    "grey": {},
    "colours": {"mode": "RGB"},
    "cmyk": {"mode": "CMYK"},
    "progressive": {"progressive": True},
    "progressive colours": {"mode": "RGB", "progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "optimised": {"optimize": True, "quality": 40},
}


def jpeg(image: np.ndarray, mode: str = "L", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def grainy(draw: Draw, height: int = 120, width: int = 104) -> np.ndarray:
    grain = np.random.default_rng(0).integers(-20, 21, (height, width))
    return np.clip(draw(0, height, width) + grain, 0, 255).astype(np.uint8)


def read(data: bytes, smallest_side: int = 0) -> np.ndarray:
    return decode_image(data, Path("a.jpg"), smallest_side)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_cut_is_refused_whatever_stands_at_its_end(
    draw_image: Draw, kind: str
) -> None:
    data = jpeg(grainy(draw_image), **KINDS[kind])
    read(data)
    pixels = data.index(b"\xff\xda") + 16
    for step in range(1, 20):
        cut = data[: pixels + (len(data) - 3 - pixels) * step // 20]
        for end in (b"", b"\xff\xd9", bytes(400), bytes(400) + b"\xff\xd9"):
            with pytest.raises(ImageError, match=r"truncated|damaged"):
                read(cut + end)


@pytest.mark.parametrize("smallest_side", [0, 30])
def test_a_cut_file_is_refused_when_it_is_decoded_small(
    draw_image: Draw, smallest_side: int
) -> None:
    data = jpeg(grainy(draw_image))
    read(data, smallest_side)
    with pytest.raises(ImageError, match="truncated"):
        read(data[: len(data) // 2] + b"\xff\xd9", smallest_side)


def test_a_progressive_file_without_its_last_scans_is_refused(draw_image: Draw) -> None:
    data = jpeg(grainy(draw_image), "RGB", progressive=True)
    scans = [place for place in range(len(data)) if data.startswith(b"\xff\xda", place)]
    assert len(scans) > 5
    for scan in scans[1:]:
        # Tables of the scan stand before it: cut before them, so that the rest is well formed.
        start = data.rfind(b"\xff\xc4", 0, scan)
        start = start if start > scans[scans.index(scan) - 1] else scan
        with pytest.raises(ImageError, match="scans are missing"):
            read(data[:start] + b"\xff\xd9")


def test_padding_does_not_hide_that_parts_are_missing(draw_image: Draw) -> None:
    data = jpeg(grainy(draw_image), restart_marker_rows=1)
    second = data.index(b"\xff\xd1")
    for padding in range(12):
        with pytest.raises(ImageError, match=r"truncated|damaged"):
            read(data[:second] + bytes(padding) + b"\xff\xd9")


def test_bytes_out_of_the_middle_are_missed(draw_image: Draw) -> None:
    data = jpeg(grainy(draw_image))
    middle = len(data) // 2
    for damaged in (
        data[:middle] + data[middle + 200 :],
        data[:middle] + bytes(200) + data[middle + 200 :],
    ):
        with pytest.raises(ImageError, match=r"truncated|damaged"):
            read(damaged)


def test_what_does_no_harm_is_let_be(draw_image: Draw) -> None:
    """Some cameras pad the pixels, some writers leave something behind the end or in the header."""
    data = jpeg(grainy(draw_image))
    whole = read(data)
    assert np.array_equal(read(data + b"something else"), whole)
    assert np.array_equal(read(data[:-2] + bytes(9) + data[-2:]), whole)
    assert np.array_equal(read(data.replace(b"JFIF\0\x01", b"JFIF\0\x07", 1)), whole)
    scan = data.index(b"\xff\xda")
    assert data[scan + 7 : scan + 10] == b"\0\x3f\0"
    strange = data[: scan + 7] + b"\0\0\0" + data[scan + 10 :]
    assert np.array_equal(read(strange), whole)
    with pytest.raises(ImageError, match="truncated"):
        read(strange[: len(data) // 2] + b"\xff\xd9")


@pytest.mark.parametrize("kind", ["colours", "restarts", "progressive"])
def test_rare_samplings_take_another_decoder(
    draw_image: Draw, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """TurboJPEG knows seven samplings of colours; libjpeg, which knows all, fills what is cut."""

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("tjDecompressHeader3(): Could not determine subsampling level")

    data = jpeg(grainy(draw_image), **KINDS[kind])
    whole, small = read(data), read(data, 30)
    monkeypatch.setattr(decode_jpeg.simplejpeg, "decode_jpeg", refuse)
    assert np.array_equal(read(data), whole)
    assert np.array_equal(read(data, 30), small)
    for step in range(8, 20):
        with pytest.raises(ImageError, match=r"truncated|damaged"):
            read(data[: len(data) * step // 20] + b"\xff\xd9")


def test_a_jpeg_of_twelve_bits_is_refused_or_read_but_never_guessed(draw_image: Draw) -> None:
    data = bytearray(jpeg(draw_image()))
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(ImageError):
        read(bytes(data))


def test_looking_for_cuts_alone(draw_image: Draw) -> None:
    data = jpeg(grainy(draw_image))
    refuse_cut_jpeg(data)
    with pytest.raises(ValueError, match="truncated"):
        refuse_cut_jpeg(data[: len(data) // 2] + b"\xff\xd9")
