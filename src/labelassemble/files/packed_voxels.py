"""Voxels of one file, packed or not, slice by slice; their number and checksum are compared."""

import bz2
import gzip
import io
import math
import weakref
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Shaped

from labelassemble.files.grid_header import GridHeader
from labelassemble.storage.fetch_object import bring

_READ_BYTES = 2**20

_PADDING = 512
"""Fewer bytes behind the last voxel are padding; a slice more, and the header is wrong."""


def open_voxels(header: GridHeader) -> Callable[[int, int], Shaped[np.ndarray, "*slices"]]:
    """Check that a file can hold all its voxels, and give the way to read them.

    Packed ones are unpacked from front to back, so slices are best read in order; at the last one
    the packing's checksum is compared, and that nothing stands behind it.

    Args:
        header: what is known of them.

    Returns:
        Reads slices [start, stop) of the last axis. Raises OSError, EOFError, zlib.error,
        ValueError where the file is damaged.

    Raises:
        OSError: no file of voxels.
        ValueError: it is too short, or of another length; says so in a phrase.

    Source: RFC 1950 (zlib), RFC 1952 (gzip).
    """
    if header.parts:
        return _open_parts(header)
    kind, shape = header.kind, header.shape
    plane = math.prod(shape[:-1]) * kind.itemsize
    whole = plane * shape[-1]
    if not header.data.is_file():
        raise FileNotFoundError(
            2, f"no file {header.data.name} beside it, in which its voxels should stand"
        )
    size = header.data.stat().st_size
    before = _find_start(header, size, whole)
    if header.packing == "raw":
        needed = before + whole
        if size < needed:
            raise ValueError(f"a truncated file: {size:,} bytes of {needed:,}{_where(header)}")
        if size - needed >= max(_PADDING, plane):
            raise ValueError(
                f"{size:,} bytes{_where(header)}, of which {shape} voxels need {needed:,}"
            )
    elif header.packed is not None and size < before + header.packed:
        raise ValueError(
            f"a truncated file: {size:,} bytes of {before + header.packed:,}{_where(header)}"
        )
    stream = _Stream(header, before)

    def read(start: int, stop: int) -> Shaped[np.ndarray, "*slices"]:
        try:
            data = stream.read(start * plane, (stop - start) * plane)
            if header.packing != "raw" and stop >= shape[-1]:
                stream.finish()
        except Exception:
            stream.close()
            raise
        native = kind.newbyteorder("=")
        numbers = np.frombuffer(data, dtype=kind).astype(native, copy=False)
        return numbers.reshape((*shape[:-1], stop - start), order="F")

    return read


def _open_parts(header: GridHeader) -> Callable[[int, int], Shaped[np.ndarray, "*slices"]]:
    """Voxels in several files, each of as many slices of the last axis."""
    count, slices = len(header.parts), header.shape[-1]
    if slices % count:
        raise ValueError(f"{count} files for {slices} slices")
    each = slices // count
    opened = [
        open_voxels(header._replace(data=one, shape=(*header.shape[:-1], each), parts=()))
        for one in header.parts
    ]

    def read(start: int, stop: int) -> Shaped[np.ndarray, "*slices"]:
        asked = range(start // each, -(-stop // each))
        read = [opened[at](max(start - at * each, 0), min(stop - at * each, each)) for at in asked]
        return np.concatenate(read, axis=-1)

    return read


def _where(header: GridHeader) -> str:
    return "" if header.data == header.path else f" in {header.data.name}"


def _find_start(header: GridHeader, size: int, whole: int) -> int:
    """Byte at which voxels, packed or not, begin."""
    if header.skip is None:
        if header.packing != "raw":
            raise ValueError("bytes counted from the end of packed voxels")
        return max(0, size - whole)
    if not header.lines:
        return header.skip
    with bring(header.data).open("rb") as opened:
        for _ in range(header.lines):
            opened.readline()
        return opened.tell() + header.skip


class _Stream:
    """Bytes of unpacked voxels; the file is opened at the first look and shut at the last."""

    def __init__(self, header: GridHeader, before: int) -> None:
        self.header, self.before = header, before
        self.opened: io.BufferedReader | None = None
        self.place = 0
        self._shut: Callable[[], object] = lambda: None

    def read(self, start: int, count: int) -> bytes:
        if self.header.packing == "raw":
            with bring(self.header.data).open("rb") as opened:
                opened.seek(self.before + start)
                return _whole(opened.read(count), count)
        if self.opened is None or start < self.place:
            self.close()
            self.opened = _unpack(self.header, self.before)
            # A finaliser holds the file, so that it is shut before the collector can find it open.
            self._shut = weakref.finalize(self, self.opened.close)
            self.place = 0
        while self.place < start:
            passed = self.opened.read(min(_READ_BYTES, start - self.place))
            if not passed:
                raise EOFError(f"a truncated file: packed voxels end at byte {self.place:,}")
            self.place += len(passed)
        parts = []
        missing = count
        while missing and (part := self.opened.read(missing)):
            parts.append(part)
            missing -= len(part)
        self.place += count - missing
        return _whole(b"".join(parts), count)

    def finish(self) -> None:
        """Compare the checksum, which stands at the end."""
        assert self.opened is not None
        if self.opened.read(1):
            raise ValueError(f"more packed voxels than {self.header.shape}")
        self.close()

    def close(self) -> None:
        self._shut()
        self.opened = None


def _whole(data: bytes, count: int) -> bytes:
    if len(data) < count:
        raise EOFError(f"a truncated file: {len(data):,} bytes of voxels where {count:,} should be")
    return data


def _unpack(header: GridHeader, before: int) -> io.BufferedReader:
    file = bring(header.data).open("rb")
    file.seek(before)
    if header.packing == "bzip2":
        return _Owned(bz2.BZ2File(file), file)
    start = file.read(2)
    file.seek(before)
    if header.packing == "gzip" or start == b"\x1f\x8b":
        return _Owned(gzip.GzipFile(fileobj=file), file)
    return io.BufferedReader(_Inflated(file), _READ_BYTES)


class _Owned(io.BufferedReader):
    """An unpacking file that shuts the packed one too."""

    def __init__(self, unpacked: "gzip.GzipFile | bz2.BZ2File", file: io.BufferedReader) -> None:
        super().__init__(unpacked, _READ_BYTES)
        self._packed = file

    def close(self) -> None:
        super().close()
        self._packed.close()


class _Inflated(io.RawIOBase):
    """A zlib stream as a file; an end without its checksum is an error."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file, self._inflate, self._rest = file, zlib.decompressobj(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._inflate.eof:
            packed = self._rest or self._file.read(_READ_BYTES)
            if not packed:
                raise EOFError("a truncated file: the end of the packed voxels is missing")
            part = self._inflate.decompress(packed, len(buffer))
            self._rest = self._inflate.unconsumed_tail
            if part:
                buffer[: len(part)] = part
                return len(part)
        return 0

    def close(self) -> None:
        super().close()
        self._file.close()
