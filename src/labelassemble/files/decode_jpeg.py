"""The bytes of a JPEG file in, 8-bit grey values out: whole, or refused."""

import numpy as np
import simplejpeg
from jaxtyping import UInt8

from labelassemble.files.file_structure import JpegStructure, read_jpeg_structure
from labelassemble.files.orientation import read_orientation, turn_upright

JPEG_START, END = b"\xff\xd8\xff", b"\xff\xd9"

HARMLESS = ("extraneous bytes before marker 0xd9", "Invalid SOS parameters", "unknown JFIF")
"""Complaints of libjpeg about files whose pixels may all be there all the same."""

_FILLING = bytes(range(1, 65))


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
    size = (-(-structure.height // share), -(-structure.width // share))
    grey = _decode_whole(data, size)
    return turn_upright(grey, read_orientation(data)) if structure.exif else grey


def refuse_cut_jpeg(data: bytes) -> None:
    """Decode a JPEG of 8 bits for nothing but to see that its pixels are all there.

    Raises:
        ValueError: damaged or cut.
    """
    structure = read_jpeg_structure(data)
    if structure.bits == 8:
        _decode_whole(data, (structure.height, structure.width))


def _decode_whole(data: bytes, size: tuple[int, int]) -> UInt8[np.ndarray, "height width"]:
    try:
        return _decode(data, size, strict=True)
    except ValueError as error:
        if not any(words in str(error) for words in HARMLESS):
            raise ValueError(f"a damaged or truncated JPEG file: {error}") from error
    # Bytes behind the last pixel change nothing; where pixels are missing, they become pixels.
    grey, end = _decode(data, size, strict=False), data.rfind(END)
    longer = _decode(data[:end] + _FILLING + data[end:], size, strict=False)
    if not np.array_equal(grey, longer):
        raise ValueError("a truncated JPEG file: pixels are missing before its end")
    return grey


def _decode(data: bytes, size: tuple[int, int], strict: bool) -> UInt8[np.ndarray, "height width"]:
    decoded: UInt8[np.ndarray, "height width 1"] = simplejpeg.decode_jpeg(
        data, "GRAY", min_height=size[0], min_width=size[1], strict=strict
    )
    return decoded[..., 0]
