"""A DICOM file's bytes in, grey values in [0, 1] out: air dark, bone bright."""

from pathlib import Path

import numpy as np
import pydicom
from jaxtyping import Bool, Float, Shaped
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from labelassemble.files.colours import mix_luma
from labelassemble.files.dicom_header import header_of_frame, read_number, read_numbers, read_whole
from labelassemble.files.dicom_pixels import read_pixels
from labelassemble.files.grey_range import scale_bytes, stretch_range


def read_dicom(
    data: bytes, frame: int | None = None, path: Path = Path("image.dcm")
) -> Float[np.ndarray, "height width"]:
    """Decode one DICOM image.

    In this order: modality rescale (slope and intercept, or its table); the first value-of-interest
    table or window that is whole where there is one, else the true range (``stretch_range``),
    except that plain 8-bit pixels keep their scale; MONOCHROME1 is inverted. Padding pixels come
    out black and set no range. Colour becomes luma. Elements that are empty count as absent.

    Args:
        data: the file's bytes.
        frame: which of several, counted from 1; None: the only one.
        path: of the file, for advice.

    Returns:
        float32 in [0, 1].

    Raises:
        ValueError: not one image, or one that nobody can read without guessing; says so in a
            phrase.
        Exception: whatever pydicom raises on a damaged file; the caller makes it an ImageError.
    """
    pixels = read_pixels(data, frame, path)
    header, stored = header_of_frame(pixels.header, pixels.frame), pixels.values
    if header.PhotometricInterpretation == "PALETTE COLOR":
        table = apply_color_lut(stored, header)
        return _show_colours(table, np.iinfo(table.dtype).bits)
    if stored.ndim == 3:
        return _show_colours(stored, read_whole(header, "BitsStored") or 8)
    scaled = _scale(stored, header, None if pixels.padding is None else ~pixels.padding)
    if header.PhotometricInterpretation == "MONOCHROME1":
        scaled = np.float32(1.0) - scaled
    if pixels.padding is not None:
        scaled[pixels.padding] = 0.0
    return scaled


def _show_colours(
    colours: Shaped[np.ndarray, "height width channels"], bits: int
) -> Float[np.ndarray, "height width"]:
    grey = mix_luma(colours[..., :3]) / np.float32(2**bits - 1)
    return np.clip(grey, 0.0, 1.0, out=grey)


def _scale(
    stored: Shaped[np.ndarray, "height width"],
    header: pydicom.Dataset,
    counted: Bool[np.ndarray, "height width"] | None,
) -> Float[np.ndarray, "height width"]:
    slope, intercept = read_number(header, "RescaleSlope"), read_number(header, "RescaleIntercept")
    slope, intercept = 1.0 if slope is None else slope, intercept or 0.0
    table = header.get("ModalityLUTSequence")
    rescaled = bool(table) or slope != 1.0 or intercept != 0.0
    values = stored
    if table:
        values = apply_modality_lut(stored, header)
    elif rescaled:
        values = stored * slope + intercept
    if (item := _find_table(header)) is not None:
        return stretch_range(apply_voi(values.astype(np.int32), header, item), counted)
    if (window := _find_window(header)) is not None:
        function = str(header.get("VOILUTFunction") or "LINEAR").strip().upper()
        return apply_window(values.astype(np.float64), *window, function)
    if not rescaled and stored.dtype.kind == "u" and read_whole(header, "BitsStored") == 8:
        return scale_bytes(stored.astype(np.uint8))
    return stretch_range(values, counted)


def _find_table(header: pydicom.Dataset) -> int | None:
    """Which value-of-interest table comes first of those that hold something."""
    for place, item in enumerate(header.get("VOILUTSequence") or ()):
        if item.get("LUTData") and len(read_numbers(item, "LUTDescriptor")) == 3:
            return place
    return None


def _find_window(header: pydicom.Dataset) -> tuple[float, float] | None:
    """Centre and width of the first window that is whole: what its writer shows by default."""
    centers, widths = read_numbers(header, "WindowCenter"), read_numbers(header, "WindowWidth")
    pairs = zip(centers, widths, strict=False)
    return next((pair for pair in pairs if pair[1] > 0), None)


def apply_window(
    values: Float[np.ndarray, "height width"], center: float, width: float, function: str
) -> Float[np.ndarray, "height width"]:
    """Show the window's values from black (0) to white (1), float32.

    Args:
        values: after the modality rescale.
        center: the window's middle, in the values' unit.
        width: its width, more than 0; for LINEAR, 1 is a threshold.
        function: LINEAR, LINEAR_EXACT or SIGMOID.

    Source: DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3.

    >>> apply_window(np.array([[50.0, 100.0, 150.0]]), 100.0, 100.0, "LINEAR_EXACT").tolist()
    [[0.0, 0.5, 1.0]]
    """
    if function == "SIGMOID":
        shown = 1.0 / (1.0 + np.exp(-4.0 * (values - center) / width))
    elif function == "LINEAR_EXACT":
        shown = (values - center) / width + 0.5
    elif width > 1.0:
        shown = (values - (center - 0.5)) / (width - 1.0) + 0.5
    else:
        shown = (values > center - 0.5).astype(np.float64)
    clipped: Float[np.ndarray, "height width"] = np.clip(shown, 0.0, 1.0).astype(np.float32)
    return clipped
