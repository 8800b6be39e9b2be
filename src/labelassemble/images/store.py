"""Pictures decoded and resized once, then read at memory speed.

A folder a setting of size and fit. ``pixels.u8`` holds square pictures one behind the other,
``index.txt`` the SHA-256 of the file behind each, one a line. Both only grow: pixels first, their
lines after. Whatever stands behind the last whole line was cut off by a kill and is cut away.
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock
from jaxtyping import Int, UInt8

from labelassemble.errors import ImageError
from labelassemble.images.known_files import KnownFiles
from labelassemble.images.radiograph import Fit, prepare_radiograph
from labelassemble.images.read_image import decode_image
from labelassemble.settings import ImageSettings

VERSION = 1
"""Changes when the same file and settings would give other pixels."""
CHUNK = 256
"""Files decoded between two commits to the index."""


@dataclass(frozen=True)
class ImageStore:
    """Decoded pictures, memory-mapped.

    Attributes:
        pixels: UInt8 ``pictures size size``, mapped from the file, never loaded whole.
        row: name to its row in ``pixels``; names of equal files share a row.
        content: name to the SHA-256 of its file, of every file that could be read.
        unreadable: name to what is wrong with its file.
    """

    pixels: UInt8[np.ndarray, "pictures size size"]
    row: dict[str, int]
    content: dict[str, str]
    unreadable: dict[str, str]

    @property
    def size(self) -> int:
        """Side of a picture in pixels."""
        return int(self.pixels.shape[1])

    def read(self, rows: Int[np.ndarray, " rows"]) -> UInt8[np.ndarray, "rows size size"]:
        """Copy some pictures into memory, in the order given."""
        return np.asarray(self.pixels[rows])


class _Decoded(NamedTuple):
    name: str
    content: str
    pixels: np.ndarray | None
    error: str


def build_store(
    files: Mapping[str, Path],
    settings: ImageSettings,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> ImageStore:
    """Decode what the store does not hold yet, and open it.

    A kill at any moment loses at most the last ``CHUNK`` pictures, and never leaves a wrong one.
    Several processes may build at once; they wait for each other. Files are known again by path,
    size and time of change, so a second call reads none of them.

    Args:
        files: name of the picture to its file.
        settings: size, fit and threads.
        folder: where stores are kept.
        progress: called with (files done, files in all).

    Returns:
        The store; names whose file is no picture are in ``unreadable``.
    """
    place = folder / f"{settings.size}-{settings.fit}-v{VERSION}"
    place.mkdir(parents=True, exist_ok=True)
    row: dict[str, int] = {}
    content: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    with FileLock(place / "lock"), KnownFiles(folder / "files.tsv") as known:
        writer = _Writer(place, settings.size)
        names = list(files)
        workers = settings.workers or os.cpu_count() or 1
        with ThreadPoolExecutor(workers) as pool:
            for start in range(0, len(names), CHUNK):
                chunk = names[start : start + CHUNK]
                decoded = pool.map(
                    lambda name: _decode(name, files[name], settings, known, writer.rows), chunk
                )
                for one in writer.append(list(decoded)):
                    if one.error:
                        unreadable[one.name] = one.error
                    else:
                        content[one.name] = one.content
                        row[one.name] = writer.rows[one.content]
                    if one.content:
                        known.remember(files[one.name], one.content)
                if progress is not None:
                    progress(start + len(chunk), len(names))
        pixels = writer.open()
    return ImageStore(pixels, row, content, unreadable)


def _decode(
    name: str, path: Path, settings: ImageSettings, known: KnownFiles, rows: Mapping[str, int]
) -> _Decoded:
    content = known.content_of(path)
    if content is not None and content in rows:
        return _Decoded(name, content, None, "")
    try:
        data = _read_bytes(path)
        content = hashlib.sha256(data).hexdigest()
        if content in rows:
            return _Decoded(name, content, None, "")
        pixels = prepare_radiograph(decode_image(data, str(path)), settings.size, _fit(settings))
    except ImageError as error:
        return _Decoded(name, content or "", None, str(error))
    return _Decoded(name, content, pixels, "")


def _fit(settings: ImageSettings) -> Fit:
    return settings.fit


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"an image file at {path}", error.strerror or str(error), "Check the path"
        ) from error


class _Writer:
    """Appends pictures: their pixels first, the lines that commit them after."""

    def __init__(self, place: Path, size: int) -> None:
        self.pixels, self.index, self.size = place / "pixels.u8", place / "index.txt", size
        self.pixels.touch()
        self.index.touch()
        whole = self.pixels.stat().st_size // self.record
        contents = [
            line.decode("ascii")
            for line in self.index.read_bytes().split(b"\n")[:-1]
            if len(line) == 64
        ][:whole]
        self.rows = {content: row for row, content in enumerate(contents)}
        os.truncate(self.pixels, len(contents) * self.record)
        os.truncate(self.index, len(contents) * 65)

    @property
    def record(self) -> int:
        return self.size * self.size

    def append(self, decoded: Sequence[_Decoded]) -> Sequence[_Decoded]:
        """Keep the new pictures among these, each content once."""
        new = {
            one.content: one.pixels
            for one in decoded
            if one.pixels is not None and one.content not in self.rows
        }
        if new:
            _append(self.pixels, b"".join(pixels.tobytes() for pixels in new.values()))
            _append(self.index, "".join(f"{content}\n" for content in new).encode("ascii"))
            first = len(self.rows)
            self.rows |= {content: first + place for place, content in enumerate(new)}
        return decoded

    def open(self) -> np.ndarray:
        shape = (len(self.rows), self.size, self.size)
        if not self.rows:  # an empty file cannot be mapped
            return np.zeros(shape, np.uint8)
        return np.memmap(self.pixels, np.uint8, "r", shape=shape)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
