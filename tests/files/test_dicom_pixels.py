import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders import JPEGLosslessSV1Decoder
from pydicom.sequence import Sequence
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    BasicTextSRStorage,
    DeflatedExplicitVRLittleEndian,
    EncapsulatedPDFStorage,
    ExplicitVRBigEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    KeyObjectSelectionDocumentStorage,
    RLELossless,
    RTDoseStorage,
    RTPlanStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

from labelassemble.errors import ImageError
from labelassemble.files.read_image import decode_image, read_image
from labelassemble.files.read_size import read_size

Draw = Callable[..., np.ndarray]
Dicom = Callable[..., bytes]


def read(data: bytes, name: str = "a") -> np.ndarray:
    return decode_image(data, Path(name))


def got(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        read(data)
    return caught.value.got


def deep(draw: Draw, seed: int = 0) -> np.ndarray:
    return draw(seed, 64, 80).astype(np.uint16) * 16


@pytest.mark.parametrize("kind", [np.uint16, np.int16])
def test_bits_that_lie_elsewhere_are_refused(
    draw_image: Draw, dicom: Dicom, kind: type[np.integer]
) -> None:
    twelve = deep(draw_image).astype(kind)
    read(dicom(twelve, BitsStored=12, HighBit=11))
    for high in (15, 12, 10, 0):
        said = got(dicom(twelve, BitsStored=12, HighBit=high))
        assert said == f"a HighBit of {high} with 12 BitsStored (it should be 11)"


@pytest.mark.parametrize("kind", [np.uint16, np.int16])
def test_what_stands_in_unused_bits_is_no_pixel(
    draw_image: Draw, dicom: Dicom, kind: type[np.integer]
) -> None:
    plain = deep(draw_image) - (2048 if kind is np.int16 else 0)
    stored = plain.astype(np.int32) & 0xFFF
    overlay = np.random.default_rng(0).integers(0, 16, stored.shape) << 12
    clean, full = (one.astype(np.uint16).view(kind) for one in (stored, stored | overlay))
    image = read(dicom(full, BitsStored=12))
    assert np.array_equal(image, read(dicom(clean, BitsStored=12)))
    assert np.corrcoef(image.ravel(), deep(draw_image).ravel())[0, 1] > 0.999


@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize("name", ["a.dcm", "a", "a.png", "IM0001"])
def test_dicom_is_told_by_its_content(
    tmp_path: Path, draw_image: Draw, dicom: Dicom, name: str, preamble: bool
) -> None:
    path = tmp_path / name
    twelve = deep(draw_image)
    path.write_bytes(dicom(twelve, preamble=preamble, BitsStored=12))
    assert np.array_equal(read_image(path), read(dicom(twelve, BitsStored=12)))
    assert read_size(path) == (80, 64)


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_without_file_meta_in_every_order_of_bytes(
    draw_image: Draw, dicom: Dicom, implicit: bool, little: bool
) -> None:
    twelve = deep(draw_image)
    dataset = pydicom.Dataset()
    dataset.update(pydicom.dcmread(io.BytesIO(dicom(twelve, BitsStored=12))))
    if not little:
        dataset.PixelData = twelve.astype(">u2").tobytes()
    buffer = io.BytesIO()
    dataset.save_as(buffer, implicit_vr=implicit, little_endian=little)
    assert buffer.getvalue()[128:132] != b"DICM"
    assert np.array_equal(read(buffer.getvalue()), read(dicom(twelve, BitsStored=12)))


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_ways_to_write_plain_pixels(draw_image: Draw, dicom: Dicom, syntax: str) -> None:
    twelve = deep(draw_image)
    stored = twelve.astype(">u2") if syntax == ExplicitVRBigEndian else twelve
    plain = pydicom.dcmread(io.BytesIO(dicom(twelve, BitsStored=12)))
    dataset, buffer = pydicom.Dataset(), io.BytesIO()
    dataset.update(plain)
    dataset.file_meta, dataset.PixelData = plain.file_meta, stored.tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(buffer, enforce_file_format=True)
    assert np.array_equal(read(buffer.getvalue()), read(dicom(twelve, BitsStored=12)))


def test_one_frame_of_several(tmp_path: Path, draw_image: Draw, dicom: Dicom) -> None:
    frames = np.stack([draw_image(seed, 64, 80) for seed in range(3)])
    path = tmp_path / "cine.dcm"
    path.write_bytes(dicom(frames[0], NumberOfFrames=3, PixelData=frames.tobytes()))
    with pytest.raises(ImageError) as caught:
        read_image(path)
    assert caught.value.got == "3 frames in one file"
    assert "cine.dcm#frame/1 to cine.dcm#frame/3" in caught.value.do
    for number, frame in enumerate(frames, start=1):
        one = Path(f"{path}#frame/{number}")
        assert np.array_equal(read_image(one), (frame / 255).astype(np.float32))
        assert read_size(one) == (80, 64)
    for wrong in (0, 4, 99_999):
        with pytest.raises(ImageError, match=f"number {wrong} was asked for"):
            read_image(Path(f"{path}#frame/{wrong}"))
    path.write_bytes(dicom(frames[0], NumberOfFrames=None))
    assert np.array_equal(read_image(path), read_image(Path(f"{path}#frame/1")))


def test_frames_that_the_header_does_not_count_are_not_passed_over(
    draw_image: Draw, dicom: Dicom
) -> None:
    from PIL import Image

    frames = [draw_image(seed, 64, 80) for seed in range(2)]
    said = "2 frames in a file that says it holds 1"
    assert got(dicom(frames[0], PixelData=np.stack(frames).tobytes())) == said
    packed = []
    for frame in frames:
        buffer = io.BytesIO()
        Image.fromarray(frame).save(buffer, "JPEG", quality=98)
        packed.append(buffer.getvalue())
    dataset = pydicom.dcmread(io.BytesIO(dicom(frames[0])))
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    for table in (True, False):
        dataset.PixelData = encapsulate(packed, has_bot=table)
        assert got(save(dataset)) == said
    dataset.NumberOfFrames = 2
    for pieces in (1, 3):
        dataset.PixelData = encapsulate(packed, fragments_per_frame=pieces)
        for number, frame in enumerate(frames, start=1):
            image = read(save(dataset), f"a#frame/{number}")
            assert np.abs(image - frame / 255).max() < 0.03
    assert got(dicom(frames[0], PixelData=b"")).startswith("a DICOM file without pixels")


def test_each_frame_of_an_enhanced_object_has_its_own_values(
    draw_image: Draw, dicom: Dicom
) -> None:
    frames = np.stack([deep(draw_image, seed) for seed in range(2)])

    def group(slope: float, center: float) -> pydicom.Dataset:
        values, window, group = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = slope, 0, "US"
        window.WindowCenter, window.WindowWidth = center, 2000
        group.PixelValueTransformationSequence = Sequence([values])
        group.FrameVOILUTSequence = Sequence([window])
        return group

    data = dicom(
        frames[0],
        NumberOfFrames=2,
        PixelData=frames.tobytes(),
        PerFrameFunctionalGroupsSequence=Sequence([group(1, 1500), group(2, 3000)]),
    )
    for number, slope, center in ((1, 1, 1500), (2, 2, 3000)):
        plain = dicom(frames[number - 1], RescaleSlope=slope, RescaleIntercept=0)
        dataset = pydicom.dcmread(io.BytesIO(plain))
        dataset.WindowCenter, dataset.WindowWidth = center, 2000
        buffer = io.BytesIO()
        dataset.save_as(buffer)
        assert np.array_equal(read(data, f"a.dcm#frame/{number}"), read(buffer.getvalue()))


@pytest.mark.parametrize(
    "what",
    [
        BasicTextSRStorage,
        GrayscaleSoftcopyPresentationStateStorage,
        KeyObjectSelectionDocumentStorage,
        EncapsulatedPDFStorage,
        RTPlanStorage,
    ],
)
def test_objects_without_pixels_are_named(draw_image: Draw, dicom: Dicom, what: str) -> None:
    dataset = pydicom.dcmread(io.BytesIO(dicom(draw_image())))
    del dataset.PixelData
    dataset.SOPClassUID, buffer = what, io.BytesIO()
    dataset.save_as(buffer)
    assert got(buffer.getvalue()) == f"a DICOM file without pixels: {pydicom.uid.UID(what).name}"


@pytest.mark.parametrize("what", [SegmentationStorage, RTDoseStorage])
def test_objects_whose_pixels_are_no_image_are_named(
    draw_image: Draw, dicom: Dicom, what: str
) -> None:
    said = got(dicom(draw_image(), SOPClassUID=what))
    assert said == f"a DICOM file that is no image: {pydicom.uid.UID(what).name}"


def test_secondary_captures_are_images_and_videos_are_none(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image()
    captured = dicom(grey, SOPClassUID=SecondaryCaptureImageStorage)
    assert np.array_equal(read(captured), (grey / 255).astype(np.float32))
    film = pydicom.dcmread(io.BytesIO(captured))
    film.file_meta.TransferSyntaxUID, buffer = MPEG2MPML, io.BytesIO()
    film.PixelData = encapsulate([b"\0" * 64])
    film.save_as(buffer)
    assert got(buffer.getvalue()).startswith("a video in a DICOM file: MPEG2")


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"Rows": 0}, "80 x 0 pixels"),
        ({"Columns": None}, "0 x 64 pixels"),
        ({"Rows": 65535, "Columns": 65535}, "more than 300,000,000"),
        ({"Rows": 65}, "less than expected"),
        ({"NumberOfFrames": 100_000}, "100,000 frames in one file"),
        ({"NumberOfFrames": -3}, "-3 frames"),
        ({"BitsAllocated": 0}, "Bits Allocated"),
        ({"BitsStored": 99, "HighBit": 98}, "Bits Stored"),
        ({"SamplesPerPixel": 7}, "Samples per Pixel"),
        ({"PhotometricInterpretation": "UNKNOWN"}, "Photometric"),
        ({"RescaleSlope": [1, 2], "RescaleIntercept": "1e400"}, "RescaleIntercept"),
    ],
)
def test_headers_that_no_image_has(
    draw_image: Draw, dicom: Dicom, elements: dict[str, object], words: str
) -> None:
    import re

    dataset = pydicom.dcmread(io.BytesIO(dicom(draw_image(0, 64, 80))))
    with pydicom.config.disable_value_validation():
        for name, value in elements.items():
            setattr(dataset, name, value)
        buffer = io.BytesIO()
        dataset.save_as(buffer)
    assert re.search(words, got(buffer.getvalue()))


