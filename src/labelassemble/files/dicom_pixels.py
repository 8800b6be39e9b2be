"""A DICOM file's bytes in, the stored numbers of one of its frames out."""

import copy
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pydicom
from jaxtyping import Bool, Shaped
from pydicom.encaps import encapsulate, generate_fragments, get_frame, parse_basic_offsets
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from labelassemble.files.decode_jpeg import decode_jpeg, refuse_cut_jpeg
from labelassemble.files.dicom_header import read_whole
from labelassemble.files.dicom_padding import find_padding
from labelassemble.files.file_structure import (
    IMAGE_END,
    JPEG2000_START,
    JPEG_START,
    read_jpeg_structure,
    refuse_cut_jpeg2000,
    refuse_cut_jpeg_ls,
)
from labelassemble.files.frame_path import choose_frame
from labelassemble.files.image_size import ImageSize, refuse_size
from labelassemble.files.open_dicom import open_dicom
from labelassemble.files.packed_frame import refuse_contradiction

_NO_PIXELS = (
    "1.2.840.10008.5.1.4.1.1.66.",  # segmentations, registrations
    "1.2.840.10008.5.1.4.1.1.30",  # parametric maps
    "1.2.840.10008.5.1.4.1.1.481.2",  # doses
)
"""How the UIDs of objects begin that have pixels and are no images all the same."""

VIDEO = "1.2.840.10008.1.2.4.10"
"""How the UIDs of MPEG and HEVC begin."""

OFFSET_TABLES = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")

LOSSY_JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit)
LOSSLESS_JPEG = (JPEGLossless, JPEGLosslessSV1)
JPEG_LS = (JPEGLSLossless, JPEGLSNearLossless)


class MissingDecoderError(ValueError):
    """Compressed pixels that nothing here decodes, or only an extra that is not installed."""

    def __init__(self, syntax: str, extra: bool) -> None:
        super().__init__(f"{syntax} pixels, and no decoder for them")
        self.advice = (
            "Install the decoders of compressed DICOM: pip install 'labelassemble[dicom]'"
            if extra
            else "Export the image uncompressed, or as lossless JPEG or JPEG 2000"
        )


class DicomPixels(NamedTuple):
    """One frame as it is stored.

    Attributes:
        header: what the file says of it.
        frame: its place, counted from 0.
        values: grey numbers, or red, green and blue.
        padding: pixels that the detector never saw; None where there are none, or nothing else.
    """

    header: pydicom.Dataset
    frame: int
    values: Shaped[np.ndarray, "height width *channels"]
    padding: Bool[np.ndarray, "height width"] | None


def read_header(data: bytes, pixels: bool = True) -> pydicom.Dataset:
    """Read the elements of a DICOM file, with or without preamble and file meta information.

    Raises:
        ValueError: bytes that are no DICOM.
        Exception: whatever pydicom raises on a damaged file.
    """
    dataset = open_dicom(io.BytesIO(data), pixels=pixels)
    if "SOPClassUID" not in dataset and "Rows" not in dataset:
        raise ValueError("bytes that are no DICOM image")
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = plain if little else ExplicitVRBigEndian
    return dataset


def read_dicom_size(dataset: pydicom.Dataset) -> ImageSize:
    """Read the width and the height of each frame.

    Raises:
        ValueError: they are not there, or no image has them.
    """
    size = ImageSize(read_whole(dataset, "Columns") or 0, read_whole(dataset, "Rows") or 0)
    refuse_size(size)
    return size


def read_pixels(data: bytes, frame: int | None, path: Path) -> DicomPixels:
    """Decode one frame.

    Args:
        data: the file's bytes.
        frame: which, counted from 1; None: the only one.
        path: of the file, for advice.

    Raises:
        ValueError: no image, several frames and none named, bits that lie elsewhere than where
            everybody reads them, pixels that are cut; says so in a phrase.
        Exception: whatever decoders raise on a damaged file.
    """
    dataset = read_header(data)
    _refuse_others(dataset)
    frames = read_whole(dataset, "NumberOfFrames") or 1
    place = choose_frame(frames, frame, "frames", path)
    raw = _decode_whole(dataset, place)
    if raw.ndim == 3:
        return DicomPixels(dataset, place, raw, None)
    values = _drop_unused_bits(raw, dataset)
    return DicomPixels(dataset, place, values, find_padding(raw, values, dataset))


def decode_frame(
    dataset: pydicom.Dataset, place: int
) -> Shaped[np.ndarray, "height width *channels"]:
    """Decode the numbers of one frame of a header that was read with its pixels.

    Args:
        dataset: as ``read_header`` gives it.
        place: of the frame, counted from 0.

    Raises:
        ValueError: as ``read_pixels``.
        Exception: likewise.
    """
    raw = _decode_whole(dataset, place)
    return raw if raw.ndim == 3 else _drop_unused_bits(raw, dataset)


def refuse_shifted(dataset: pydicom.Dataset) -> None:
    """Refuse numbers that do not end at the lowest bit: readers take the lowest bits all the same.

    Raises:
        ValueError: HighBit is not BitsStored - 1.
    """
    stored, high = read_whole(dataset, "BitsStored"), read_whole(dataset, "HighBit")
    if stored is not None and high is not None and high != stored - 1:
        raise ValueError(
            f"a HighBit of {high} with {stored} BitsStored (it should be {stored - 1})"
        )


