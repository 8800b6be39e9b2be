"""Pixels of a DICOM image that only fill its frame."""

import numpy as np
import pydicom
from jaxtyping import Bool, Shaped

from labelassemble.files.dicom_header import read_whole


def find_padding(
    raw: Shaped[np.ndarray, "height width"],
    values: Shaped[np.ndarray, "height width"],
    dataset: pydicom.Dataset,
) -> Bool[np.ndarray, "height width"] | None:
    """Find the pixels that the detector never saw; None where there are none, or nothing else.

    The value may stand signed beside unsigned pixels or the other way round (63536 is -2000), and
    it may need bits that the pixels' own numbers do not use.

    Args:
        raw: as they stand in the file.
        values: the same, unused bits dropped.
        dataset: the header.

    Raises:
        ValueError: a value that is no whole number.

    Source: DICOM PS3.3, C.7.5.1.1.2.
    """
    value = read_whole(dataset, "PixelPaddingValue")
    if value is None or raw.dtype.kind not in "ui":
        return None
    limit = read_whole(dataset, "PixelPaddingRangeLimit")
    padding = np.zeros(raw.shape, dtype=bool)
    for pixels, bits in ((raw, raw.itemsize * 8), (values, read_whole(dataset, "BitsStored"))):
        ends = [
            _in_range(one, bits or 16, pixels.dtype.kind == "i")
            for one in (value, value if limit is None else limit)
        ]
        if None not in ends and (pixels is raw or pixels.dtype.kind == "i" or value >= 0):
            low, high = sorted(end for end in ends if end is not None)
            padding |= (pixels >= low) & (pixels <= high)
    return padding if padding.any() and not padding.all() else None


def _in_range(value: int, bits: int, signed: bool) -> int | None:
    """A value as these bits hold it; None where they cannot, however its sign is read."""
    if not -(2 ** (bits - 1)) <= value < 2**bits:
        return None
    if signed:
        return value - 2**bits if value >= 2 ** (bits - 1) else value
    wrapped: int = value % 2**bits
    return wrapped
