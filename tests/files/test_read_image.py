import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labelassemble.errors import ImageError
from labelassemble.files.read_image import decode_image, read_image
from labelassemble.images.radiograph import prepare_radiograph

Draw = Callable[..., np.ndarray]


def read(tmp_path: Path, image: Image.Image, name: str, **options: object) -> np.ndarray:
    path = tmp_path / name
    image.save(path, **options)
    return read_image(path)


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        read_image(path)
    message = str(caught.value)
    assert str(path) in message
    return caught.value.got


def png(width: int, height: int, bits: int, colour: int, pixels: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        end = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + end

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b"")


def test_eight_bits_are_divided_by_255(tmp_path: Path, draw_image: Draw) -> None:
    grey = draw_image(0, 20, 30) // 2 + 40
    image = read(tmp_path, Image.fromarray(grey), "a.png")
    assert image.dtype == np.float32
    assert np.array_equal(image, (grey / 255).astype(np.float32))
    assert np.array_equal(read(tmp_path, Image.fromarray(grey), "a.bmp"), image)
    assert np.array_equal(read(tmp_path, Image.fromarray(grey), "a.tif"), image)


def test_jpeg_is_nearly_the_image(tmp_path: Path, draw_image: Draw) -> None:
    grey = draw_image(0, 64, 80)
    for options in ({"quality": 95}, {"quality": 95, "progressive": True}):
        image = read(tmp_path, Image.fromarray(grey), "a.jpg", **options)
        assert np.abs(image - grey / 255).max() < 0.03


def test_the_suffix_does_not_matter(tmp_path: Path, draw_image: Draw) -> None:
    grey = draw_image()
    path = tmp_path / "a.jpg"
    Image.fromarray(grey).save(path, format="PNG")
    assert np.array_equal(read_image(path), (grey / 255).astype(np.float32))


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_colour_becomes_luma(tmp_path: Path, draw_image: Draw, ending: str) -> None:
    colours = np.dstack([draw_image(seed, 64, 64) for seed in range(3)])
    image = read(
        tmp_path,
        Image.fromarray(colours),
        f"a.{ending}",
        **({"quality": 98} if ending == "jpg" else {}),
    )
    luma = colours @ np.array([0.299, 0.587, 0.114]) / 255
    assert np.abs(image - luma).max() < (0.004 if ending == "png" else 0.03)


def test_cmyk_palette_and_single_bits(tmp_path: Path, draw_image: Draw) -> None:
    grey = draw_image(0, 64, 64)
    plain = Image.fromarray(grey)
    cmyk = read(tmp_path, plain.convert("RGB").convert("CMYK"), "cmyk.jpg", quality=98)
    assert np.abs(cmyk - grey / 255).max() < 0.03
    palette = read(tmp_path, plain.convert("P"), "palette.png")
    assert np.abs(palette - grey / 255).max() < 0.004
    bits = read(tmp_path, Image.fromarray(grey > 127), "bits.png")
    assert np.array_equal(bits, (grey > 127).astype(np.float32))
    inverted = [255 - value for value in range(256) for _ in range(3)]
    turned = Image.fromarray(grey, mode=None).convert("P")
    turned.putpalette(inverted)
    assert np.abs(read(tmp_path, turned, "turned.png") - (1 - grey / 255)).max() < 0.004


def test_what_is_transparent_shows_black(tmp_path: Path, draw_image: Draw) -> None:
    grey = draw_image(0, 32, 32)
    alpha = np.full_like(grey, 255)
    alpha[:, :10], alpha[:, 10:20] = 0, 128
    expected = grey / 255 * (alpha / 255)
    coloured = Image.fromarray(np.dstack([grey, grey, grey, alpha]))
    assert np.abs(read(tmp_path, coloured, "rgba.png") - expected).max() < 0.005
    with_grey = Image.fromarray(np.dstack([grey, alpha]))
    assert with_grey.mode == "LA"
    assert np.abs(read(tmp_path, with_grey, "la.png") - expected).max() < 0.005
    keyed = read(tmp_path, Image.fromarray(grey), "key.png", transparency=255)
    assert keyed[grey == 255].tolist() == [0.0] * int((grey == 255).sum())
    assert np.array_equal(keyed[grey < 255], (grey[grey < 255] / 255).astype(np.float32))


