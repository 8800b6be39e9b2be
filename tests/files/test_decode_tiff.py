import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from labelassemble.errors import ImageError
from labelassemble.files.read_image import decode_image, read_image
from labelassemble.files.read_size import read_size

Draw = Callable[..., np.ndarray]
WEIGHTS = np.array([0.299, 0.587, 0.114])


def tiff(values: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **{"photometric": "minisblack"} | options)
    return buffer.getvalue()


def read(data: bytes) -> np.ndarray:
    return decode_image(data, Path("a.tif"))


def spread(image: np.ndarray, kind: str) -> np.ndarray:
    """An image over nine tenths of what the kind of numbers can hold."""
    number = np.dtype(kind)
    share = image.astype(np.float64) / 255
    if number.kind == "f":
        return share.astype(number)
    low, high = (0.9 * float(end) for end in (np.iinfo(number).min, np.iinfo(number).max))
    return np.round(low + share * (high - low)).astype(number)


def smooth(draw: Draw, seed: int = 0) -> np.ndarray:
    """Fractions, 0 to 255, of more shades than bytes have."""
    return cv2.GaussianBlur(draw(seed, 64, 80).astype(np.float64), (0, 0), 2.0)


def agree(image: np.ndarray, truth: np.ndarray) -> bool:
    return (
        image.shape == truth.shape
        and float(np.corrcoef(image.ravel(), truth.ravel())[0, 1]) > 0.998
    )


KINDS = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]


@pytest.mark.parametrize("packing", [None, "zlib"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", KINDS)
def test_white_is_zero_at_every_depth(
    draw_image: Draw, kind: str, order: str, packing: str | None
) -> None:
    image = smooth(draw_image)
    values = spread(image, kind)
    mirrored = -values if values.dtype.kind == "f" else ~values
    options = {"byteorder": order, "compression": packing, "rowsperstrip": 7}
    image = read(tiff(values, **options))
    assert agree(image, image)
    turned = read(tiff(mirrored, photometric="miniswhite", **options))
    assert np.abs(turned - image).max() < 2e-3
    shades = len(np.unique(image))
    assert shades > (200 if kind.endswith("1") else 1_500)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_white_is_zero_below_bytes(draw_image: Draw, bits: int) -> None:
    most = 2**bits - 1
    steps = np.round(draw_image(0, 40, 56) / 255 * most).astype(np.uint8)
    # tifffile packs single bits only: deeper ones are packed here.
    for photometric, values in ((1, steps), (0, most - steps)):
        data = pack_bits(values, bits, photometric)
        assert np.abs(read(data) - steps / most).max() < 1e-6


def pack_bits(values: np.ndarray, bits: int, photometric: int) -> bytes:
    import struct

    height, width = values.shape
    rows = np.unpackbits(values[..., None], axis=-1)[..., 8 - bits :].reshape(height, -1)
    pixels = np.packbits(rows, axis=1).tobytes()
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 277: 1, 278: height}
    tags |= {273: 8 + 2 + 12 * 9 + 4, 279: len(pixels)}
    body = b"".join(struct.pack("<HHII", code, 4, 1, tags[code]) for code in sorted(tags))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + bytes(4) + pixels


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "f4"])
def test_colours_at_every_depth(draw_image: Draw, kind: str, planes: str) -> None:
    colours = np.stack([smooth(draw_image, seed) for seed in range(3)])
    luma = np.tensordot(WEIGHTS, colours, 1)
    values = np.stack([spread(one, kind) for one in colours])
    values = values if planes == "separate" else np.moveaxis(values, 0, -1)
    image = read(tiff(values, photometric="rgb", planarconfig=planes))
    assert agree(image, luma)
    if kind != "u1":
        assert len(np.unique(image)) > 3_000


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_alpha_at_every_depth(draw_image: Draw, kind: str, planes: str) -> None:
    colours = np.stack([smooth(draw_image, seed) for seed in range(3)])
    luma = np.tensordot(WEIGHTS, colours, 1)
    seen = np.ones(luma.shape)
    seen[:20], seen[20:40] = 0.0, 0.5
    most = 1.0 if kind == "f4" else float(np.iinfo(kind).max)

    def write(alpha: np.ndarray, how: str, share: np.ndarray | float = 1.0) -> bytes:
        values = [(spread(one, kind) * share).astype(kind) for one in colours]
        values.append((alpha * most).astype(kind))
        stacked = np.stack(values, axis=0 if planes == "separate" else -1)
        return tiff(stacked, photometric="rgb", planarconfig=planes, extrasamples=[how])

    shown = read(write(seen, "unassalpha"))
    assert agree(shown, luma * seen)
    assert not shown[:20].any()
    assert np.abs(read(write(seen, "assocalpha", seen)) - shown).max() < 0.01
    plain = np.stack([spread(one, kind) for one in colours], axis=-1)
    opaque = read(write(np.ones(luma.shape), "unassalpha"))
    # Bytes are rounded by one decoder or another.
    difference = np.abs(opaque - read(tiff(plain, photometric="rgb"))).max()
    assert difference <= (1.01 / 255 if kind == "u1" else 0.0)


