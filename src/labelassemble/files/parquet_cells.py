"""Images in the cells of a Parquet file, as Hugging Face ``datasets`` writes them."""

import io
import threading
from functools import lru_cache
from pathlib import Path

import polars as pl

from labelassemble.errors import ImageError
from labelassemble.files.archive_file import open_archive
from labelassemble.files.inside_path import INSIDE, split_archive
from labelassemble.files.parquet_names import name_embedded_images
from labelassemble.storage.fetch_object import bring

BLOCK_BYTES = 16 * 2**20
"""About so many bytes are read at once: cells of a Parquet file lie packed in groups."""

_MAX_ROWS = 512


def read_cell(file: Path, column: str, row: int) -> bytes:
    """Give the bytes of the image in one cell.

    Args:
        file: the Parquet file; in an archive ``images.zip#data/part.parquet``.
        column: of bytes, or of structures with a field ``bytes``.
        row: counted from 0.

    Raises:
        ImageError: no such file, column or row, or nothing in that cell.
    """
    try:
        stamp = Path(split_archive(str(file))[0]).stat()
        rows, step = _measure(file, stamp.st_size, stamp.st_mtime_ns)
        if row >= rows:
            raise ValueError(f"{rows:,} rows")
        with _lock_of(file, column):
            block = _read(file, column, row // step, step, stamp.st_mtime_ns)
        data = block[row % step]
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ImageError(
            f"row {row} of the column {column} in {file}",
            (said.strip() or type(error).__name__).splitlines()[0],
            "Download the file again",
        ) from error
    if data is None:
        raise ImageError(
            f"the bytes of an image in row {row} of the column {column} in {file}",
            "a blank cell",
            "Take the image out of its table",
        )
    return bytes(data)


@lru_cache(maxsize=1024)
def _measure(file: Path, size: int, modified_ns: int) -> tuple[int, int]:
    """How many rows there are, and how many are read at once."""
    table = open_table(file, modified_ns)
    size = size if isinstance(table, Path) else len(table.getbuffer())
    rows = int(pl.scan_parquet(table, glob=False).select(pl.len()).collect().item())
    return rows, max(1, min(_MAX_ROWS, BLOCK_BYTES * rows // max(size, 1)))


@lru_cache(maxsize=6)
def _read(file: Path, column: str, block: int, step: int, modified_ns: int) -> list[bytes | None]:
    # The time is part of the key: a file that changed is read again.
    cells = (
        pl.scan_parquet(open_table(file, modified_ns), glob=False)
        .select(pl.col(column))
        .slice(block * step, step)
    )
    found = cells.collect()[column]
    if isinstance(found.dtype, pl.Struct):
        found = found.struct.field("bytes")
    if found.dtype != pl.Binary:
        raise ValueError(f"a column of {found.dtype}")
    return found.to_list()


def open_table(file: Path, modified_ns: int) -> Path | io.BytesIO:
    """Give a Parquet file, or its bytes where it lies in an archive; of these the last are kept.

    Args:
        file: as ``read_cell`` takes it.
        modified_ns: when the file, or the archive, was changed.

    Raises:
        ImageError: it cannot be read out of its archive.
    """
    archive, member = split_archive(str(file))
    return io.BytesIO(_unpack(Path(archive), member, modified_ns)) if member else bring(file)


@lru_cache(maxsize=2)
def _unpack(archive: Path, member: str, modified_ns: int) -> bytes:
    del modified_ns
    return open_archive(archive).read(member)


_locks = [threading.Lock() for _ in range(16)]


def _lock_of(file: Path, column: str) -> threading.Lock:
    """Threads that ask for neighbours read their block once."""
    return _locks[hash((file, column)) % len(_locks)]


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
