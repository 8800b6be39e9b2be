"""What the frame of a PNG, JPEG or JPEG 2000 file says: size, depth, and whether it is whole.

Decoders fill what is missing with grey and resume, so truncation is looked for here, in the
bytes, before any pixel is decoded.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

JPEG_START = b"\xff\xd8\xff"
SCAN_START = b"\xff\xda"
IMAGE_END = b"\xff\xd9"
"""Markers of JPEG, JPEG-LS and JPEG 2000 (the last alone)."""

FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that start a frame (SOF0 to SOF15 without tables and reserved ones)."""

JPEG2000_START = b"\xff\x4f\xff\x51"
"""How a JPEG 2000 codestream begins; a JP2 file holds one."""

BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers that no length follows."""


TEXT_CHUNKS, EXIF_TEXT = (b"tEXt", b"zTXt", b"iTXt"), b"Raw profile type exif"
"""Where ImageMagick wrote EXIF before PNG had a chunk of its own for it."""

LOSSLESS_MARKERS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
PROGRESSIVE_MARKERS = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

COLOUR_MARKERS = ((0xE0, b"JFIF\0"), (0xEE, b"Adobe"))
"""Markers that say of which kind colours are, and how they begin."""

NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Where a scan's compressed pixels end: neither a stuffed byte nor a restart."""


class PngStructure(NamedTuple):
    """What a PNG file says of itself.

    Attributes:
        width: in pixels, before the image is turned upright.
        height: likewise.
        bits: a channel.
        palette: whether pixels are places in a table of colours.
        transparent: whether some may be seen through.
        clear_grey: the one grey value that is transparent; None where there is no such.
        exif: whether it may say how the image is turned.
    """

    width: int
    height: int
    bits: int
    palette: bool
    transparent: bool
    clear_grey: int | None = None
    exif: bool = False


class JpegStructure(NamedTuple):
    """What a JPEG file says of itself.

    Attributes:
        width: in pixels, before the image is turned upright.
        height: likewise.
        components: 1 grey, 3 colour, 4 CMYK.
        bits: a component.
        lossless: whether pixels are predicted rather than transformed (T.81, annex H).
        exif: whether it may say how the image is turned.
        restarts: whether markers stand between parts of the pixels.
        says_colours: whether it tells by itself if its components are luma and two differences, or
            red, green and blue; coarser differences tell it too.
    """

    width: int
    height: int
    components: int
    bits: int = 8
    lossless: bool = False
    exif: bool = False
    restarts: bool = False
    says_colours: bool = False


def read_png_structure(data: bytes) -> PngStructure:
    """Walk over the chunks of a PNG file and check their lengths and checksums.

    Args:
        data: the file's bytes, from the signature on.

    Raises:
        ValueError: truncated, damaged, or animated; says so in a phrase.

    Source: PNG (third edition), sections 5 and 11.
    """
    place, header, key, pixels, exif = 8, b"", b"", False, False
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
            key = data[place + 8 : end - 4] or b"\0"
        elif kind == b"acTL" and struct.unpack_from(">I", data, place + 8)[0] > 1:
            raise ValueError("an animated PNG file")
        elif kind == b"eXIf" or (kind in TEXT_CHUNKS and data.startswith(EXIF_TEXT, place + 8)):
            exif = True
        elif kind == b"IEND":
            break
        place = end
    if len(header) != 13 or not pixels:
        raise ValueError("a damaged PNG file: no header or no pixels")
    width, height, bits, colour = struct.unpack_from(">IIBB", header)
    if not width or not height:
        raise ValueError(f"a damaged PNG file: {width} x {height} pixels")
    clear = int.from_bytes(key[:2], "big") if colour == 0 and len(key) >= 2 else None
    return PngStructure(
        width, height, bits, colour == 3, bool(key) or colour in (4, 6), clear, exif
    )