@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_grey_with_alpha_palettes_and_cmyk(draw_image: Draw, kind: str) -> None:
    grey, most = spread(smooth(draw_image), kind), np.iinfo(kind).max
    seen = np.ones(grey.shape)
    seen[:20] = 0.5
    for how, share in (("unassalpha", 1.0), ("assocalpha", seen)):
        both = np.stack([(grey * share).astype(kind), (seen * most).astype(kind)], axis=-1)
        assert agree(read(tiff(both, planarconfig="contig", extrasamples=[how])), grey * seen)
    places = draw_image(0, 40, 56).astype(kind)
    table = np.random.default_rng(0).integers(0, 65536, (3, most + 1), dtype=np.uint16)
    shown = np.tensordot(WEIGHTS, table[:, places].astype(float), 1)
    assert agree(read(tiff(places, photometric="palette", colormap=table)), shown)
    inks = [spread(draw_image(seed, 40, 56), kind) for seed in range(4)]
    light = [(1 - ink / most) * (1 - inks[3] / most) for ink in inks[:3]]
    image = read(tiff(np.stack(inks, axis=-1), photometric="separated"))
    assert agree(image, np.tensordot(WEIGHTS, np.stack(light), 1))


def test_packed_by_lzw_and_in_tiles(tmp_path: Path, draw_image: Draw) -> None:
    deep = spread(smooth(draw_image), "u2")
    plain = read(tiff(deep))
    Image.fromarray(deep).save(tmp_path / "lzw.tif", compression="tiff_lzw")
    assert np.array_equal(read_image(tmp_path / "lzw.tif"), plain)
    assert np.array_equal(read(tiff(deep, tile=(16, 32))), plain)
    assert np.array_equal(read(tiff(deep, bigtiff=True)), plain)
    colours = np.dstack([deep] * 3)
    cv2.imwrite(str(tmp_path / "colours.tif"), colours)  # LZW, which is OpenCV's own choice
    assert np.abs(read_image(tmp_path / "colours.tif") - plain).max() < 1e-3


def test_one_page_of_several(tmp_path: Path, draw_image: Draw) -> None:
    path = tmp_path / "stack.tif"
    for kind in ("u1", "u2"):
        pages = np.stack([spread(draw_image(seed, 40, 56), kind) for seed in range(3)])
        path.write_bytes(tiff(pages))
        with pytest.raises(ImageError) as caught:
            read_image(path)
        assert caught.value.got == "3 pages in one file"
        assert "stack.tif#frame/1 to stack.tif#frame/3" in caught.value.do
        for number, page in enumerate(pages, start=1):
            assert agree(read_image(Path(f"{path}#frame/{number}")), page)
            assert read_size(Path(f"{path}#frame/{number}")) == (56, 40)
        for wrong in (0, 4):
            with pytest.raises(ImageError, match=f"number {wrong} was asked for"):
                read_image(Path(f"{path}#frame/{wrong}"))


def test_thumbnails_are_no_pages(tmp_path: Path, draw_image: Draw) -> None:
    path = tmp_path / "a.tif"
    deep = spread(draw_image(0, 40, 56), "u2")
    with tifffile.TiffWriter(path) as file:
        file.write(deep[::4, ::4], photometric="minisblack", subfiletype=1)
        file.write(deep, photometric="minisblack")
    assert agree(read_image(path), deep)
    assert read_size(path) == (56, 40)


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"tile": (16, 16)}])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_every_cut_is_refused(draw_image: Draw, kind: str, options: dict[str, object]) -> None:
    data = tiff(spread(draw_image(0, 64, 64), kind), **options)
    read(data)
    for tenth in range(1, 10):
        with pytest.raises(ImageError):
            read(data[: len(data) * tenth // 10])
    with pytest.raises(ImageError):
        read(data[:-1])


def test_what_is_no_still_image(draw_image: Draw) -> None:
    deep = spread(draw_image(0, 64, 64), "u2")
    with pytest.raises(ImageError, match="values that are not finite"):
        read(tiff(np.where(deep > 30_000, np.nan, deep).astype(np.float32)))
    with pytest.raises(ImageError, match="CIELAB"):
        read(tiff(np.dstack([deep] * 3), photometric="cielab"))
