"""Whether all pixels of a TIFF page are there."""

import zlib
from typing import Any

from labelassemble.files.decode_jpeg import refuse_cut_jpeg

UNCOMPRESSED, JPEG, SEPARATE = 1, 7, 2
DEFLATE = (8, 32946)

MAX_AT_ONCE = 2**24
"""Bytes that are unpacked at a time, to be counted and dropped."""


def refuse_cut_tiff(data: bytes, page: Any) -> None:
    """Refuse strips and tiles that end behind the file, are missing, or whose pixels end early.

    Args:
        data: the whole file.
        page: as tifffile gives it.

    Raises:
        ValueError: truncated or damaged; says so in a phrase.

    Source: TIFF 6.0, sections 3 and 15; Adobe's technical notes on JPEG and deflate in TIFF.
    """
    size = len(data)
    depth = page.bitspersample
    bits = sum(depth) if isinstance(depth, tuple) else depth * page.samplesperpixel
    needed = page.imagewidth * page.imagelength * bits // 8
    packed = page.compression != UNCOMPRESSED
    starts, lengths = page.dataoffsets, page.databytecounts
    if not lengths and not packed and len(starts) == 1:
        lengths = (needed,)
    if not starts or len(starts) != len(lengths) or min(starts) <= 0 or min(lengths) <= 0:
        raise ValueError("a damaged TIFF file: pixels without a place")
    segments = page.samplesperpixel if page.planarconfig == SEPARATE else 1
    if page.is_tiled:
        segments *= -(-page.imagelength // page.tilelength) * -(-page.imagewidth // page.tilewidth)
    else:
        segments *= -(-page.imagelength // (page.rowsperstrip or page.imagelength))
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    if max(ends) > size or len(ends) < segments or (not packed and sum(lengths) < needed):
        raise ValueError(f"a truncated TIFF file ({size:,} bytes)")
    view = memoryview(data)
    for start, length in zip(starts, lengths, strict=True):
        if page.compression in DEFLATE:
            _refuse_cut_deflate(view[start : start + length])
        elif page.compression == JPEG and page.samplesperpixel != 2:
            # What the strips' tables have in common stands once a page.
            tables = (page.jpegtables or b"\xff\xd8\xff\xd9")[:-2]
            refuse_cut_jpeg(tables + data[start + 2 : start + length])


def _refuse_cut_deflate(packed: memoryview) -> None:
    unpacking = zlib.decompressobj()
    try:
        while packed and not unpacking.eof:
            unpacking.decompress(packed, MAX_AT_ONCE)
            packed = memoryview(unpacking.unconsumed_tail)
    except zlib.error as error:
        raise ValueError(f"a damaged TIFF file: {error}") from error
    if not unpacking.eof:
        raise ValueError("a truncated TIFF file: packed pixels end early")