def read_jpeg_structure(data: bytes) -> JpegStructure:
    """Walk over all markers of a JPEG file, and look for its end and for scans that are missing.

    Within compressed pixels no end marker can occur by chance, so a file without one was cut.
    Whether the pixels between the markers are whole only a decoder can say.

    Args:
        data: the file's bytes, from the start marker on.

    Raises:
        ValueError: truncated or damaged; says so in a phrase.

    Source: ITU-T T.81, annexes B and G.
    """
    frame, progressive, exif, restarts = None, False, False, False
    says_colours = False
    names: list[int] = []
    scans: list[bytes] = []
    for marker, body in _walk_jpeg(data):
        if marker == 0xE1 and body.startswith(b"Exif\0"):
            exif = True
        elif (marker, body[:5]) in COLOUR_MARKERS:
            says_colours = True
        elif marker == 0xDD:
            restarts = any(body)
        elif marker in FRAME_MARKERS and len(body) >= 6:
            bits, height, width, components = struct.unpack_from(">BHHB", body)
            lossless, progressive = marker in LOSSLESS_MARKERS, marker in PROGRESSIVE_MARKERS
            names = list(body[6 : 6 + 3 * components : 3])
            says_colours |= len(set(body[7 : 7 + 3 * components : 3])) > 1
            says_colours |= bytes(names) == b"RGB"
            frame = JpegStructure(width, height, components, bits, lossless)
        elif marker == 0xDA:
            scans.append(body)
    if frame is None:
        raise ValueError("a damaged JPEG file: pixels without a frame")
    if not frame.width or not frame.height:
        raise ValueError(f"a damaged JPEG file: {frame.width} x {frame.height} pixels")
    if not _shows_all(scans, names, progressive):
        raise ValueError(f"a truncated JPEG file ({len(data):,} bytes): scans are missing")
    return frame._replace(exif=exif, restarts=restarts, says_colours=says_colours)


def _walk_jpeg(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker with a length, and what follows it."""
    cut = ValueError(f"a truncated JPEG file ({len(data):,} bytes)")
    place, pixels = 2, False
    while True:
        if place + 4 > len(data) and data[place : place + 2] != IMAGE_END:
            raise cut
        if data[place] != 0xFF:
            if pixels:
                raise cut
            raise ValueError(f"a damaged JPEG file: no marker at byte {place:,}")
        marker = data[place + 1]
        if marker == 0xD9:
            if pixels:
                return
            raise cut
        if marker == 0xFF or marker in BARE_MARKERS:
            place += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, place + 2)
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + max(length, 2)
        if marker == 0xDA:
            pixels = True
            if (found := NEXT_MARKER.search(data, place)) is None:
                raise cut
            place = found.start()


def _shows_all(scans: list[bytes], names: list[int], progressive: bool) -> bool:
    """Whether the scans hold every component, and every coefficient to its last bit."""
    missing = {(name, k) for name in names for k in (range(64) if progressive else (0,))}
    for scan in scans:
        count = scan[0] if scan else 0
        if len(scan) < 4 + 2 * count:
            return False
        start, stop, steps = scan[1 + 2 * count : 4 + 2 * count]
        if progressive and steps & 15:
            continue
        shown = range(start, stop + 1) if progressive else (0,)
        missing -= {(name, k) for name in scan[1 : 1 + 2 * count : 2] for k in shown}
    return not missing


def refuse_cut_jpeg2000(data: bytes) -> None:
    """Walk over the tile-parts of a JPEG 2000 codestream to its end marker.

    Args:
        data: the codestream, or a JP2 file that holds one.

    Raises:
        ValueError: truncated; says so in a phrase.

    Source: ITU-T T.800, annex A.
    """
    cut = ValueError(f"a truncated JPEG 2000 file ({len(data):,} bytes)")
    place = data.find(JPEG2000_START)
    if place < 0:
        raise cut
    place += 2
    while data[place : place + 2] != IMAGE_END:
        if place + 12 > len(data):
            raise cut
        marker, length = struct.unpack_from(">HH", data, place)
        if marker == 0xFF90:
            (length,) = struct.unpack_from(">I", data, place + 6)
            if length == 0:
                # The last tile-part may leave its length out: it lasts until the end.
                if data.rstrip(b"\0")[-2:] != IMAGE_END:
                    raise cut
                return
            place += max(length, 12)
        else:
            place += 2 + max(length, 2)


def refuse_cut_jpeg_ls(data: bytes) -> None:
    """See that a JPEG-LS image has its end marker: without one CharLS may decode for ever.

    Raises:
        ValueError: truncated; says so in a phrase.

    Source: ITU-T T.87, C.1: in coded data no marker occurs.
    """
    if data.rfind(IMAGE_END) < data.rfind(SCAN_START):
        raise ValueError(f"a truncated JPEG-LS image ({len(data):,} bytes): it has no end marker")
