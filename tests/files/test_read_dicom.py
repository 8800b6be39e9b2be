import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from labelassemble.errors import ImageError
from labelassemble.files.read_dicom import apply_window, read_dicom
from labelassemble.files.read_image import decode_image, read_image

Draw = Callable[..., np.ndarray]
Dicom = Callable[..., bytes]


def test_plain_bytes_keep_their_scale(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image() // 2 + 40
    expected = (grey / 255).astype(np.float32)
    assert np.array_equal(read_dicom(dicom(grey)), expected)
    neutral = dicom(grey, RescaleSlope=1, RescaleIntercept=0, RescaleType="US")
    assert np.array_equal(read_dicom(neutral), expected)
    assert np.array_equal(read_dicom(dicom(grey.astype(np.uint16), BitsStored=8)), expected)


def test_monochrome1_is_inverted(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image()
    inverted = read_dicom(dicom(grey, "MONOCHROME1"))
    assert np.abs(inverted - (1 - grey / 255)).max() < 1e-6


def test_deeper_pixels_are_stretched_from_their_true_range(draw_image: Draw, dicom: Dicom) -> None:
    deep = draw_image(0, 64, 64).astype(np.uint16) * 8 + 300
    image = read_dicom(dicom(deep, BitsStored=12))
    assert np.abs(image - (deep - 300.0) / (255 * 8)).max() < 0.02
    signed = read_dicom(dicom(deep.astype(np.int16) - 1024))
    assert np.array_equal(signed, image)


def test_rescale_comes_before_the_window(draw_image: Draw, dicom: Dicom) -> None:
    deep = draw_image(0, 64, 64).astype(np.uint16) * 8
    image = read_dicom(
        dicom(
            deep,
            RescaleSlope=2,
            RescaleIntercept=-1000,
            RescaleType="US",
            WindowCenter=[500, 40],
            WindowWidth=[1001, 400],
        )
    )
    values = deep.astype(float) * 2 - 1000
    # DICOM PS3.3 C.11.2.1.2.1: y = ((x - (c - 0.5)) / (w - 1) + 0.5), clipped
    assert np.abs(image - np.clip((values - 499.5) / 1000 + 0.5, 0, 1)).max() < 1e-6


def test_a_rescaled_byte_is_stretched_and_a_falling_slope_inverts(
    draw_image: Draw, dicom: Dicom
) -> None:
    grey = draw_image(0, 64, 64)
    image = read_dicom(dicom(grey, RescaleSlope=-1, RescaleIntercept=255, RescaleType="US"))
    assert np.abs(image - (1 - grey / 255)).max() < 0.02


@pytest.mark.parametrize("width", [None, 0, -5])
def test_a_window_without_width_is_no_window(
    draw_image: Draw, width: int | None, dicom: Dicom
) -> None:
    grey = draw_image()
    with_center = dicom(grey, WindowCenter=100, WindowWidth=width)
    assert np.array_equal(read_dicom(with_center), read_dicom(dicom(grey)))


def test_the_three_window_functions() -> None:
    values = np.array([[-1.0, 0.0, 50.0, 99.0, 100.0, 200.0]])
    assert apply_window(values, 50.0, 100.0, "LINEAR_EXACT")[0].tolist() == pytest.approx(
        [0, 0, 0.5, 0.99, 1, 1]
    )
    assert apply_window(values, 50.0, 100.0, "LINEAR")[0].tolist() == pytest.approx(
        [0, 0.5 - 49.5 / 99, 0.5 + 0.5 / 99, 0.5 + 49.5 / 99, 1, 1]
    )
    assert apply_window(values, 50.0, 100.0, "SIGMOID")[0].tolist() == pytest.approx(
        [1 / (1 + np.exp(-4 * (value - 50) / 100)) for value in values[0]]
    )
    assert apply_window(values, 50.5, 1.0, "LINEAR")[0].tolist() == [0, 0, 0, 1, 1, 1]


def test_the_window_function_of_the_file_is_used(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image()
    image = read_dicom(dicom(grey, WindowCenter=128, WindowWidth=256, VOILUTFunction="SIGMOID"))
    assert np.abs(image - 1 / (1 + np.exp(-4 * (grey.astype(float) - 128) / 256))).max() < 1e-6


def test_a_table_of_values_of_interest(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image(0, 64, 64)
    table = Dataset()
    table.LUTDescriptor = [256, 0, 16]
    table.LUTData = (np.arange(255, -1, -1, dtype=np.uint16) * 257).tobytes()
    image = read_dicom(dicom(grey, VOILUTSequence=Sequence([table])))
    assert np.abs(image - (1 - grey / 255)).max() < 0.02


def test_a_modality_table(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image(0, 64, 64)
    table = Dataset()
    table.LUTDescriptor = [256, 0, 16]
    table.ModalityLUTType = "US"
    table.LUTData = (np.arange(256, dtype=np.uint16) * 100).tobytes()
    image = read_dicom(dicom(grey, ModalityLUTSequence=Sequence([table])))
    assert np.abs(image - grey / 255).max() < 0.02


@pytest.mark.parametrize("kind", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_black_and_sets_no_range(draw_image: Draw, kind: str, dicom: Dicom) -> None:
    deep = draw_image(0, 64, 64).astype(np.uint16) + 1000
    plain = read_dicom(dicom(deep, kind))
    deep[:, :8] = 0
    padded = read_dicom(dicom(deep, kind, PixelPaddingValue=0))
    assert (padded[:, :8] == 0).all()
    assert np.abs(padded[:, 8:] - plain[:, 8:]).max() < 0.02
    deep[:, 4:8] = 9
    ranged = read_dicom(dicom(deep, kind, PixelPaddingValue=0, PixelPaddingRangeLimit=10))
    assert np.array_equal(ranged, padded)


def test_a_padding_value_that_no_or_every_pixel_has_changes_nothing(
    draw_image: Draw, dicom: Dicom
) -> None:
    grey = draw_image()
    plain = read_dicom(dicom(grey.astype(np.uint16)))
    assert np.array_equal(read_dicom(dicom(grey.astype(np.uint16), PixelPaddingValue=4000)), plain)
    everywhere = dicom(grey.astype(np.uint16), PixelPaddingValue=0, PixelPaddingRangeLimit=4000)
    assert np.array_equal(read_dicom(everywhere), plain)


def test_colour_and_palette(draw_image: Draw, dicom: Dicom) -> None:
    colours = np.dstack([draw_image(seed) for seed in range(3)])
    luma = colours @ np.array([0.299, 0.587, 0.114]) / 255
    assert np.abs(read_dicom(dicom(colours, "RGB")) - luma).max() < 1e-5
    grey = draw_image()
    ramp = (np.arange(256, dtype=np.uint16) * 257)[::-1].tobytes()
    palette = {
        f"{colour}PaletteColorLookupTable{part}": [256, 0, 16] if part == "Descriptor" else ramp
        for colour in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
    }
    image = read_dicom(dicom(grey, "PALETTE COLOR", **palette))
    assert np.abs(image - (1 - grey / 255)).max() < 1e-5


def refusal(tmp_path: Path, data: bytes) -> ImageError:
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    with pytest.raises(ImageError) as caught:
        read_image(path)
    assert str(path) in str(caught.value)
    return caught.value


def test_files_without_one_image(tmp_path: Path, draw_image: Draw, dicom: Dicom) -> None:
    frames = np.stack([draw_image(0), draw_image(1)])
    several = dicom(frames[0], NumberOfFrames=2, PixelData=frames.tobytes())
    assert refusal(tmp_path, several).got == "2 frames in one file"
    dataset = pydicom.dcmread(io.BytesIO(dicom(frames[0])))
    del dataset.PixelData
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    assert refusal(tmp_path, buffer.getvalue()).got.startswith("a DICOM file without pixels")
    assert "no image" in refusal(tmp_path, b"no DICOM at all").got
    constant = dicom(np.full((5, 5), 3, dtype=np.uint16))
    assert refusal(tmp_path, constant).got == "the one value 0 in all 25 pixels"


def test_truncated(tmp_path: Path, draw_image: Draw, dicom: Dicom) -> None:
    data = dicom(draw_image())
    for end in (len(data) // 4, len(data) // 2, len(data) - 100):
        refusal(tmp_path, data[:end])


def test_published_files(real_data: Path) -> None:
    paths = sorted((real_data / "originals").glob("*.dcm"))
    kinds = set()
    for path in paths:
        image = read_image(path)
        dataset = pydicom.dcmread(path)
        kinds.add(dataset.PhotometricInterpretation)
        fragment = pydicom.encaps.get_frame(dataset.PixelData, 0, number_of_frames=1)
        stored = np.asarray(Image.open(io.BytesIO(fragment)).convert("L")) / 255
        if dataset.PhotometricInterpretation == "MONOCHROME1":
            stored = 1 - stored
        assert image.shape == (1024, 1024)
        assert np.abs(image - stored).max() < 0.02
        # Cut behind the header: the compressed pixels end too early.
        with pytest.raises(ImageError):
            decode_image(path.read_bytes()[:-20_000], path)
    assert kinds == {"MONOCHROME1", "MONOCHROME2"}


def lut(first: int = 0, entries: np.ndarray | None = None) -> Dataset:
    item = Dataset()
    if entries is not None:
        item.LUTDescriptor = [len(entries), first, 16]
        item.LUTData = entries.astype(np.uint16).tobytes()
    return item


def short_table() -> Dataset:
    """A table that says it is longer than it is."""
    item = lut(0, np.arange(256) * 257)
    item.LUTData = item.LUTData[:20]
    return item


@pytest.mark.parametrize(
    "empty",
    [
        {"RescaleSlope": None, "RescaleIntercept": None},
        {"RescaleSlope": "", "RescaleIntercept": 0},
        {"RescaleIntercept": None},
        {"RescaleSlope": None},
        {"ModalityLUTSequence": Sequence([])},
        {"VOILUTSequence": Sequence([])},
        {"VOILUTSequence": Sequence([lut()])},
        {"VOILUTFunction": ""},
        {"PixelPaddingValue": None},
        {"NumberOfFrames": None},
        {"HighBit": None},
        {"WindowCenter": [2000, ""], "WindowWidth": [3000, ""]},
        {"WindowCenter": ["", 2000], "WindowWidth": ["", 3000]},
        {"WindowCenter": [9, 2000], "WindowWidth": [0, 3000]},
    ],
)
def test_empty_elements_beside_a_good_window(
    draw_image: Draw, dicom: Dicom, empty: dict[str, object]
) -> None:
    deep = draw_image(0, 64, 64).astype(np.uint16) * 16
    window = {"WindowCenter": 2000, "WindowWidth": 3000}
    plain = read_dicom(dicom(deep, BitsStored=12, **window))
    assert np.array_equal(read_dicom(dicom(deep, BitsStored=12, **window | empty)), plain)


@pytest.mark.parametrize(
    "empty",
    [
        {"WindowCenter": None, "WindowWidth": None},
        {"WindowCenter": 2000, "WindowWidth": None},
        {"WindowCenter": None, "WindowWidth": 3000},
        {"WindowCenter": 2000, "WindowWidth": 0},
        {"WindowCenter": 2000, "WindowWidth": -5},
        {"VOILUTSequence": Sequence([lut()])},
    ],
)
def test_no_good_window_means_the_true_range(
    draw_image: Draw, dicom: Dicom, empty: dict[str, object]
) -> None:
    deep = draw_image(0, 64, 64).astype(np.uint16) * 16
    plain = read_dicom(dicom(deep, BitsStored=12))
    assert np.array_equal(read_dicom(dicom(deep, BitsStored=12, **empty)), plain)


def test_the_first_table_that_holds_something_is_taken(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image().astype(np.uint16)
    table = lut(0, 65535 - np.arange(256) * 257)
    image = read_dicom(dicom(grey, BitsStored=8, VOILUTSequence=Sequence([lut(), table])))
    assert np.abs(image - (1 - grey / 255)).max() < 0.02


@pytest.mark.parametrize("alone", ["RescaleSlope", "RescaleIntercept"])
def test_a_slope_or_an_intercept_alone_counts(draw_image: Draw, dicom: Dicom, alone: str) -> None:
    deep = draw_image(0, 64, 64).astype(np.uint16) * 16
    both = {"RescaleSlope": 1, "RescaleIntercept": 0} | {alone: 2}
    window = {"WindowCenter": 2000, "WindowWidth": 3000}
    expected = read_dicom(dicom(deep, BitsStored=12, **window, **both))
    assert np.array_equal(read_dicom(dicom(deep, BitsStored=12, **window, **{alone: 2})), expected)
    assert not np.array_equal(read_dicom(dicom(deep, BitsStored=12, **window)), expected)


@pytest.mark.parametrize(
    "broken",
    [
        {"VOILUTSequence": Sequence([short_table()])},
        {"ModalityLUTSequence": Sequence([lut()])},
        {"RescaleSlope": 0},
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"SamplesPerPixel": 3},
    ],
)
def test_nonsense_gives_one_error_or_a_image(
    tmp_path: Path, draw_image: Draw, dicom: Dicom, broken: dict[str, object]
) -> None:
    deep = draw_image(0, 64, 64).astype(np.uint16) * 16
    error = refusal(tmp_path, dicom(deep, BitsStored=12, **broken))
    assert "\n" not in error.got
