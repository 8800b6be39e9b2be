"""One page of a TIFF file, or one plane of it, as a plain TIFF file of its own.

OpenCV unpacks samples of every depth, but of the first page only, not of planes that lie apart, and
turns some of them upright by itself. So the same pixels get a directory that says no more than how
they are packed; what they mean is the caller's to apply.
"""

import struct
from typing import Any

SHORT, LONG, LONG8 = 3, 4, 16
"""Kinds of numbers in a directory: 2, 4 and 8 bytes."""

CODES = {SHORT: "H", LONG: "I", LONG8: "Q"}

GREY, RGB = 1, 2
WHOLE, FLOAT = 1, 3


def isolate_plane(data: bytes, page: Any, plane: int | None) -> bytearray:
    """Append a directory that shows one page, or one plane of it, and nothing else.

    Args:
        data: the whole file.
        page: as tifffile gives it.
        plane: which of the planes that lie apart; None: all samples of a pixel lie together.

    Returns:
        The file with the new directory as its first one; the pixels stay where they are.

    Source: TIFF 6.0, section 2; BigTIFF.
    """
    order = "<" if data.startswith(b"I") else ">"
    starts, lengths = page.dataoffsets, page.databytecounts
    samples = page.samplesperpixel if plane is None else 1
    if plane is not None:
        count = len(starts) // page.samplesperpixel
        starts, lengths = (all_[plane * count : (plane + 1) * count] for all_ in (starts, lengths))
    depth = page.bitspersample
    depths = depth[:samples] if isinstance(depth, tuple) else (depth,) * samples
    tags: dict[int, tuple[int, tuple[int, ...]]] = {
        256: (LONG, (page.imagewidth,)),
        257: (LONG, (page.imagelength,)),
        258: (SHORT, tuple(depths)),
        259: (SHORT, (int(page.compression),)),
        262: (SHORT, (RGB if samples >= 3 else GREY,)),
        277: (SHORT, (samples,)),
        284: (SHORT, (1,)),
        339: (SHORT, (_sample_format(page, max(depths)),) * samples),
    }
    for code, value in ((266, page.fillorder), (317, page.predictor)):
        if int(value) != 1:
            tags[code] = (SHORT, (int(value),))
    if samples > 3:
        tags[338] = (SHORT, tuple(int(one) for one in page.extrasamples[: samples - 3]) or (0,))
    if page.is_tiled:
        tags |= {322: (LONG, (page.tilewidth,)), 323: (LONG, (page.tilelength,))}
        tags |= {324: (LONG8, tuple(starts)), 325: (LONG8, tuple(lengths))}
    else:
        tags[278] = (LONG, (page.rowsperstrip or page.imagelength,))
        tags |= {273: (LONG8, tuple(starts)), 279: (LONG8, tuple(lengths))}
    return _with_directory(data, tags, order)


def _sample_format(page: Any, bits: int) -> int:
    """Whole numbers without a sign, in which any other kind can be unpacked; but deep fractions."""
    return FLOAT if page.sampleformat == FLOAT and bits > 16 else WHOLE


def _with_directory(
    data: bytes, tags: dict[int, tuple[int, tuple[int, ...]]], order: str
) -> bytearray:
    big = data[2:4] in (b"+\0", b"\0+")
    word, size = ("Q", 8) if big else ("I", 4)
    body = bytearray(data)
    body += bytes(-len(body) % 8)
    entries = b""
    for code, (kind, values) in sorted(tags.items()):
        kind = LONG if kind == LONG8 and not big else kind
        packed = struct.pack(f"{order}{len(values)}{CODES[kind]}", *values)
        if len(packed) > size:
            packed, place = struct.pack(f"{order}{word}", len(body)), packed
            body += place + bytes(-len(place) % 8)
        entries += struct.pack(f"{order}HH{word}", code, kind, len(values)) + packed.ljust(
            size, b"\0"
        )
    first = len(body)
    body += struct.pack(f"{order}{'Q' if big else 'H'}", len(tags)) + entries + bytes(size)
    struct.pack_into(f"{order}{word}", body, 8 if big else 4, first)
    return body
