"""Image files in, decoded once into a store."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock
from jaxtyping import UInt8

from labelassemble.errors import ImageError, MachineError
from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import decode_image, hash_image
from labelassemble.files.reading_version import READING
from labelassemble.images.count_cores import count_cores
from labelassemble.images.fingerprint import fingerprint_image
from labelassemble.images.known_files import (
    FileStamp,
    KnownFile,
    read_known_files,
    stamp_file,
    stamp_files,
    write_known_files,
)
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.record_file import Appender, RecordFile
from labelassemble.images.store import ImageStore, open_fingerprints
from labelassemble.settings import ImageSettings
from labelassemble.storage.object_store import StoreError
from labelassemble.storage.read_ahead import ReadAhead

PIXELS, INDEX, FILES, LOCK = "pixels.u8", "index.parquet", "files.parquet", "lock"

FEWEST_BEFORE_SAVING = 256
"""Files decoded before the index is written; the more there are, the rarer it is written."""

FEWEST_FAR = 32
"""The same of images in an object store, each of which costs a request to fetch again."""

MAX_BYTES_BEFORE_SAVING = 256 * 2**20
"""Pixels that may wait in memory until the index is written."""

_Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


def build_store(
    files: Mapping[str, Path],
    settings: ImageSettings,
    folder: Path,
    progress: _Progress | None = None,
) -> ImageStore:
    """Decode what is not decoded yet, and open the store.

    An image is known by the content of its file and by size and fit. Files that have neither
    moved nor changed are not read again; files that have are hashed, and decoded only if their
    content is new. The pixel file only grows, and its index is replaced after the pixels are on
    disk: a run that is killed loses what it decoded since, and the next one resumes. Runs that
    build the same store at once wait for each other; reading needs no lock.

    Args:
        files: image to image file.
        settings: size, fit, and number of decoding threads.
        folder: where stores of all sizes lie; made if it is not there.
        progress: called with (files done, files in all).

    Returns:
        The store. Files that carry no image are listed in its ``unreadable``; whether that is an
        error is the caller's to say.

    Raises:
        ImageError: the folder cannot be written, or holds a damaged store.
        MachineError: there is too little memory to decode a file; nothing is left out for that.
    """
    places = {record: os.path.abspath(path) for record, path in files.items()}  # noqa: PTH100
    build = _Build(list(dict.fromkeys(places.values())), settings, folder, progress)
    try:
        build.run()
    except OSError as error:
        raise ImageError(
            f"a folder for decoded images at {folder} that can be written",
            error.strerror or str(error),
            "Free some room there, or choose another output folder",
        ) from error
    except MemoryError as error:
        raise MachineError(
            f"enough memory to decode {len(places):,} images, {build.workers} at a time",
            str(error) or "too little",
            "Close other programs, or decode fewer at once (images.workers)",
        ) from error
    unreadable = {
        record: build.wrong[path] for record, path in places.items() if path in build.wrong
    }
    digests = {
        record: build.known[path].sha256
        for record, path in places.items()
        if path not in build.wrong
    }
    return ImageStore(
        pixels=build.pixels.place,
        rows=len(build.pixels.rows),
        size=settings.size,
        row={record: build.pixels.rows[digest] for record, digest in digests.items()},
        content={record: digest.hex() for record, digest in digests.items()},
        unreadable=unreadable,
    )


class _Reading(NamedTuple):
    """One file, read: its pixels and fingerprints where they are new, or what is wrong with it."""

    known: KnownFile | None
    pixels: UInt8[np.ndarray, "size size"] | None
    fingerprints: bytes | None
    wrong: str | None


class _Build:
    """What is known of the files, and what is still to be read."""

    def __init__(
        self, paths: list[str], settings: ImageSettings, folder: Path, progress: _Progress | None
    ) -> None:
        self.paths, self.settings, self.folder = paths, settings, folder
        self.progress = progress or (lambda done, total: None)
        self.pixels = open_pixels(folder, settings)
        self.fingerprints = open_fingerprints(folder)
        self.workers = settings.workers or count_cores()
        self.wrong: dict[str, str] = {}

    def run(self) -> None:
        stamps = dict(zip(self.paths, stamp_files(self.paths, self.workers), strict=True))
        self._look(stamps)
        if not self._missing(stamps):
            self.progress(len(self.paths), len(self.paths))
            return
        if self.folder.is_symlink() and not self.folder.exists():
            # To a store that was deleted (``add-class`` shares the run's): a new one is made.
            self.folder.unlink()
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / LOCK):
            # Another run may have decoded the same files while this one waited.
            self._look(stamps)
            self._read(self._missing(stamps))

    def _look(self, stamps: Mapping[str, FileStamp | None]) -> None:
        self.known = read_known_files(self.folder / FILES)
        self.pixels.load()
        self.fingerprints.load()
        self.stale = {
            path
            for path, stamp in stamps.items()
            if (self.known.get(path) or _NEVER).stamp != stamp
        }

    def _missing(self, stamps: Mapping[str, FileStamp | None]) -> list[str]:
        return [
            path
            for path in stamps
            if path in self.stale
            or self.known[path].sha256 not in self.pixels.rows
            or self.known[path].sha256 not in self.fingerprints.rows
        ]

    def _read(self, missing: Sequence[str]) -> None:
        done = len(self.paths) - len(missing)
        self.progress(done, len(self.paths))
        pool = ThreadPoolExecutor(self.workers)
        try:
            with (
                self.pixels.open() as pixels,
                self.fingerprints.open() as fingerprints,
                ReadAhead(missing, read_file) as ahead,
            ):
                fewest = FEWEST_FAR if ahead.is_far else FEWEST_BEFORE_SAVING
                for chunk in self._cut(missing, fewest):
                    try:
                        read = pool.map(partial(self._read_one, ahead), chunk)
                        for path, reading in zip(chunk, read, strict=True):
                            self._keep(path, reading, pixels, fingerprints)
                            done += 1
                            self.progress(done, len(self.paths))
                    except StoreError:
                        self._save(pixels, fingerprints)  # What came before stays.
                        raise
                    self._save(pixels, fingerprints)
        finally:
            pool.shutdown(cancel_futures=True)

    def _save(self, pixels: Appender, fingerprints: Appender) -> None:
        pixels.save()
        fingerprints.save()
        write_known_files(self.known, self.folder / FILES)

    def _cut(self, missing: Sequence[str], fewest: int) -> Iterator[Sequence[str]]:
        start = 0
        while start < len(missing):
            # Ever longer parts: writing the index stays a small share of the work.
            count = max(fewest, len(self.known) * fewest // (16 * FEWEST_BEFORE_SAVING))
            count = max(1, min(count, MAX_BYTES_BEFORE_SAVING // self.pixels.size))
            yield missing[start : start + count]
            start += count

    def _read_one(self, ahead: ReadAhead, path: str) -> _Reading:
        file = Path(path)
        # Before reading: if the file changes meanwhile, its stamp will not match next time.
        stamp = stamp_file(path)
        try:
            data = ahead.take(path)
            known = KnownFile(stamp or _NEVER.stamp, hash_image(data, file))
            if known.sha256 in self.pixels.rows and known.sha256 in self.fingerprints.rows:
                return _Reading(known, None, None, None)
            image = decode_image(data, file)
            pixels = prepare_radiograph(image, self.settings.size, self.settings.fit)
            told = fingerprint_image(image)
        except ImageError as error:
            return _Reading(None, None, None, str(error))
        return _Reading(
            known, pixels, told.pixel_sha256 + told.frame + told.local_contrast.tobytes(), None
        )

    def _keep(self, path: str, reading: _Reading, pixels: Appender, fingerprints: Appender) -> None:
        if reading.wrong is not None:
            self.wrong[path] = reading.wrong
        if reading.known is not None:
            self.known[path] = reading.known
            if reading.pixels is not None and reading.fingerprints is not None:
                pixels.append(reading.known.sha256, reading.pixels.data)
                fingerprints.append(reading.known.sha256, reading.fingerprints)


_NEVER = KnownFile(FileStamp(-1, -1), b"")


def open_pixels(folder: Path, settings: ImageSettings) -> RecordFile:
    """Give the decoded images of these settings, ``size**2`` bytes each; not loaded yet.

    Args:
        folder: where stores of all sizes lie.
        settings: size and fit.
    """
    place = folder / name_store(settings)
    return RecordFile(place / PIXELS, place / INDEX, settings.size**2)


def name_store(settings: ImageSettings) -> str:
    """Folder of the store that these settings make.

    >>> name_store(ImageSettings(size=128, fit="pad"))
    '128-pad-v2'
    """
    return f"{settings.size}-{settings.fit}-v{READING}"
