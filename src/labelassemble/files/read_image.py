"""One image file in, its grey values in [0, 1] out."""

import io
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float
from PIL import Image, ImageOps, UnidentifiedImageError

from labelassemble.errors import ImageError
from labelassemble.files.array_file import ARRAY_START, find_array, read_array
from labelassemble.files.file_structure import (
    JpegStructure,
    PngStructure,
    read_jpeg_structure,
    read_png_structure,
)
from labelassemble.files.grey_range import scale_bytes, stretch_range
from labelassemble.files.read_dicom import LUMA, read_dicom

READING = 1
"""Version of the way from bytes to grey values; a change makes every store decode again."""

MOST_PIXELS = 300_000_000
"""Larger pictures are refused: no radiograph, and a header can claim anything."""

ADVICE = "Fetch the file again, or take the image out of its table"

DICOM_SUFFIXES = (".dcm", ".dicom")


def read_image(path: Path, smallest_side: int = 0) -> Float[np.ndarray, "height width"]:
    """Read a PNG, JPEG or DICOM file, or any other still picture that Pillow opens.

    8-bit values are divided by 255. Deeper ones are stretched from their true range, robustly
    (``grey_range.stretch_range``). Colour becomes luma (BT.601); what is transparent shows black.
    EXIF rotation is applied. DICOM: ``read_dicom``.

    Args:
        path: the file.
        smallest_side: where more than 0, a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, as
            long as no side falls below this number of pixels; faster, and nearly the same after
            resizing. 0: as it is.

    Returns:
        float32 in [0, 1], air dark and bone bright.

    Raises:
        ImageError: the file is missing, empty, truncated or damaged, holds several frames, is no
            image, or has one value everywhere.
    """
    return decode_image(read_file(path), path, smallest_side)


def read_file(path: Path) -> bytes:
    """Read all bytes of an image file, or of one image inside an npz file (``array_file``).

    Raises:
        ImageError: the file is missing, is a folder, or may not be read.
    """
    place = find_array(str(path))
    if place is not None:
        return read_array(place)
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"an image file at {path}",
            error.strerror or str(error),
            "Check the folder of images, and that the file is there and may be read",
        ) from error


def decode_image(
    data: bytes, path: Path, smallest_side: int = 0
) -> Float[np.ndarray, "height width"]:
    """Decode the bytes of an image file: ``read_image`` for bytes that are in memory already.

    Args:
        data: the file's bytes.
        path: where they came from, for errors; its suffix also marks DICOM without a preamble.
        smallest_side: as in ``read_image``.

    Raises:
        ImageError: as in ``read_image``.
    """
    if not data:
        raise _wrong(path, "an empty file (0 bytes)")
    try:
        # Decoders of damaged files raise nearly anything; all of it means the same to the user.
        image = _decode(data, path, smallest_side)
    except Exception as error:
        raise _wrong(path, _describe(error), _advise(error)) from error
    low, high, _, _ = cv2.minMaxLoc(image)
    if not low < high:
        raise _wrong(path, f"the one value {low:.3g} in all {image.size:,} pixels")
    return image


def _decode(data: bytes, path: Path, smallest_side: int) -> Float[np.ndarray, "height width"]:
    if data[128:132] == b"DICM" or path.suffix.lower() in DICOM_SUFFIXES:
        return read_dicom(data)
    if data.startswith(ARRAY_START):
        return _decode_array(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _decode_png(data, read_png_structure(data))
    if data.startswith(b"\xff\xd8\xff"):
        return _decode_jpeg(data, read_jpeg_structure(data), smallest_side)
    return _decode_other(data)


def _decode_png(data: bytes, structure: PngStructure) -> Float[np.ndarray, "height width"]:
    _refuse_huge(structure.width, structure.height)
    if structure.bits == 16:
        values = _cv2_decode(data, cv2.IMREAD_UNCHANGED)
        if values.ndim == 2:
            return stretch_range(values)
        # OpenCV's order is blue, green, red, alpha.
        grey = values[..., 2::-1].astype(np.float32) @ LUMA
        if values.shape[-1] == 4:
            grey *= values[..., 3] / np.float32(65535)
        return stretch_range(grey)
    if structure.bits == 8 and not structure.palette and not structure.transparent:
        return scale_bytes(_cv2_decode(data, cv2.IMREAD_GRAYSCALE))
    return _decode_other(data)


def _decode_array(data: bytes) -> Float[np.ndarray, "height width"]:
    values = np.load(io.BytesIO(data), allow_pickle=False)
    grey = values[..., 0] if values.ndim == 3 and values.shape[-1] == 1 else values
    if grey.ndim == 3 and grey.shape[-1] == 3:
        grey = np.rint(grey.astype(np.float32) @ LUMA).astype(values.dtype)
    if grey.ndim != 2 or grey.dtype.kind not in "uif":
        raise ValueError(f"an array of shape {values.shape} and kind {values.dtype}")
    return scale_bytes(grey) if grey.dtype == np.uint8 else stretch_range(grey)


def _decode_jpeg(
    data: bytes, structure: JpegStructure, smallest_side: int
) -> Float[np.ndarray, "height width"]:
    _refuse_huge(structure.width, structure.height)
    if structure.components not in (1, 3):
        return _decode_other(data)
    flag = cv2.IMREAD_GRAYSCALE
    if smallest_side > 0:
        side = min(structure.width, structure.height)
        for share, reduced in (
            (2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
            (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
            (8, cv2.IMREAD_REDUCED_GRAYSCALE_8),
        ):
            if side // share >= smallest_side:
                flag = reduced
    return scale_bytes(_cv2_decode(data, flag))


def _cv2_decode(data: bytes, flag: int) -> np.ndarray:
    values = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flag)
    if values is None:
        raise ValueError("pixels that cannot be decoded")
    return values


def _decode_other(data: bytes) -> Float[np.ndarray, "height width"]:
    """Decode with Pillow: slower, but it knows palettes, CMYK, single bits and other formats."""
    opened = Image.open(io.BytesIO(data))
    _refuse_huge(*opened.size)
    frames = getattr(opened, "n_frames", 1)
    if frames > 1:
        raise ValueError(f"{frames} frames in one file")
    picture: Image.Image = ImageOps.exif_transpose(opened)
    if picture.mode == "F" or picture.mode.startswith("I"):
        values = np.asarray(picture)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError("values that are not finite numbers")
        return stretch_range(values)
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        black = Image.new("RGBA", coloured.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, coloured)
    return scale_bytes(np.array(picture.convert("L")))


def _refuse_huge(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width:,} x {height:,} pixels, more than {MOST_PIXELS:,} in all")


def _describe(error: Exception) -> str:
    """One line of what a decoder complained about."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, UnidentifiedImageError):
        return "bytes that are no image of a known kind"
    return first


def _advise(error: Exception) -> str:
    if "missing dependencies" in str(error):
        return 'Install the decoders of compressed DICOM: pip install "pylibjpeg[all]"'
    return ADVICE


def _wrong(path: Path, got: str, do: str = ADVICE) -> ImageError:
    return ImageError(f"one grey picture in {path}", got, do)
