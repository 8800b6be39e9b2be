"""Image files in, decoded once; any rows of them out, at once."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import polars as pl
from filelock import FileLock
from jaxtyping import Int, UInt8

from labelassemble.errors import ImageError
from labelassemble.images.known_files import (
    FileStamp,
    KnownFile,
    read_frame,
    read_known_files,
    stamp_file,
    stamp_files,
    write_frame,
    write_known_files,
)
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.read_image import READING, decode_image, read_file
from labelassemble.settings import ImageSettings

PIXELS, INDEX, FILES, LOCK = "pixels.u8", "index.parquet", "files.parquet", "lock"
ROWS = pl.DataFrame(schema={"sha256": pl.Binary})
"""The index before the first picture: a row for each record of the pixel file, which says what
image file it was decoded from."""

FEWEST_BEFORE_SAVING = 256
"""Files decoded before the index is written; the more there are, the rarer it is written."""

MOST_BYTES_BEFORE_SAVING = 256 * 2**20
"""Pixels that may wait in memory until the index is written."""

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


class ImageStore:
    """Decoded pictures of one size, memory-mapped: reading a row is copying it.

    It can be handed to other processes; each maps the file for itself.

    Attributes:
        size: side of a picture in pixels.
        row: picture to its row; pictures with identical files share one.
        content: picture to the SHA-256 of its file (hexadecimal).
        unreadable: picture to what is wrong with its file; these have no row.
    """

    def __init__(
        self,
        pixels: Path,
        rows: int,
        size: int,
        row: dict[str, int],
        content: dict[str, str],
        unreadable: dict[str, str],
    ) -> None:
        self.size, self.row, self.content, self.unreadable = size, row, content, unreadable
        self._place, self._rows = pixels, rows
        self._map()

    def __len__(self) -> int:
        """Rows in the store, those of other sources included."""
        return self._rows

    def read(self, rows: Int[np.ndarray, " rows"]) -> UInt8[np.ndarray, "rows size size"]:
        """Copy these rows out, in this order; grey values 0 to 255, contiguous.

        Raises:
            ImageError: a row that is not there.
        """
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < self._rows:
            raise ImageError(
                f"rows from 0 to {self._rows - 1} of the store {self._place}",
                f"rows from {rows.min()} to {rows.max()}",
                "Take rows from the store's `row`",
            )
        return np.take(self._pixels, rows, axis=0)

    def _map(self) -> None:
        shape = (self._rows, self.size, self.size)
        self._pixels: UInt8[np.ndarray, "all_rows size size"] = (
            np.asarray(np.memmap(self._place, dtype=np.uint8, mode="r", shape=shape))
            if self._rows
            else np.empty(shape, dtype=np.uint8)
        )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_pixels"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._map()


def build_store(
    files: Mapping[str, Path],
    settings: ImageSettings,
    folder: Path,
    progress: Progress | None = None,
) -> ImageStore:
    """Decode what is not decoded yet, and open the store.

    A picture is known by the content of its file and by size and fit. Files that have neither
    moved nor changed are not read again; files that have are hashed, and decoded only if their
    content is new. The pixel file only grows, and its index is replaced after the pixels are on
    disk: a run that is killed loses what it decoded since, and the next one carries on. Runs that
    build the same store at once wait for each other; reading needs no lock.

    Args:
        files: picture to image file.
        settings: size, fit, and number of decoding threads.
        folder: where stores of all sizes lie; made if it is not there.
        progress: called with (files done, files in all).

    Returns:
        The store. Files that carry no picture are listed in its ``unreadable``; whether that is an
        error is the caller's to say.

    Raises:
        ImageError: the folder cannot be written, or holds a damaged store.
    """
    places = {picture: os.path.abspath(path) for picture, path in files.items()}  # noqa: PTH100
    build = _Build(list(dict.fromkeys(places.values())), settings, folder, progress)
    try:
        build.run()
    except OSError as error:
        raise ImageError(
            f"a folder for decoded images at {folder} that can be written",
            error.strerror or str(error),
            "Free some room there, or choose another output folder",
        ) from error
    unreadable = {
        picture: build.wrong[path] for picture, path in places.items() if path in build.wrong
    }
    digests = {
        picture: build.known[path].sha256
        for picture, path in places.items()
        if path not in build.wrong
    }
    return ImageStore(
        pixels=build.place / PIXELS,
        rows=len(build.rows),
        size=settings.size,
        row={picture: build.rows[digest] for picture, digest in digests.items()},
        content={picture: digest.hex() for picture, digest in digests.items()},
        unreadable=unreadable,
    )


class _Reading(NamedTuple):
    """One file, read: its pixels where they are new, or what is wrong with it."""

    known: KnownFile | None
    pixels: UInt8[np.ndarray, "size size"] | None
    wrong: str | None


class _Build:
    """What is known of the files, and what is still to be read."""

    def __init__(
        self, paths: list[str], settings: ImageSettings, folder: Path, progress: Progress | None
    ) -> None:
        self.paths, self.settings, self.folder = paths, settings, folder
        self.progress = progress or (lambda done, total: None)
        self.place = folder / name_store(settings)
        self.workers = settings.workers or _count_cores()
        self.record = settings.size**2
        self.wrong: dict[str, str] = {}

    def run(self) -> None:
        stamps = dict(zip(self.paths, stamp_files(self.paths, self.workers), strict=True))
        self._look(stamps)
        if not self._missing(stamps):
            self.progress(len(self.paths), len(self.paths))
            return
        self.place.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / LOCK):
            # Another run may have decoded the same files while this one waited.
            self._look(stamps)
            self._read(self._missing(stamps))

    def _look(self, stamps: Mapping[str, FileStamp | None]) -> None:
        self.known = read_known_files(self.folder / FILES)
        self.rows = self._read_index()
        self.stale = {
            path
            for path, stamp in stamps.items()
            if (self.known.get(path) or _NEVER).stamp != stamp
        }

    def _missing(self, stamps: Mapping[str, FileStamp | None]) -> list[str]:
        return [
            path
            for path in stamps
            if path in self.stale or self.known[path].sha256 not in self.rows
        ]

    def _read_index(self) -> dict[bytes, int]:
        """Content to row, as far as the pixel file really goes."""
        digests = read_frame(self.place / INDEX, ROWS)["sha256"].to_list()
        stamp = stamp_file(str(self.place / PIXELS))
        whole = 0 if stamp is None else stamp.size // self.record
        return {digest: row for row, digest in enumerate(digests[:whole])}

    def _read(self, missing: Sequence[str]) -> None:
        done = len(self.paths) - len(missing)
        self.progress(done, len(self.paths))
        pool = ThreadPoolExecutor(self.workers)
        try:
            with _open_at(self.place / PIXELS, len(self.rows) * self.record) as pixels:
                for chunk in self._cut(missing):
                    for path, reading in zip(chunk, pool.map(self._read_one, chunk), strict=True):
                        self._keep(path, reading, pixels)
                        done += 1
                        self.progress(done, len(self.paths))
                    self._save(pixels)
        finally:
            pool.shutdown(cancel_futures=True)

    def _cut(self, missing: Sequence[str]) -> Iterator[Sequence[str]]:
        start = 0
        while start < len(missing):
            # Ever longer parts: writing the index stays a small share of the work.
            count = max(FEWEST_BEFORE_SAVING, len(self.known) // 16)
            count = max(1, min(count, MOST_BYTES_BEFORE_SAVING // self.record))
            yield missing[start : start + count]
            start += count

    def _read_one(self, path: str) -> _Reading:
        file = Path(path)
        # Before reading: if the file changes meanwhile, its stamp will not match next time.
        stamp = stamp_file(path)
        try:
            data = read_file(file)
            known = KnownFile(stamp or _NEVER.stamp, hashlib.sha256(data).digest())
            if known.sha256 in self.rows:
                return _Reading(known, None, None)
            image = decode_image(data, file)
            pixels = prepare_radiograph(image, self.settings.size, self.settings.fit)
        except ImageError as error:
            return _Reading(None, None, str(error))
        return _Reading(known, pixels, None)

    def _keep(self, path: str, reading: _Reading, pixels: BinaryIO) -> None:
        if reading.wrong is not None:
            self.wrong[path] = reading.wrong
        if reading.known is not None:
            self.known[path] = reading.known
            if reading.pixels is not None and reading.known.sha256 not in self.rows:
                pixels.write(reading.pixels.data)
                self.rows[reading.known.sha256] = len(self.rows)

    def _save(self, pixels: BinaryIO) -> None:
        """Pixels first, then their index: whoever sees the index finds the pixels."""
        pixels.flush()
        os.fsync(pixels.fileno())
        index = pl.DataFrame({"sha256": list(self.rows)}, schema=ROWS.schema)
        write_frame(index, self.place / INDEX)
        write_known_files(self.known, self.folder / FILES)


_NEVER = KnownFile(FileStamp(-1, -1), b"")


def name_store(settings: ImageSettings) -> str:
    """Folder of the store that these settings make.

    >>> name_store(ImageSettings(size=128, fit="pad"))
    '128-pad-v1'
    """
    return f"{settings.size}-{settings.fit}-v{READING}"


def _open_at(place: Path, end: int) -> BinaryIO:
    """Open the pixel file behind its last whole record; what a killed run left there goes."""
    place.touch()
    file = place.open("r+b")
    file.truncate(end)
    file.seek(end)
    return file


def _count_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
