"""A DICOM file's bytes in, grey values in [0, 1] out: air dark, bone bright."""

import io

import numpy as np
import pydicom
from jaxtyping import Bool, Float
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from labelassemble.files.grey_range import scale_bytes, stretch_range

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Weights of red, green and blue in the grey value (ITU-R BT.601)."""


def read_dicom(data: bytes) -> Float[np.ndarray, "height width"]:
    """Decode one DICOM image.

    In this order: modality rescale (slope and intercept, or its table); the first value-of-interest
    window or table where there is one, else the true range (``stretch_range``), except that plain
    8-bit pixels keep their scale; MONOCHROME1 is inverted. Padding pixels come out black and set
    no range. Colour becomes luma.

    Args:
        data: the file's bytes.

    Returns:
        float32 in [0, 1].

    Raises:
        ValueError: not one picture; says in a phrase what it is instead.
        Exception: whatever pydicom raises on a damaged file; the caller makes it an ImageError.
    """
    dataset = pydicom.dcmread(io.BytesIO(data))
    if "PixelData" not in dataset:
        raise ValueError("a DICOM file without pixels")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise ValueError(f"{dataset.NumberOfFrames} frames in one DICOM file")
    stored = dataset.pixel_array
    kind = dataset.PhotometricInterpretation
    if kind == "PALETTE COLOR":
        stored = apply_color_lut(stored, dataset)
    if stored.ndim == 3:
        grey: Float[np.ndarray, "height width"] = stored[..., :3].astype(np.float32) @ LUMA
        grey /= np.float32(np.iinfo(stored.dtype).max)
        return np.clip(grey, 0.0, 1.0, out=grey)
    padding = _find_padding(stored, dataset)
    scaled = _scale(stored, dataset, None if padding is None else ~padding)
    if kind == "MONOCHROME1":
        scaled = np.float32(1.0) - scaled
    if padding is not None:
        scaled[padding] = 0.0
    return scaled


def _scale(
    stored: np.ndarray, dataset: pydicom.Dataset, counted: Bool[np.ndarray, "height width"] | None
) -> Float[np.ndarray, "height width"]:
    rescaled = (
        "ModalityLUTSequence" in dataset
        or float(dataset.get("RescaleSlope", 1)) != 1.0
        or float(dataset.get("RescaleIntercept", 0)) != 0.0
    )
    values = apply_modality_lut(stored, dataset) if rescaled else stored
    if dataset.get("VOILUTSequence"):
        return stretch_range(apply_voi(values.astype(np.int32), dataset), counted)
    center, width = _first_number(dataset, "WindowCenter"), _first_number(dataset, "WindowWidth")
    if center is not None and width is not None and width > 0:
        function = str(dataset.get("VOILUTFunction") or "LINEAR")
        return apply_window(values.astype(np.float64), center, width, function)
    if not rescaled and stored.dtype.kind == "u" and dataset.BitsStored == 8:
        return scale_bytes(stored.astype(np.uint8))
    return stretch_range(values, counted)


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


def _first_number(dataset: pydicom.Dataset, name: str) -> float | None:
    """The first of several values, as with windows: the one that the writer shows by default."""
    value = dataset.get(name)
    if isinstance(value, MultiValue):
        value = value[0] if len(value) else None
    return None if value is None else float(value)


def _find_padding(
    stored: np.ndarray, dataset: pydicom.Dataset
) -> Bool[np.ndarray, "height width"] | None:
    """Pixels that the detector never saw; none where there are no such, or nothing else."""
    value = dataset.get("PixelPaddingValue")
    if value is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit", value)
    low, high = sorted((int(value), int(limit)))
    padding: Bool[np.ndarray, "height width"] = (stored >= low) & (stored <= high)
    return padding if padding.any() and not padding.all() else None