def test_sixteen_bits_are_stretched_from_their_true_range(tmp_path: Path, draw_image: Draw) -> None:
    grey = draw_image(0, 64, 64)
    twelve = grey.astype(np.uint16) * 16
    cv2.imwrite(str(tmp_path / "a.png"), twelve)
    image = read_image(tmp_path / "a.png")
    assert np.abs(image - grey / 255).max() < 0.02
    assert image.min() == 0
    assert image.max() == 1
    cv2.imwrite(str(tmp_path / "b.png"), np.dstack([twelve] * 3))
    assert np.abs(read_image(tmp_path / "b.png") - image).max() < 1e-3
    opaque = np.full_like(twelve, 65535)
    opaque[:32] = 0
    cv2.imwrite(str(tmp_path / "c.png"), np.dstack([twelve, twelve, twelve, opaque]))
    masked = read_image(tmp_path / "c.png")
    assert (masked[:32] == 0).all()
    assert np.abs(masked[33:] - image[33:]).max() < 0.1
    assert np.array_equal(read(tmp_path, Image.fromarray(twelve), "a.tif"), image)


def test_the_order_of_the_colours_of_sixteen_bits(tmp_path: Path) -> None:
    colours = np.zeros((3, 10, 3), dtype=np.uint16)
    colours[0, :, 2], colours[1, :, 1], colours[2, :, 0] = 60000, 60000, 60000
    cv2.imwrite(str(tmp_path / "a.png"), colours)
    red, green, blue = read_image(tmp_path / "a.png")[:, 0]
    assert green == 1
    assert blue == 0
    assert red == pytest.approx((0.299 - 0.114) / (0.587 - 0.114), abs=1e-3)


def test_floating_point_images(tmp_path: Path) -> None:
    values = np.linspace(-3.0, 5.0, 100, dtype=np.float32).reshape(10, 10)
    image = read(tmp_path, Image.fromarray(values), "a.tif")
    assert np.abs(image - (values + 3) / 8).max() < 1e-6
    values[3, 3] = np.nan
    Image.fromarray(values).save(tmp_path / "b.tif")
    assert refusal(tmp_path / "b.tif") == "values that are not finite numbers"


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_exif_turns_a_jpeg_upright(tmp_path: Path, draw_image: Draw, mode: str) -> None:
    grey = draw_image(0, 40, 64)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn clockwise
    image = Image.fromarray(grey).convert("RGB").convert(mode)
    image = read(tmp_path, image, "a.jpg", exif=exif, quality=95)
    assert image.shape == (64, 40)
    assert np.abs(image - np.rot90(grey, -1) / 255).max() < 0.04


def test_a_jpeg_is_decoded_small_only_as_far_as_allowed(tmp_path: Path, draw_image: Draw) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(draw_image(0, 512, 640)).save(path, quality=95)
    sides = {
        wanted: min(read_image(path, wanted).shape) for wanted in (0, 513, 512, 256, 128, 64, 1)
    }
    assert sides == {0: 512, 513: 512, 512: 512, 256: 256, 128: 128, 64: 64, 1: 64}
    full = prepare_radiograph(read_image(path), 64, "crop").astype(int)
    fast = prepare_radiograph(read_image(path, 128), 64, "crop").astype(int)
    assert np.abs(full - fast).max() <= 3


