"""What the frame of a PNG or JPEG file says: size, depth, and whether the file is whole.

Decoders fill what is missing with grey and carry on, so truncation is looked for here, in the
bytes, before any pixel is decoded.
"""

import struct
import zlib
from typing import NamedTuple

FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that start a frame (SOF0 to SOF15 without tables and reserved ones)."""

BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers that no length follows."""


class PngStructure(NamedTuple):
    """Width and height in pixels, bits a channel, and which colours the file holds."""

    width: int
    height: int
    bits: int
    palette: bool
    transparent: bool


class JpegStructure(NamedTuple):
    """Width and height in pixels, and colour components: 1 grey, 3 colour, 4 CMYK."""

    width: int
    height: int
    components: int


def read_png_structure(data: bytes) -> PngStructure:
    """Walk over the chunks of a PNG file and check their lengths and checksums.

    Args:
        data: the file's bytes, from the signature on.

    Raises:
        ValueError: truncated, damaged, or animated; says so in a phrase.

    Source: PNG (third edition), sections 5 and 11.
    """
    place, header, transparent, pixels = 8, b"", False, False
    while True:
        if place + 12 > len(data):
            raise ValueError(f"a truncated PNG file ({len(data):,} bytes)")
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise ValueError(f"a truncated PNG file ({len(data):,} bytes)")
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(memoryview(data)[place + 4 : end - 4]) != checksum:
            raise ValueError(f"a damaged PNG file: wrong checksum at byte {place:,}")
        if kind == b"IHDR":
            header = data[place + 8 : end - 4]
        elif kind == b"IDAT":
            pixels = True
        elif kind == b"tRNS":
            transparent = True
        elif kind == b"acTL" and struct.unpack_from(">I", data, place + 8)[0] > 1:
            raise ValueError("an animated PNG file")
        elif kind == b"IEND":
            break
        place = end
    if len(header) != 13 or not pixels:
        raise ValueError("a damaged PNG file: no header or no pixels")
    width, height, bits, colour = struct.unpack_from(">IIBB", header)
    return PngStructure(width, height, bits, colour == 3, transparent or colour in (4, 6))


def read_jpeg_structure(data: bytes) -> JpegStructure:
    """Walk over the markers of a JPEG file up to its pixels, and look for its end.

    Within compressed pixels no end marker can occur by chance, so a file without one was cut.

    Args:
        data: the file's bytes, from the start marker on.

    Raises:
        ValueError: truncated or damaged; says so in a phrase.

    Source: ITU-T T.81, annex B.
    """
    place, frame = 2, None
    while True:
        if place + 4 > len(data):
            raise ValueError(f"a truncated JPEG file ({len(data):,} bytes)")
        if data[place] != 0xFF:
            raise ValueError(f"a damaged JPEG file: no marker at byte {place:,}")
        marker = data[place + 1]
        if marker == 0xFF or marker in BARE_MARKERS:
            place += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, place + 2)
        if marker in FRAME_MARKERS and length >= 8 and place + 10 <= len(data):
            height, width, components = struct.unpack_from(">HHB", data, place + 5)
            frame = JpegStructure(width, height, components)
        place += 2 + length
        if marker == 0xDA:
            break
    if frame is None:
        raise ValueError("a damaged JPEG file: pixels without a frame")
    if data.find(b"\xff\xd9", place) < 0:
        raise ValueError(f"a truncated JPEG file ({len(data):,} bytes)")
    return frame