def compress(data: bytes, syntax: str) -> pydicom.FileDataset:
    """The same object, its pixels compressed by GDCM."""
    gdcm = pytest.importorskip("gdcm")
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = f"{folder}/plain.dcm", f"{folder}/packed.dcm"
        Path(plain).write_bytes(data)
        reader = gdcm.ImageReader()
        reader.SetFileName(plain)
        assert reader.Read()
        change = gdcm.ImageChangeTransferSyntax()
        kind = gdcm.TransferSyntax.GetTSType(syntax)
        change.SetTransferSyntax(gdcm.TransferSyntax(kind))
        change.SetInput(reader.GetImage())
        assert change.Change()
        writer = gdcm.ImageWriter()
        writer.SetFileName(packed)
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        assert writer.Write()
        return pydicom.dcmread(io.BytesIO(Path(packed).read_bytes()))


def save(dataset: pydicom.FileDataset, frame: bytes | None = None) -> bytes:
    if frame is not None:
        dataset.PixelData = encapsulate([frame])
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


PACKINGS = [
    JPEGLosslessSV1,
    JPEGLossless,
    JPEGLSLossless,
    JPEG2000Lossless,
    JPEG2000,
    RLELossless,
]


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("syntax", PACKINGS)
def test_compressed_pixels_are_whole_or_refused(
    draw_image: Draw, dicom: Dicom, syntax: str, bits: int
) -> None:
    grain = np.random.default_rng(0).integers(0, 2 ** (bits - 3), (64, 80))
    values = (draw_image(0, 64, 80).astype(np.int64) << (bits - 8)) * 7 // 8 + grain
    plain = dicom(values.astype(np.uint8 if bits == 8 else np.uint16), BitsStored=bits)
    dataset = compress(plain, syntax)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    image = read(save(dataset))
    difference = np.abs(image - read(plain)).max()
    assert difference <= (0.0 if syntax != JPEG2000 else 0.02)
    for step in range(1, 10):
        cut = frame[: len(frame) * step // 10]
        for end in (b"", b"\xff\xd9"):
            with pytest.raises(ImageError):
                read(save(dataset, cut + end + b"\0" * ((len(cut) + len(end)) % 2)))


@pytest.mark.parametrize("colours", [False, True])
def test_a_jpeg_ls_without_end_marker_is_refused_before_it_is_decoded(
    draw_image: Draw, dicom: Dicom, colours: bool
) -> None:
    grain = np.random.default_rng(0).integers(0, 99, (64, 80, 3))
    values = (draw_image(0, 64, 80)[..., None] // 2 + grain).astype(np.uint8)
    kind = {"kind": "RGB"} if colours else {}
    dataset = compress(dicom(values if colours else values[..., 0], **kind), JPEGLSLossless)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
    whole = read(save(dataset))
    more = frame + bytes(range(1, 99))
    assert np.array_equal(read(save(dataset, more + b"\0" * (len(more) % 2))), whole)
    half = frame[: len(frame) // 4 * 2]
    for cut in (half, half[:2] + b"\xff\xfe\x00\x04\xff\xd9" + half[2:], half + b"\0\0"):
        assert "truncated JPEG-LS" in got(save(dataset, cut))


def test_what_nothing_here_decodes_says_so(draw_image: Draw, dicom: Dicom) -> None:
    dataset = compress(dicom(draw_image()), JPEG2000Lossless)
    dataset.file_meta.TransferSyntaxUID = HTJ2KLossless
    with pytest.raises(ImageError, match="and no decoder for them") as caught:
        read(save(dataset))
    assert "High-Throughput JPEG 2000" in caught.value.got
    assert "pip" not in caught.value.do
    assert "Export the image" in caught.value.do


def test_a_compression_without_decoder_says_what_to_install(
    draw_image: Draw, dicom: Dicom, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = save(compress(dicom(draw_image()), JPEGLosslessSV1))
    monkeypatch.setattr(JPEGLosslessSV1Decoder, "_available", {})
    monkeypatch.setattr(JPEGLosslessSV1Decoder, "_unavailable", {"gdcm": ("gdcm>=3.0.10",)})
    with pytest.raises(ImageError, match=r"JPEG Lossless.* and no decoder for them") as caught:
        read(data)
    assert "pip install 'labelassemble[dicom]'" in caught.value.do


@pytest.mark.parametrize("colours", [False, True])
def test_a_jpeg_in_dicom_that_was_cut_is_refused(
    draw_image: Draw, dicom: Dicom, colours: bool
) -> None:
    from PIL import Image

    grey = draw_image(0, 64, 80)
    grain = np.random.default_rng(0).integers(0, 30, grey.shape)
    grey = (grey * 0.8 + grain).astype(np.uint8)
    image = Image.fromarray(grey).convert("RGB" if colours else "L")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=98)
    frame = buffer.getvalue()
    plain = dicom(np.asarray(image), "YBR_FULL_422" if colours else "MONOCHROME2")
    dataset = pydicom.dcmread(io.BytesIO(plain))
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    image = read(save(dataset, frame + b"\0" * (len(frame) % 2)))
    assert np.abs(image - grey / 255).max() < 0.03
    for step in range(3, 10):
        cut = frame[: len(frame) * step // 10]
        for end in (b"", b"\xff\xd9"):
            with pytest.raises(ImageError, match=r"truncated|damaged"):
                read(save(dataset, cut + end + b"\0" * ((len(cut) + len(end)) % 2)))


@pytest.mark.parametrize("kind", ["RGB", "YBR_FULL", "YBR_FULL_422"])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"keep_rgb": True}])
def test_a_jpeg_knows_its_colours_better_than_the_header(
    draw_image: Draw, dicom: Dicom, kind: str, options: dict[str, object]
) -> None:
    from PIL import Image

    colours = np.dstack([draw_image(seed, 64, 80) for seed in range(3)])
    luma = colours @ np.array([0.299, 0.587, 0.114]) / 255
    buffer = io.BytesIO()
    Image.fromarray(colours).save(buffer, "JPEG", quality=98, **options)
    frames = [buffer.getvalue()]
    if not options:
        # Without the marker too: the differences of colour are coarser, as only they can be.
        frames.append(frames[0][:2] + frames[0][20:])
    for frame in frames:
        dataset = pydicom.dcmread(io.BytesIO(dicom(colours, kind)))
        dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        image = read(save(dataset, frame + b"\0" * (len(frame) % 2)))
        assert np.abs(image - luma).max() < 0.03


@pytest.mark.parametrize("syntax", PACKINGS)
def test_compressed_colours(draw_image: Draw, dicom: Dicom, syntax: str) -> None:
    colours = np.dstack([draw_image(seed, 64, 80) for seed in range(3)])
    plain = dicom(colours, "RGB")
    difference = np.abs(read(save(compress(plain, syntax))) - read(plain)).max()
    assert difference <= (0.02 if syntax == JPEG2000 else 1e-6)


@pytest.mark.parametrize("planar", [0, 1])
def test_colours_as_dicom_writes_them(draw_image: Draw, dicom: Dicom, planar: int) -> None:
    colours = np.dstack([draw_image(seed, 64, 80) for seed in range(3)])
    luma = colours @ np.array([0.299, 0.587, 0.114]) / 255
    stored = np.moveaxis(colours, -1, 0) if planar else colours
    image = read(
        dicom(colours, "RGB", PlanarConfiguration=planar, PixelData=stored.copy().tobytes())
    )
    assert np.abs(image - luma).max() < 1e-5
    # Of luma and two differences of colour, the first is the grey value already.
    plain = np.dstack([colours[..., 0], np.full((64, 80, 2), 128, np.uint8)])
    stored = np.moveaxis(plain, -1, 0) if planar else plain
    image = read(
        dicom(plain, "YBR_FULL", PlanarConfiguration=planar, PixelData=stored.copy().tobytes())
    )
    assert np.abs(image - colours[..., 0] / 255).max() < 0.005


def test_halved_colours_and_deep_ones(draw_image: Draw, dicom: Dicom) -> None:
    grey = draw_image(0, 64, 80)
    halved = np.full((64, 40, 4), 128, np.uint8)
    halved[..., 0], halved[..., 1] = grey[:, ::2], grey[:, 1::2]
    image = read(dicom(np.dstack([grey] * 3), "YBR_FULL_422", PixelData=halved.tobytes()))
    assert np.abs(image - grey / 255).max() < 0.005
    twelve = np.dstack([grey.astype(np.uint16) * 16] * 3)
    image = read(dicom(twelve, "RGB", BitsStored=12))
    assert np.abs(image - grey.astype(float) * 16 / 4095).max() < 1e-5


def test_every_cut_of_a_file_is_refused(draw_image: Draw, dicom: Dicom) -> None:
    plain = dicom(deep(draw_image), BitsStored=12)
    packed = save(compress(plain, JPEGLosslessSV1))
    for data in (plain, packed):
        for tenth in range(1, 10):
            got(data[: len(data) * tenth // 10])
        got(data[:-20])