def test_missing_folder_and_empty(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.png") == "No such file or directory"
    assert refusal(tmp_path) == "Is a directory"
    (tmp_path / "empty.png").touch()
    assert refusal(tmp_path / "empty.png") == "an empty file (0 bytes)"


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "tif", "webp"])
def test_a_truncated_file(tmp_path: Path, draw_image: Draw, ending: str) -> None:
    whole, cut = tmp_path / f"whole.{ending}", tmp_path / f"cut.{ending}"
    Image.fromarray(draw_image(0, 200, 200)).save(whole)
    data = whole.read_bytes()
    read_image(whole)
    for share in (0.3, 0.6, 0.99):
        cut.write_bytes(data[: int(len(data) * share)])
        got = refusal(cut)
        if ending in ("png", "jpg"):
            assert got.startswith("a truncated")


def test_pixels_that_end_too_early_though_the_png_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    rows = b"".join(b"\0" + bytes(range(100)) for _ in range(50))
    path.write_bytes(png(100, 100, 8, 0, rows))
    assert "decoded" in refusal(path)


def test_files_that_are_no_image(tmp_path: Path) -> None:
    for name, data in {
        "text.png": b"<html>404 not found</html>",
        "text.jpg": b"\xff\xd8\xffhello, this is no image",
        "signature.png": b"\x89PNG\r\n\x1a\n",
        "text.dcm": b"hello",
        "zip.png": b"PK\x03\x04" + bytes(100),
    }.items():
        (tmp_path / name).write_bytes(data)
        got = refusal(tmp_path / name)
        assert "\n" not in got
    assert refusal(tmp_path / "text.png") == "bytes that are no image of a known kind"


def test_one_value_everywhere(tmp_path: Path) -> None:
    for name, value in {"black": 0, "grey": 51, "white": 255}.items():
        path = tmp_path / f"{name}.png"
        Image.fromarray(np.full((5, 6), value, dtype=np.uint8)).save(path)
        assert refusal(path) == f"the one value {value / 255:.3g} in all 30 pixels"
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((5, 6), 4000, dtype=np.uint16))
    assert "the one value" in refusal(tmp_path / "deep.png")


@pytest.mark.parametrize("ending", ["png", "gif", "tif", "webp"])
def test_several_frames(tmp_path: Path, draw_image: Draw, ending: str) -> None:
    frames = [Image.fromarray(draw_image(seed)) for seed in range(3)]
    path = tmp_path / f"a.{ending}"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    got = refusal(path)
    kind = "pages" if ending == "tif" else "frames"
    assert got == ("an animated PNG file" if ending == "png" else f"3 {kind} in one file")


def test_a_header_that_claims_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(60_000, 60_000, 8, 0, b""))
    assert refusal(path) == "60,000 x 60,000 pixels, more than 300,000,000 in all"
    monkeypatch.setenv("LABELASSEMBLE_PIXELS", "99")
    for ending in ("jpg", "bmp"):
        Image.fromarray(np.eye(10, dtype=np.uint8) * 255).save(tmp_path / f"a.{ending}")
        assert refusal(tmp_path / f"a.{ending}") == "10 x 10 pixels, more than 99 in all"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_give_a_image_or_an_image_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP"]))
    buffer = io.BytesIO()
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(buffer, format=kind)
    damaged = bytearray(buffer.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=4)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        image = decode_image(bytes(damaged), Path("a"))
    except ImageError:
        return
    assert image.dtype == np.float32
    assert image.ndim == 2
    assert 0 <= image.min() < image.max() <= 1


def test_published_files(real_data: Path) -> None:
    for path in sorted((real_data / "originals").glob("*.png")):
        image = read_image(path)
        assert image.shape == (1024, 1024)
        assert np.array_equal(image, (np.asarray(Image.open(path)) / 255).astype(np.float32))


def test_every_real_sample_of_one_source_can_be_read(real_data: Path) -> None:
    paths = sorted((real_data / "covid_chestxray").rglob("*.jpg"))[::20]
    assert len(paths) > 30
    for path in paths:
        image = read_image(path)
        assert min(image.shape) >= 100
        assert image.max() > 0.5
