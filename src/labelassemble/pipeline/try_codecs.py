"""Every kind of file that is read, tried on a tiny one: decoded to the pixels that went in."""

import base64
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import nibabel
import numpy as np
import tifffile
from jaxtyping import Float, UInt8
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from labelassemble.files.dicom_pixels import MissingDecoderError, read_pixels
from labelassemble.files.read_image import decode_image
from labelassemble.files.volume_file import open_volume_file
from labelassemble.pipeline.health import Health, HealthState, one_line

_SIDE = 16
_PACKED: dict[UID, str] = {
    JPEGLosslessSV1: (
        "/9j/wwALCAAQABABAREA/8QAGQABAQEBAQEAAAAAAAAAAAAABAMAAgEI/9oACAEBAAEAAPn/AG22222229999999"
        "999999993XXXXXXXXXXXXXXW7777777777777771KUpSlKUpSlKU1a1rWta1rWta11rWta1rWta1rW173ve973ve"
        "973yEIQhCEIQhCEIyUpSlKUpSlKUpylKUpSlKUpSlKy1rWta1rWta1rzGMYxjGMYxjGMzWta1rWta1rWtznOc5zn"
        "Oc5znOz3ve973ve973v/AP/Z"
    ),
    JPEGLSLossless: (
        "/9j/9wALCAAQABABAREA/9oACAEBAAAAAP9Ntt+3/3MmTSTSqlIklElVSZEIyYjJtoSkWTZJJJEqUREkkkibuRER"
        "EkiTIhCEIEcxSOwJSKZEzsxEQipWZJkREQjdYimRkRCPuRWZGZiPnysyMRiOvl7MjEI6+XsyMQj/2Q=="
    ),
    JPEG2000Lossless: (
        "/0//UQApAAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAABBwEB/1IADAAAAAEAAwQEAAH/XAANQEBI"
        "SFBISFBISFD/ZAAqAAFDcmVhdGVkIGJ5IEdEQ00vT3BlbkpQRUcgdmVyc2lvbiAyLjMuMP+QAAoAAAAAAFoAAf+T"
        "34AwBknDnut/w+oEh9QHA+cGD9rLfw/a3w/Wn8HzhoPnCwD4RSNyMXGYfx7ccgq/JF8LK8fA+QPA+QNACEBfqP54"
        "ieU/Uij2G4+vYf/Z"
    ),
}
"""The image of ``draw`` as one packed frame, where nothing that is always there can pack it.
Source: packed by GDCM 3.2.6 (its codecs: libjpeg, CharLS, OpenJPEG 2.3.0)."""


class CodecTrial(NamedTuple):
    """A tiny file and how it is read.

    Attributes:
        name: of the kind of file.
        needed: without it common sources cannot be read.
        write: gives the file's bytes.
        read: gives its grey values, 0 to 255.
        max_error: by how much a lossy codec may be wrong, in grey values.
    """

    name: str
    needed: bool
    write: Callable[[], bytes]
    read: Callable[[bytes], Float[np.ndarray, "height width"]]
    max_error: float = 0.5


def draw() -> UInt8[np.ndarray, "height width"]:
    """Draw the image that every file holds: a multiplication table, 0 to 225."""
    return np.multiply.outer(np.arange(_SIDE), np.arange(_SIDE)).astype(np.uint8)


def try_codecs() -> list[Health]:
    """Write, or unpack, a file of each kind, and read it as sources are read."""
    return [_try(trial) for trial in list_trials()]