def _decode_whole(
    dataset: pydicom.Dataset, place: int
) -> Shaped[np.ndarray, "height width *channels"]:
    """One frame as large as its header says; unused bits are as they stand in the file."""
    size = read_dicom_size(dataset)
    frames = read_whole(dataset, "NumberOfFrames") or 1
    if frames < 1:
        raise ValueError(f"{frames} frames")
    dataset.NumberOfFrames = frames
    refuse_shifted(dataset)
    raw = _decode(dataset, place, frames)
    if raw.shape[:2] != size[::-1]:
        raise ValueError(f"pixels of shape {raw.shape}, not {size.height} x {size.width}")
    return raw


def _decode(
    dataset: pydicom.Dataset, place: int, frames: int
) -> Shaped[np.ndarray, "height width *channels"]:
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated:
        _refuse_more(_count_native(dataset), frames)
        return _decode_by_pydicom(dataset, place)
    packed = _packed_frame(dataset, place, frames)
    refuse_contradiction(packed, dataset)
    structure = read_jpeg_structure(packed) if syntax in (*LOSSY_JPEG, *LOSSLESS_JPEG) else None
    if structure is not None and syntax in LOSSY_JPEG:
        colours = structure.components == 3
        sure = structure.says_colours or dataset.PhotometricInterpretation != "RGB"
        plain = structure.bits == 8 and not read_whole(dataset, "PixelRepresentation")
        if plain and (structure.components == 1 or (colours and sure)):
            luma = decode_jpeg(packed, structure._replace(exif=False))
            return np.repeat(luma[..., None], 3, axis=-1) if colours else luma
        refuse_cut_jpeg(packed)
    elif packed.startswith(JPEG2000_START):
        refuse_cut_jpeg2000(packed)
    elif syntax in JPEG_LS:
        refuse_cut_jpeg_ls(packed)
    raw = _decode_by_pydicom(dataset, place)
    if syntax in LOSSLESS_JPEG:
        _refuse_filled(dataset, packed, raw)
    return raw


def _decode_by_pydicom(
    dataset: pydicom.Dataset, place: int
) -> Shaped[np.ndarray, "height width *channels"]:
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        return pixel_array(dataset, index=place, correct_unused_bits=False)
    except (RuntimeError, NotImplementedError) as error:
        # pydicom tells one line a decoder; which of them are missing is all that helps.
        told = str(error)
        if "missing dependencies" in told or "does not support" in told:
            extra = "missing dependencies" in told and "gdcm" in told
            raise MissingDecoderError(syntax.name, extra) from error
        raise ValueError(f"{syntax.name} pixels that cannot be decoded") from error


def _refuse_others(dataset: pydicom.Dataset) -> None:
    said = str(dataset.get("SOPClassUID") or "")
    name = UID(said).name or str(dataset.get("Modality") or "a kind that it does not say")
    if not dataset.get("PixelData"):
        raise ValueError(f"a DICOM file without pixels: {name}")
    if said.startswith(_NO_PIXELS):
        raise ValueError(f"a DICOM file that is no image: {name}")
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.startswith(VIDEO):
        raise ValueError(f"a video in a DICOM file: {syntax.name}")
    if dataset["PixelData"].is_undefined_length and not syntax.is_encapsulated:
        raise ValueError("compressed pixels in a DICOM file that does not say how")


def _count_native(dataset: pydicom.Dataset) -> int:
    """How many frames there are bytes for; 0 where the header does not say how large one is."""
    bits = 1
    for name in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated"):
        bits *= read_whole(dataset, name) or 0
    return 8 * len(dataset.PixelData) // bits if bits else 0


def _refuse_more(there: int, frames: int) -> None:
    if there > frames:
        raise ValueError(f"{there} frames in a file that says it holds {frames}")


def _packed_frame(dataset: pydicom.Dataset, place: int, frames: int) -> bytes:
    """The compressed bytes of one frame."""
    if frames == 1:
        starts = (JPEG_START, JPEG2000_START)
        begun = sum(one.startswith(starts) for one in generate_fragments(dataset.PixelData))
        _refuse_more(max(begun, len(parse_basic_offsets(dataset.PixelData))), frames)
    offsets = tuple(dataset[name].value for name in OFFSET_TABLES if name in dataset)
    return get_frame(
        dataset.PixelData,
        place,
        number_of_frames=frames,
        extended_offsets=(offsets[0], offsets[1]) if len(offsets) == 2 else None,
    )


def _refuse_filled(dataset: pydicom.Dataset, packed: bytes, raw: np.ndarray) -> None:
    """Refuse a lossless JPEG that a decoder filled up without a word.

    Bytes behind the last pixel change nothing; where pixels are missing, they become pixels.
    """
    end = packed.rfind(IMAGE_END)
    longer = copy.copy(dataset)
    longer.NumberOfFrames = 1
    for table in OFFSET_TABLES:
        longer.pop(table, None)
    longer.PixelData = encapsulate([packed[:end] + bytes(range(1, 65)) + packed[end:]])
    if not np.array_equal(_decode_by_pydicom(longer, 0), raw):
        raise ValueError("a truncated JPEG: pixels are missing before its end")


def _drop_unused_bits(
    raw: Shaped[np.ndarray, "height width"], dataset: pydicom.Dataset
) -> Shaped[np.ndarray, "height width"]:
    """Clear what else stands in a number's upper bits: overlays, or nothing that means anything."""
    bits = raw.itemsize * 8
    stored = read_whole(dataset, "BitsStored") or bits
    packed = dataset.file_meta.TransferSyntaxUID.is_encapsulated
    if packed or raw.dtype.kind not in "ui" or stored >= bits or dataset.BitsAllocated == 1:
        return raw
    if raw.dtype.kind == "u":
        low: np.ndarray = raw & raw.dtype.type(2**stored - 1)
        return low
    # Shifted back, a signed number takes its sign from the highest bit stored.
    signed: np.ndarray = (raw << (bits - stored)) >> (bits - stored)
    return signed
