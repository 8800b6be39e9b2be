"""What compressed pixels say of themselves, held against the DICOM header around them.

GDCM trusts both, and ends the whole process where they contradict each other.
"""

import struct
from typing import NamedTuple

import pydicom

from labelassemble.files.dicom_header import read_whole
from labelassemble.files.file_structure import JPEG2000_START, JPEG_START
from labelassemble.files.image_size import ImageSize

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
"""Second bytes of the markers that start a frame of JPEG, or of JPEG-LS."""


class PackedFrame(NamedTuple):
    """Size in pixels, colours a pixel, and bits a colour."""

    size: ImageSize
    samples: int
    bits: int


def refuse_contradiction(packed: bytes, dataset: pydicom.Dataset) -> None:
    """Refuse compressed pixels of another size or depth than the DICOM header says.

    Args:
        packed: one frame: JPEG, JPEG-LS or JPEG 2000; others are let be.
        dataset: the header.

    Raises:
        ValueError: what contradicts what, in a phrase.
    """
    frame = read_packed_frame(packed)
    if frame is None:
        return
    names = ("Columns", "Rows", "SamplesPerPixel", "BitsAllocated", "BitsStored")
    columns, rows, samples, allocated, stored = (read_whole(dataset, name) or 0 for name in names)
    there, said = (*frame.size, frame.samples), (columns, rows, samples)
    if there != said:
        raise ValueError(
            f"compressed pixels of {there[0]} x {there[1]} and {there[2]} colours, where the "
            f"header says {said[0]} x {said[1]} and {said[2]}"
        )
    if not 2 <= frame.bits <= allocated or stored > allocated or (allocated == 8) > (stored == 8):
        raise ValueError(
            f"compressed pixels of {frame.bits} bits, where the header says {stored} of {allocated}"
        )


def read_packed_frame(packed: bytes) -> PackedFrame | None:
    """Read the header of a compressed frame; None where it is of another kind.

    Raises:
        ValueError: it begins as one of them, and has no whole header.

    Source: ITU-T T.81, B.2.2; T.87, C.2.2; T.800, A.5.1.
    """
    try:
        if packed.startswith(JPEG2000_START):
            right, low, left, high = struct.unpack_from(">4I", packed, 8)
            samples, depth = struct.unpack_from(">HB", packed, 40)
            return PackedFrame(ImageSize(right - left, low - high), samples, (depth & 127) + 1)
        if packed.startswith(JPEG_START):
            return _read_jpeg_frame(packed)
    except struct.error as error:
        raise ValueError("compressed pixels without a header") from error
    return None


def _read_jpeg_frame(packed: bytes) -> PackedFrame:
    place = 2
    while True:
        marker, length = struct.unpack_from(">HH", packed, place)
        if marker == 0xFFFF:
            place += 1
        elif marker >> 8 != 0xFF or marker == 0xFFDA:
            raise ValueError("compressed pixels without a header")
        elif marker & 255 in _FRAMES:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", packed, place + 4)
            return PackedFrame(ImageSize(columns, rows), samples, bits)
        else:
            place += 2 + length