def list_trials() -> Iterator[CodecTrial]:
    """List the kinds of files."""
    yield CodecTrial("PNG", True, lambda: _by_opencv(".png"), _record)
    # Deep values are stretched to their own range, of which the ends are left out.
    yield CodecTrial("PNG, 16 bits", True, lambda: _by_opencv(".png", deep=True), _record, 40.0)
    yield CodecTrial("JPEG", True, lambda: _by_opencv(".jpg"), _record, 6.0)
    yield CodecTrial("TIFF", True, _tiff, _record)
    yield CodecTrial("TIFF, LZW", True, lambda: _by_pillow("TIFF", compression="tiff_lzw"), _record)
    for kind in ("BMP", "GIF", "PPM"):
        yield CodecTrial(kind, True, partial(_by_pillow, kind), _record)
    yield CodecTrial("WebP", False, lambda: _by_pillow("WEBP", lossless=True), _record)
    yield CodecTrial("JPEG 2000", False, lambda: _by_pillow("JPEG2000"), _record, 6.0)
    for title, needed, syntax, max_error in (
        ("uncompressed", True, ExplicitVRLittleEndian, 0.5),
        ("RLE", True, RLELossless, 0.5),
        ("JPEG", True, JPEGBaseline8Bit, 6.0),
        ("lossless JPEG", False, JPEGLosslessSV1, 0.5),
        ("JPEG-LS", False, JPEGLSLossless, 0.5),
        ("JPEG 2000", False, JPEG2000Lossless, 0.5),
    ):
        yield CodecTrial(
            f"DICOM, {title}", needed, partial(_dicom, syntax), _dicom_pixels, max_error
        )
    yield CodecTrial("NIfTI, gzip", True, _nifti, _volume)


def _try(trial: CodecTrial) -> Health:
    wrong: HealthState = "broken" if trial.needed else "note"
    try:
        with _silent_libraries():
            pixels = trial.read(trial.write())
    except MissingDecoderError as error:
        return Health(trial.name, wrong, f"{error}. {error.advice}")
    except Exception as error:
        # Whatever a decoder raises, the next one is tried.
        return Health(trial.name, wrong, one_line(error))
    if pixels.shape != (_SIDE, _SIDE):
        return Health(trial.name, wrong, f"decoded to the shape {pixels.shape}")
    apart = float(np.abs(pixels - draw()).max())
    if apart > trial.max_error:
        return Health(trial.name, wrong, f"decoded, but wrong by {apart:.0f} of 255 grey values")
    return Health(trial.name, "ok", "decoded")


@contextmanager
def _silent_libraries() -> Iterator[None]:
    """Keep decoders in C from writing to standard error while they are tried."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _by_opencv(suffix: str, deep: bool = False) -> bytes:
    record = draw().astype(np.uint16) * 290 if deep else draw()
    return bytes(cv2.imencode(suffix, record)[1])


def _by_pillow(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(draw()).save(buffer, kind, **options)
    return buffer.getvalue()


def _tiff() -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, draw())
    return buffer.getvalue()


def _dicom(syntax: UID) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, UID("1.2.3")
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "MONOCHROME2", 1
    dataset.Rows = dataset.Columns = _SIDE
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.PixelData = draw().tobytes()
    if syntax == RLELossless:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.compress(RLELossless)
    elif syntax.is_encapsulated:
        jpeg = syntax == JPEGBaseline8Bit
        frame = _by_opencv(".jpg") if jpeg else base64.b64decode(_PACKED[syntax])
        dataset.PixelData = encapsulate([frame])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _nifti() -> bytes:
    image: Any = nibabel.Nifti1Image(draw()[..., None], np.eye(4))  # type: ignore[no-untyped-call]
    return gzip.compress(image.to_bytes())


def _record(data: bytes) -> Float[np.ndarray, "height width"]:
    return decode_image(data, Path("tried")) * 255.0


def _dicom_pixels(data: bytes) -> Float[np.ndarray, "height width"]:
    values = read_pixels(data, None, Path("tried")).values
    return (values if values.ndim == 2 else values[..., 0]).astype(np.float32)


def _volume(data: bytes) -> Float[np.ndarray, "height width"]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tried.nii.gz")
        path.write_bytes(data)
        volume = open_volume_file(path)
        return np.asarray(volume.read(0, volume.shape[2]), np.float32)[..., 0]
