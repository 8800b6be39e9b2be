import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labelassemble.errors import SourceError
from labelassemble.files.mask_image import read_mask_image
from labelassemble.files.mask_rule import MaskRule

WHITE = MaskRule({0: (), 255: ("Mass",)})
ONE = MaskRule({0: (), 1: ("Mass",)})
LESION = np.zeros((24, 32), dtype=np.uint8)
LESION[6:15, 8:20] = 255
COUNTS = {0: 660, 255: 108}


def drawn(path, rule=WHITE):
    return read_mask_image(path, rule).counts


def save(image, path, **options):
    image.save(path, **options)
    return path


def merge(mode, *bands):
    return Image.merge(mode, [Image.fromarray(band) for band in bands])


def chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def write_png(path, rows, width, bits, colour=0, extra=b""):
    """A PNG file of packed rows, of depths that Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, len(rows), bits, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    content = chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    return path


@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("opacity", [0, 100, 255])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_no_mask(tmp_path, mode, opacity, ending):
    alpha = np.full_like(LESION, opacity)
    bands = [LESION] * (len(mode) - 1)
    path = save(merge(mode, *bands, alpha), tmp_path / f"m.{ending}")
    assert drawn(path) == COUNTS
    empty = [np.zeros_like(LESION)] * (len(mode) - 1)
    assert drawn(save(merge(mode, *empty, alpha), path), MaskRule()) == {0: 768}


def test_one_transparent_colour_is_no_mask(tmp_path):
    path = tmp_path / "m.png"
    for image in (Image.fromarray(LESION), merge("RGB", LESION, LESION, LESION)):
        for clear in (0, 255):
            key = clear if image.mode == "L" else (clear,) * 3
            assert drawn(save(image, path, transparency=key)) == COUNTS
    palette = Image.fromarray(LESION // 255).convert("P")
    assert drawn(save(palette, path, transparency=bytes([0, 9])), ONE) == {0: 660, 1: 108}


def test_a_mask_that_is_drawn_in_transparency_is_refused(tmp_path):
    black = np.zeros_like(LESION)
    path = save(merge("RGBA", black, black, black, LESION), tmp_path / "m.png")
    with pytest.raises(SourceError, match=r"transparency has a shape") as caught:
        drawn(path)
    assert str(path) in str(caught.value)
    white = np.full_like(LESION, 255)
    save(merge("RGBA", white, white, white, LESION), path)
    with pytest.raises(SourceError, match="660 drawn pixels that are transparent"):
        drawn(path)
    # What is drawn is opaque, the background transparent: nothing contradicts.
    assert drawn(save(merge("RGBA", LESION, LESION, LESION, LESION), path)) == COUNTS


@pytest.mark.parametrize("name", ["m.png", "m.tif", "m.bmp"])
def test_one_bit_is_1_or_255_as_the_manifest_says(tmp_path, name):
    path = save(Image.fromarray(LESION > 0), tmp_path / name)
    assert drawn(path, WHITE) == COUNTS
    assert drawn(path, ONE) == {0: 660, 1: 108}
    assert drawn(path, MaskRule()) == {0: 660, 1: 108}
    assert drawn(path, MaskRule(WHITE.named, above=127.0, value=255)) == COUNTS
    same = MaskRule({0: (), 1: ("Mass",), 255: ("Mass",)})
    assert drawn(path, same) == {0: 660, 1: 108}
    with pytest.raises(SourceError, match="both named") as caught:
        drawn(path, MaskRule({0: (), 1: ("Mass",), 255: ("Cyst",)}))
    assert str(path) in caught.value.expected


@pytest.mark.parametrize(("bits", "row"), [(2, 0b00011011), (4, 0x13)])
def test_few_bits_are_numbers_or_greys(tmp_path, bits, row):
    path = write_png(tmp_path / "m.png", [bytes([row])], 8 // bits, bits)
    numbers = (0, 1, 2, 3) if bits == 2 else (1, 3)
    step = 255 // (2**bits - 1)
    for factor in (1, step):
        rule = MaskRule({0: (), **{number * factor: number for number in numbers}})
        assert read_mask_image(path, rule).values.ravel().tolist() == [
            number * factor for number in numbers
        ]


def test_indices_of_a_palette(tmp_path):
    classes = LESION // 255 * 2
    classes[0, :5] = 1
    image = Image.fromarray(classes, "P")
    image.putpalette([0, 0, 0, 200, 0, 0, 0, 200, 0])
    path = save(image, tmp_path / "m.png")
    assert drawn(path, MaskRule({0: (), 1: "a", 2: "b"})) == {0: 655, 1: 5, 2: 108}
    # A grey palette: index 1 is shown as 255, and the manifest may mean either.
    image = Image.fromarray(LESION // 255, "P")
    image.putpalette([0, 0, 0, 255, 255, 255])
    save(image, path)
    assert drawn(path, ONE) == {0: 660, 1: 108}
    assert drawn(path, WHITE) == COUNTS
    assert drawn(path, MaskRule(WHITE.named, above=127.0, value=255)) == COUNTS


def test_a_palette_whose_background_is_not_first(tmp_path):
    image = Image.fromarray(1 - LESION // 255, "P")
    image.putpalette([255, 255, 255, 0, 0, 0])
    path = save(image, tmp_path / "m.png")
    assert drawn(path, WHITE) == COUNTS
    for rule in (ONE, MaskRule()):
        with pytest.raises(SourceError, match="index 1 is black, and 0 is not") as caught:
            drawn(path, rule)
        assert str(path) in caught.value.expected
    image.putpalette([255, 0, 0, 0, 0, 0])
    save(image, path)
    with pytest.raises(SourceError, match="index 1 is black"):
        drawn(path, ONE)
    assert drawn(path, MaskRule({0: (), 1: "x"}, colours=("#ff0000",))) == {0: 660, 1: 108}


@pytest.mark.parametrize("ending", ["png", "tif", "bmp"])
def test_three_equal_channels_are_one_and_colours_are_refused(tmp_path, ending):
    path = save(merge("RGB", LESION, LESION, LESION), tmp_path / f"m.{ending}")
    assert drawn(path) == COUNTS
    save(merge("RGB", LESION, LESION * 0, LESION * 0), path)
    with pytest.raises(SourceError, match=r"colours, such as \(255, 0, 0\)") as caught:
        drawn(path)
    assert str(path) in caught.value.expected


def test_colours_that_the_manifest_names(tmp_path):
    other = np.zeros_like(LESION)
    other[20:22] = 128
    path = save(merge("RGB", LESION, other, other * 0), tmp_path / "m.png")
    rule = MaskRule({0: (), 1: "a", 2: "b"}, colours=("#ff0000", "#008000"))
    assert drawn(path, rule) == {0: 596, 1: 108, 2: 64}
    with pytest.raises(SourceError, match=r"#008000 in 64 pixels"):
        drawn(path, MaskRule({0: (), 1: "a"}, colours=("#ff0000",)))
    grey = MaskRule({0: (), 1: "a"}, colours=("#ffffff",))
    assert drawn(save(Image.fromarray(LESION), path), grey) == {0: 660, 1: 108}
    assert drawn(save(Image.fromarray(LESION > 0), path), grey) == {0: 660, 1: 108}


@pytest.mark.parametrize("rule", [MaskRule(), WHITE])
@pytest.mark.parametrize("quality", [40, 75, 95])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_ringing_of_jpeg_is_no_lesion(tmp_path, rule, quality, mode):
    shape = cv2.circle(np.zeros((64, 64), np.uint8), (30, 30), 13, 255, -1)
    path = save(Image.fromarray(shape).convert(mode), tmp_path / "m.jpg", quality=quality)
    kept = save(Image.open(path), tmp_path / "kept.png")
    for one in (path, kept):
        with pytest.raises(SourceError, match=r"labels\.above = 127") as caught:
            drawn(one, rule)
        assert str(one) in caught.value.expected
        cut = rule._replace(above=127.0, value=255)
        assert drawn(one, cut) == {0: int((shape == 0).sum()), 255: int((shape > 0).sum())}


def test_a_jpeg_without_loss_is_a_mask(tmp_path):
    blocks = np.zeros((32, 32), dtype=np.uint8)
    blocks[8:16, 16:24] = 255
    path = save(Image.fromarray(blocks), tmp_path / "m.jpg", quality=100)
    assert drawn(path) == drawn(path, MaskRule()) == {0: 960, 255: 64}


@pytest.mark.parametrize("quality", [30, 50, 70, 90])
@pytest.mark.parametrize("rule", [MaskRule(), WHITE, ONE])
def test_black_that_compression_made_a_one_is_no_lesion(tmp_path, rule, quality):
    path = tmp_path / "m.jpg"
    black = Image.fromarray(np.zeros((40, 40), np.uint8)).convert("RGB")
    black.save(path, quality=quality)
    if np.asarray(Image.open(path)).any():
        with pytest.raises(SourceError, match=r"labels\.above"):
            drawn(path, rule)
    else:
        assert drawn(path, rule) == {0: 1600}
    assert drawn(path, rule._replace(above=127.0)) == {0: 1600}


def antialias():
    line = np.zeros((64, 64), dtype=np.uint8)
    cv2.circle(line, (30, 30), 13, 255, -1, cv2.LINE_AA)
    return line


@pytest.mark.parametrize(
    "values",
    [
        antialias(),
        cv2.resize(LESION, (96, 60), interpolation=cv2.INTER_LINEAR),
        cv2.resize(LESION, (96, 60), interpolation=cv2.INTER_CUBIC),
        cv2.resize(LESION, (17, 13), interpolation=cv2.INTER_AREA),
        cv2.GaussianBlur(LESION, (0, 0), 2.0),
        cv2.resize(LESION.astype(np.uint16) * 257, (96, 60)),
    ],
)
def test_blurred_edges_are_refused_until_a_cut_is_named(tmp_path, values):
    cv2.imwrite(str(tmp_path / "m.png"), values)
    path = tmp_path / "m.png"
    for rule in (MaskRule(), WHITE):
        with pytest.raises(SourceError, match=r"labels\.above = 127"):
            drawn(path, rule)
    half = int(values.max()) / 2
    assert drawn(path, MaskRule(above=half))[1] == int((values > half).sum())


def test_numbered_lesions_and_zones_are_no_blur(tmp_path):
    numbered = np.zeros((60, 60), dtype=np.uint8)
    for place in range(36):
        row, column = divmod(place, 6)
        numbered[10 * row + 1 : 10 * row + 9, 10 * column + 1 : 10 * column + 9] = place + 1
    # Touching lesions, and a cup in its disc.
    disc = cv2.circle(np.zeros((60, 60), np.uint8), (30, 30), 22, 128, -1)
    cup = cv2.circle(disc.copy(), (30, 30), 9, 255, -1)
    touching = np.repeat(np.repeat(np.arange(16, dtype=np.uint8).reshape(4, 4), 9, 0), 9, 1)
    apart = np.where(touching > 3, touching * 7, 0).astype(np.uint8)
    for values in (numbered, disc, cup, touching, apart, numbered.astype(np.uint16) * 3):
        path = tmp_path / "m.png"
        cv2.imwrite(str(path), values)
        assert sum(drawn(path, MaskRule()).values()) == values.size


def test_a_cut_does_not_empty_a_mask_of_ones(tmp_path):
    path = save(Image.fromarray(LESION // 255), tmp_path / "m.png")
    with pytest.raises(SourceError, match="nothing but 0 and 1"):
        drawn(path, MaskRule(above=127.0))
    assert drawn(path, MaskRule(above=0.0)) == {0: 660, 1: 108}
    assert drawn(save(Image.fromarray(LESION * 0), path), MaskRule(above=127.0)) == {0: 768}


def test_every_depth(tmp_path):
    path = tmp_path / "m.png"
    deep = LESION.astype(np.uint16) // 255 * 1000
    rule = MaskRule({0: (), 1000: "x", 3: "y"})
    cv2.imwrite(str(path), deep)
    assert drawn(path, rule) == {0: 660, 1000: 108}
    # Sixteen bits of three or four channels, which Pillow makes eight of.
    cv2.imwrite(str(path), np.repeat(deep[..., None] // 1000 * 3, 3, axis=2))
    assert drawn(path, rule) == {0: 660, 3: 108}
    wide = np.dstack([deep] * 3 + [np.full_like(deep, 65535)])
    for name in ("m.png", "m.tif"):
        cv2.imwrite(str(tmp_path / name), wide)
        assert drawn(tmp_path / name, rule) == {0: 660, 1000: 108}
    import tifffile

    lying = wide[..., :3].copy()
    lying[0, :9] = 1000
    tag = (0x0112, 3, 1, 6, True)
    tifffile.imwrite(tmp_path / "t.tif", lying, photometric="rgb", extratags=[tag])
    turned = read_mask_image(tmp_path / "t.tif", rule).values
    assert np.array_equal(turned, np.rot90(lying[..., 0], -1))
    for kind in (np.uint16, np.int16, np.int32, np.float32):
        save(Image.fromarray(deep.astype(kind)), tmp_path / "k.tif")
        assert drawn(tmp_path / "k.tif", rule) == {0: 660, 1000: 108}
    for wrong in (deep.astype(np.int32) - 1, deep.astype(np.float32) + 0.5, deep * np.int32(100)):
        save(Image.fromarray(wrong), tmp_path / "k.tif")
        with pytest.raises(SourceError, match=r"Is it a mask\?"):
            drawn(tmp_path / "k.tif", rule)


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "LA", "I;16"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_masks_are_turned_upright(tmp_path, mode, orientation, ending):
    values = np.zeros((6, 9), dtype=np.uint8)
    values[0, :4] = values[3, 7] = 1
    upright = {1: values, 3: values[::-1, ::-1], 6: values.T[:, ::-1], 8: values.T[::-1]}
    exif = Image.Exif()
    exif[0x0112] = orientation
    if mode == "I;16":
        image = Image.fromarray(values.astype(np.uint16))
    elif mode == "1":
        image = Image.fromarray(values > 0)
    elif mode == "P":
        image = Image.fromarray(values, "P")
        image.putpalette([0, 0, 0, 255, 0, 0])
    else:
        image = Image.fromarray(values).convert(mode)
    path = save(image, tmp_path / f"m.{ending}", exif=exif)
    assert np.array_equal(read_mask_image(path, ONE).values, upright[orientation])


def test_what_is_no_mask_is_refused_by_name(tmp_path):
    frames = [Image.fromarray(LESION), Image.fromarray(255 - LESION)]
    several = save(frames[0], tmp_path / "m.tif", save_all=True, append_images=frames[1:])
    dicom = tmp_path / "m.dcm"
    dicom.write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 50)
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("mask")
    inks = save(Image.new("CMYK", (4, 4)), tmp_path / "inks.tif")
    missing = tmp_path / "missing.png"
    folder = tmp_path / "folder.png"
    folder.mkdir()
    texts = (tmp_path / "empty.png", tmp_path / "text.png")
    for path in (several, dicom, inks, missing, folder, *texts):
        with pytest.raises(SourceError, match="a whole mask at") as caught:
            read_mask_image(path)
        assert str(path) in caught.value.expected


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_flipped_bit_or_a_cut_is_an_error_or_changes_nothing(tmp_path_factory, data):
    generator = np.random.default_rng(data.draw(st.integers(0, 5)))
    values = generator.integers(0, 2, (20, 20)).astype(np.uint8)
    written = io.BytesIO()
    mode = data.draw(st.sampled_from(["L", "1", "RGBA"]))
    image = Image.fromarray(values > 0) if mode == "1" else Image.fromarray(values).convert(mode)
    image.save(written, "PNG")
    content = bytearray(written.getvalue())
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    path = tmp_path_factory.mktemp("flips") / "m.png"
    path.write_bytes(bytes(content))
    try:
        found = read_mask_image(path, ONE).values
    except SourceError:
        return
    assert np.array_equal(found, values)


@pytest.mark.parametrize("name", ["a.png", "a.bmp"])
def test_a_mask_of_too_many_pixels_is_refused(tmp_path, monkeypatch, name):
    path = save(Image.fromarray(LESION), tmp_path / name)
    monkeypatch.setenv("LABELASSEMBLE_PIXELS", "767")
    with pytest.raises(SourceError, match="32 x 24 pixels, more than 767"):
        drawn(path)
    monkeypatch.setenv("LABELASSEMBLE_PIXELS", "768")
    assert drawn(path) == COUNTS
