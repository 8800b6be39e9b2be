"""One image file in, its grey values in [0, 1] out."""

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, Shaped

from labelassemble.errors import ImageError, MachineError, raise_machine_fault
from labelassemble.files.array_file import ARRAY_START
from labelassemble.files.colours import LUMA
from labelassemble.files.decode_jpeg import decode_jpeg, refuse_cut_jpeg
from labelassemble.files.decode_other import decode_other
from labelassemble.files.decode_png import PNG_START, decode_png
from labelassemble.files.decode_tiff import TIFF_STARTS, decode_tiff
from labelassemble.files.describe_error import ADVICE, describe_error
from labelassemble.files.file_structure import JPEG_START, read_jpeg_structure, read_png_structure
from labelassemble.files.frame_path import split_frame
from labelassemble.files.grey_range import scale_bytes, stretch_range
from labelassemble.files.image_size import ImageSize, refuse_size
from labelassemble.files.is_dicom import starts_as_dicom
from labelassemble.files.open_file import read_file


def read_image(path: Path, smallest_side: int = 0) -> Float[np.ndarray, "height width"]:
    """Read a PNG, JPEG, TIFF or DICOM file, or any other still image that Pillow opens.

    8-bit values are divided by 255. Deeper ones are stretched from their true range, robustly
    (``grey_range.stretch_range``). Colour becomes luma (BT.601); what is transparent shows black.
    EXIF rotation is applied. DICOM: ``read_dicom``. What a file holds is told by its content, not
    by its name.

    Args:
        path: the file; ``cine.dcm#frame/3`` for one of several frames or pages, counted from 1;
            ``images.zip#a.png`` for one inside another file (``open_file``).
        smallest_side: where more than 0, a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, as
            long as no side falls below this number of pixels; faster, and nearly the same after
            resizing. 0: as it is.

    Returns:
        float32 in [0, 1], air dark and bone bright.

    Raises:
        ImageError: the file is missing, empty, truncated or damaged, holds several frames, is no
            image, or has one value everywhere.
        MachineError: there is not enough memory for it.
    """
    return decode_image(read_file(path), path, smallest_side)


def hash_image(data: bytes, path: Path) -> bytes:
    """Give the SHA-256 of an image: of its file's bytes, and of the frame that its path names.

    Args:
        data: as ``read_file`` gives them.
        path: where they came from.
    """
    digest = hashlib.sha256(data)
    if (frame := split_frame(str(path))[1]) is not None:
        digest.update(b"#frame/%d" % frame)
    return digest.digest()


def decode_image(
    data: bytes, path: Path, smallest_side: int = 0
) -> Float[np.ndarray, "height width"]:
    """Decode the bytes of an image file: ``read_image`` for bytes that are in memory already.

    Args:
        data: the file's bytes.
        path: where they came from, for errors and for the frame that it names.
        smallest_side: as in ``read_image``.

    Raises:
        ImageError: as in ``read_image``.
        MachineError: likewise.
    """
    if not data:
        raise _wrong(path, "an empty file (0 bytes)")
    try:
        # Decoders of damaged files raise nearly anything; all of it means the same to the user.
        image = _decode(data, path, smallest_side)
    except MemoryError as error:
        raise MachineError(
            f"enough memory to decode {path}",
            str(error) or f"too little, for a file of {len(data):,} bytes",
            "Close other programs, or decode fewer files at once (images.workers)",
        ) from error
    except Exception as error:
        raise_machine_fault(error)
        raise _wrong(path, describe_error(error), _advise(error)) from error
    return _refuse_constant(image, str(path))


def show_array(values: np.ndarray, name: str) -> Float[np.ndarray, "height width"]:
    """Give the grey values of an image that is an array, as ``read_image`` gives a file's.

    Args:
        values: whole numbers or fractions, ``height width``, ``height width 1`` or
            ``height width 3`` (red, green, blue); fractions must be finite.
        name: what to call it in errors.

    Raises:
        ImageError: another shape or kind, values that are not finite, one value everywhere.
    """
    try:
        image = _show(_mix_array(values))
    except ValueError as error:
        raise ImageError(
            f"an image in {name}: height x width, or height x width x 3",
            str(error),
            "Give one image an array, of whole numbers or finite fractions",
        ) from error
    return _refuse_constant(image, name)


def _refuse_constant(
    image: Float[np.ndarray, "height width"], name: str
) -> Float[np.ndarray, "height width"]:
    low, high, _, _ = cv2.minMaxLoc(image)
    if not low < high:
        raise _wrong(name, f"the one value {low:.3g} in all {image.size:,} pixels")
    return image


def _decode(data: bytes, path: Path, smallest_side: int) -> Float[np.ndarray, "height width"]:
    name, frame = split_frame(str(path))
    file = Path(name)
    if data[128:132] == b"DICM":
        return _read_dicom(data, frame, file)
    if data.startswith(ARRAY_START):
        return _show(_mix_array(np.load(io.BytesIO(data), allow_pickle=False)))
    if data.startswith(PNG_START):
        png = read_png_structure(data)
        refuse_size(ImageSize(png.width, png.height))
        grey = decode_png(data, png)
        return _show(decode_other(data, frame, file) if grey is None else grey)
    if data.startswith(JPEG_START):
        jpeg = read_jpeg_structure(data)
        refuse_size(ImageSize(jpeg.width, jpeg.height))
        if jpeg.components in (1, 3):
            return _show(decode_jpeg(data, jpeg, smallest_side))
        refuse_cut_jpeg(data)
        return _show(decode_other(data, frame, file, page=0))
    if data.startswith(TIFF_STARTS):
        page, deep = decode_tiff(data, frame, file)
        return _show(decode_other(data, frame, file, page) if deep is None else deep)
    if starts_as_dicom(data):
        return _read_dicom(data, frame, file)
    return _show(decode_other(data, frame, file))


def _read_dicom(data: bytes, frame: int | None, file: Path) -> Float[np.ndarray, "height width"]:
    # Here: whoever reads PNG files does not pay for pydicom.
    from labelassemble.files.read_dicom import read_dicom

    return read_dicom(data, frame, file)


def _show(values: Shaped[np.ndarray, "height width"]) -> Float[np.ndarray, "height width"]:
    return scale_bytes(values) if values.dtype == np.uint8 else stretch_range(values)


def _mix_array(values: np.ndarray) -> Shaped[np.ndarray, "height width"]:
    grey = values[..., 0] if values.ndim == 3 and values.shape[-1] == 1 else values
    if grey.ndim == 3 and grey.shape[-1] == 3:
        mixed = grey.astype(np.float32) @ LUMA
        grey = mixed if values.dtype.kind == "f" else np.rint(mixed).astype(values.dtype)
    if grey.ndim != 2 or not grey.size or grey.dtype.kind not in "uif":
        raise ValueError(f"an array of shape {values.shape} and kind {values.dtype}")
    if not np.isfinite(grey).all():
        raise ValueError("values that are not finite")
    return grey


def _advise(error: Exception) -> str:
    """What the error itself advises, where it does."""
    return str(getattr(error, "advice", ADVICE))


def _wrong(path: Path | str, got: str, do: str = ADVICE) -> ImageError:
    return ImageError(f"one grey image in {path}", got, do)
