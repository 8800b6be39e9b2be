"""Which content each file had when it was last read, so that no file is hashed twice."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import ImageError
from labelassemble.files.inside_path import file_on_disk
from labelassemble.storage.write_aside import write_aside

KNOWN_FILES = pl.DataFrame(
    schema={
        "path": pl.String,
        "size": pl.Int64,
        "modified_ns": pl.Int64,
        "sha256": pl.Binary,
    }
)
"""No rows, and the columns of the file that ``write_known_files`` makes."""


class FileStamp(NamedTuple):
    """What tells without reading that a file has changed: bytes, and nanoseconds since 1970."""

    size: int
    modified_ns: int


class KnownFile(NamedTuple):
    """A file's stamp when it was read, and the SHA-256 of its bytes then."""

    stamp: FileStamp
    sha256: bytes


def stamp_file(path: str) -> FileStamp | None:
    """Ask the file system for a file's stamp; None where there is no such file.

    What lies inside another file has that one's.
    """
    try:
        status = os.stat(file_on_disk(path))  # noqa: PTH116 (a hundred thousand times: no Path is made)
    except OSError:
        return None
    return FileStamp(status.st_size, status.st_mtime_ns)


def stamp_files(paths: Sequence[str], workers: int) -> list[FileStamp | None]:
    """Stamp many files at once: on network drives each reply takes its time."""
    parts = [paths[start : start + 256] for start in range(0, len(paths), 256)]
    with ThreadPoolExecutor(workers) as pool:
        stamps = pool.map(lambda part: [stamp_file(path) for path in part], parts)
        return list(chain.from_iterable(stamps))


def read_known_files(place: Path) -> dict[str, KnownFile]:
    """Read what ``write_known_files`` wrote; nothing is known where there is no such file.

    Raises:
        ImageError: the file is damaged.
    """
    frame = read_index(place, KNOWN_FILES)
    return {
        path: KnownFile(FileStamp(size, modified), sha256)
        for path, size, modified, sha256 in frame.iter_rows()
    }


def write_known_files(files: dict[str, KnownFile], place: Path) -> None:
    """Write paths (absolute), stamps and contents, aside, then renamed."""
    columns = {
        "path": list(files),
        "size": [file.stamp.size for file in files.values()],
        "modified_ns": [file.stamp.modified_ns for file in files.values()],
        "sha256": [file.sha256 for file in files.values()],
    }
    write_index(pl.DataFrame(columns, schema=KNOWN_FILES.schema), place)


def read_index(place: Path, empty: pl.DataFrame) -> pl.DataFrame:
    """Read one of the store's own tables; ``empty`` where there is no such file.

    Raises:
        ImageError: the file is damaged or not the store's.
    """
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        return empty
    try:
        frame = pl.read_parquet(data)
    except pl.exceptions.PolarsError as error:
        raise _damaged(place, str(error).splitlines()[0]) from error
    if frame.schema != empty.schema:
        raise _damaged(place, f"columns {', '.join(frame.columns)}")
    return frame


def write_index(frame: pl.DataFrame, place: Path) -> None:
    """Write one of the store's own tables so that a reader sees the old one or the new one.

    The caller holds the store's lock.
    """
    with write_aside(place, locked=True) as aside, aside.open("wb") as file:
        frame.write_parquet(file, compression="zstd", compression_level=1, statistics=False)


def _damaged(place: Path, got: str) -> ImageError:
    return ImageError(
        f"a table of decoded images at {place}",
        got,
        f"Delete the folder {place.parent}; the images are decoded again then",
    )
