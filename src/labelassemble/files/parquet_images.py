"""What a Parquet file of Hugging Face ``datasets`` holds: images, and the words of classes."""

from functools import lru_cache
from pathlib import Path

import polars as pl

from labelassemble.errors import ImageError
from labelassemble.files.inside_path import INSIDE, split_archive
from labelassemble.files.parquet_cells import open_table
from labelassemble.files.parquet_names import name_embedded_images


def list_embedded_images(file: Path) -> list[tuple[str, str]]:
    """Name of each image in a Parquet file, and the path by which it is read.

    Args:
        file: one in an archive as ``images.zip#data/part.parquet``; no such file, or a damaged
            one: it has none.
    """
    try:
        stamp = Path(split_archive(str(file))[0]).stat()
        return _list(file, stamp.st_size, stamp.st_mtime_ns)
    except (OSError, ImageError, pl.exceptions.PolarsError):
        return []


@lru_cache(maxsize=64)
def _list(file: Path, _size: int, modified_ns: int) -> list[tuple[str, str]]:
    found = name_embedded_images(open_table(file, modified_ns), file.stem)
    if found is None:
        return []
    start = f"{file}{INSIDE}{found.column}/"
    return [(name, f"{start}{row}") for row, name in enumerate(found.names) if name is not None]
