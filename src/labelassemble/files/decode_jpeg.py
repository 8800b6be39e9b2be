"""The bytes of a JPEG file in, 8-bit grey values out: whole, or refused."""

import re

import cv2
import numpy as np
import simplejpeg
from jaxtyping import UInt8

from labelassemble.files.file_structure import IMAGE_END, JpegStructure, read_jpeg_structure
from labelassemble.files.opencv_decode import opencv_decode
from labelassemble.files.orientation import read_orientation, turn_upright

_HARMLESS = ("Invalid SOS parameters", "unknown JFIF", "unknown Adobe", "determine subsampling")
"""Complaints of libjpeg about headers whose pixels may all be there all the same."""

MAX_PADDING = 16
"""Bytes between the last pixel and the end that some cameras write; more may be lost pixels."""

FLAGS = {
    1: cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2 | cv2.IMREAD_IGNORE_ORIENTATION,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4 | cv2.IMREAD_IGNORE_ORIENTATION,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_IGNORE_ORIENTATION,
}
"""What OpenCV is reported, by the share of its size at which a JPEG is decoded."""


def decode_jpeg(
    data: bytes, structure: JpegStructure, smallest_side: int = 0
) -> UInt8[np.ndarray, "height width"]:
    """Decode a grey or colour JPEG to its luma, turned upright.

    libjpeg fills what is missing with grey and only warns; here a warning about pixels is an error.

    Args:
        data: the file's bytes.
        structure: what ``read_jpeg_structure`` says of them.
        smallest_side: where more than 0, it may be decoded at 1/2, 1/4 or 1/8 of its size, as long
            as no side falls below this number of pixels.

    Raises:
        ValueError: damaged or cut pixels; says so in a phrase.
    """
    share = 1
    if smallest_side > 0:
        side = min(structure.width, structure.height)
        share = max(part for part in (1, 2, 4, 8) if part == 1 or side // part >= smallest_side)
    grey = _decode_whole(data, structure, share)
    return turn_upright(grey, read_orientation(data)) if structure.exif else grey


def refuse_cut_jpeg(data: bytes) -> None:
    """Decode a JPEG of 8 bits for nothing but to see that its pixels are all there.

    Raises:
        ValueError: damaged or cut.
    """
    structure = read_jpeg_structure(data)
    if structure.bits == 8:
        _decode_whole(data, structure, 1)


def _decode_whole(
    data: bytes, structure: JpegStructure, share: int
) -> UInt8[np.ndarray, "height width"]:
    height, width = -(-structure.height // share), -(-structure.width // share)
    try:
        decoded: UInt8[np.ndarray, "height width 1"] = simplejpeg.decode_jpeg(
            data, "GRAY", min_height=height, min_width=width
        )
        return decoded[..., 0]
    except ValueError as error:
        if not _is_harmless(str(error), structure):
            raise ValueError(f"a damaged or truncated JPEG file: {error}") from error
    # Bytes behind the last pixel change nothing; where pixels are missing, they become pixels.
    grey, end = opencv_decode(data, FLAGS[share]), data.rfind(IMAGE_END)
    longer = opencv_decode(data[:end] + bytes(range(1, 65)) + data[end:], FLAGS[share])
    if not np.array_equal(grey, longer):
        raise ValueError("a truncated JPEG file: pixels are missing before its end")
    return grey


def _is_harmless(complaint: str, structure: JpegStructure) -> bool:
    padded = re.search(r"(\d+) extraneous bytes before marker 0xd9", complaint)
    if padded:
        # Only the first complaint is reported, and before each restart there may be such bytes.
        return int(padded[1]) <= MAX_PADDING and not structure.restarts
    return any(words in complaint for words in _HARMLESS)
