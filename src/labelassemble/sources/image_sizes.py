"""Sizes of many image files: each header is read once."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import polars as pl

from labelassemble.errors import ImageError
from labelassemble.files.image_size import ImageSize
from labelassemble.files.nifti_file import is_nifti, open_nifti_file
from labelassemble.files.read_size import StoredSize, read_stored_size

_SIZES: Final = {
    "path": pl.String,
    "width": pl.Int64,
    "height": pl.Int64,
    "orientation": pl.Int64,
}
"""One row a file: columns and rows of the image as it is seen, and how EXIF turns it (1 to 8);
null where the header cannot be read."""

WORKERS: Final = 8
_FEWEST: Final = 64
"""From so many files on, several are read at a time: disks of a network predict slowly."""


def read_image_sizes(paths: Iterable[str]) -> pl.DataFrame:
    """Read the sizes of image files from their headers.

    Of a volume, the size of a slice across its last axis.

    Args:
        paths: files, or frames of files.

    Returns:
        ``_SIZES``, one row a path, sorted by path.
    """
    asked = sorted(set(paths))
    if len(asked) < _FEWEST:
        found = [_read(path) for path in asked]
    else:
        with ThreadPoolExecutor(WORKERS) as pool:
            found = list(pool.map(_read, asked, chunksize=64))
    rows = [
        (path, *(one.upright if one else (None, None)), one.orientation if one else None)
        for path, one in zip(asked, found, strict=True)
    ]
    return pl.DataFrame(rows, schema=_SIZES, orient="row")


def _read(path: str) -> StoredSize | None:
    try:
        if is_nifti(Path(path)):
            width, height, *_ = open_nifti_file(Path(path)).shape
            return StoredSize(ImageSize(width, height), 1)
        return read_stored_size(Path(path))
    except (OSError, ImageError, ValueError):
        return None
