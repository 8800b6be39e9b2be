"""The files of a zip or tar archive, read where they lie: listed once, then each by its place."""

import io
import lzma
import os
import stat
import struct
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from labelassemble.errors import ImageError, SourceError, as_word
from labelassemble.files.growth import Growth
from labelassemble.files.packed_stream import START_BYTES, Readable, unpack_stream

WHOLE_PACKED: Final = 64 * 2**20
WHOLE_UNPACKED: Final = 512 * 2**20
"""A tar that is packed as a whole is read in place up to so many bytes; it is held in memory."""

NEEDS_PASSWORD: Final = "a password is needed: unpack it with the tool that asks for it"
TWICE: Final = "two members of the archive have this name: nobody can tell which is meant"
A_LINK: Final = "a link in an archive"
_ODD: Final = "neither a file nor a folder"

BROKEN: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    IndexError,
    struct.error,
    OSError,
)
"""What Python raises on archives that are damaged, or packed as it does not know."""

_LOCAL: Final = struct.Struct("<4s22xHH")
_BLOCK = 512


class Slot(NamedTuple):
    """Where a member lies in its archive.

    Attributes:
        start: of its bytes; in a zip file of the header before them.
        packed: bytes that it takes there.
        size: bytes of the file.
        method: how a zip file packs it; none: as it is.
        crc: CRC-32 of the file, where the archive says it.
    """

    start: int
    packed: int
    size: int
    method: int | None = None
    crc: int | None = None


@dataclass(frozen=True, eq=False)
class Archive:
    """The members of an archive, by name.

    Attributes:
        file: the archive.
        slots: its files.
        refused: names of members that cannot be read, and why.
        read_at: gives so many bytes from a place on; safe in threads and after a fork.
    """

    file: Path
    slots: Mapping[str, Slot]
    refused: Mapping[str, str]
    read_at: Callable[[int, int], bytes]

    def read(self, name: str) -> bytes:
        """Read one file.

        Raises:
            ImageError: no such file, one that cannot be read, or damaged bytes.
        """
        slot = self.slots.get(name)
        if slot is None:
            near = self.refused.get(name, "no such file in it")
            raise _wrong(self.file, name, near, "Check the name, or unpack the archive")
        try:
            Growth(max(slot.packed, 1)).add(slot.size)
            data = self._read(name, slot)
        except (SourceError, *BROKEN) as error:
            if isinstance(error, SourceError):
                raise _wrong(self.file, name, error.got, error.do) from error
            raise _wrong(
                self.file, name, _first_line(error), "Download the archive again"
            ) from error
        if len(data) != slot.size or (slot.crc is not None and zlib.crc32(data) != slot.crc):
            got = f"damaged bytes: {len(data):,} of {slot.size:,}, or another checksum"
            raise _wrong(self.file, name, got, "Download the archive again")
        return data

    def _read(self, name: str, slot: Slot) -> bytes:
        if slot.method is None:
            return self.read_at(slot.start, slot.size)
        if slot.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            with zipfile.ZipFile(self.file) as archive:
                return archive.read(name)
        # Names and extras before the bytes are as long as the header there says, which is mostly
        # as long as the name: one reading for both.
        ahead = _LOCAL.size + len(name.encode()) + 64
        head = self.read_at(slot.start, ahead + slot.packed)
        sign, name_size, extra_size = _LOCAL.unpack_from(head)
        if sign != b"PK\x03\x04":
            raise zipfile.BadZipFile("no file begins where the archive's directory says")
        start = _LOCAL.size + name_size + extra_size
        packed = head[start : start + slot.packed]
        if len(packed) < slot.packed:
            packed += self.read_at(slot.start + start + len(packed), slot.packed - len(packed))
        if slot.method == zipfile.ZIP_STORED:
            return packed
        return zlib.decompressobj(-15).decompress(packed, slot.size + 1)


def open_archive(file: Path) -> Archive:
    """List an archive; one that has not changed is listed once a process.

    Args:
        file: zip or tar, as its content says. A tar that is packed with gzip, bzip2 or xz is one
            stream: a small one is unpacked into memory, of others is told what to do.

    Raises:
        ImageError: no such file, no archive, a damaged one, one that grows beyond measure.
    """
    try:
        stamp = file.stat()
        with _lock:
            return _open(file, stamp.st_size, stamp.st_mtime_ns)
    except BROKEN as error:
        raise ImageError(
            f"a whole zip or tar archive at {file}", _first_line(error), "Download it again"
        ) from error
    except SourceError as error:
        raise ImageError(error.expected, f"{error.got}, in {file}", error.do) from error


_lock = threading.Lock()


def _renew_lock() -> None:
    """Another thread may have held the lock when this process was forked."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


@lru_cache(maxsize=64)
def _open(file: Path, size: int, modified_ns: int) -> Archive:
    from labelassemble.storage.fetch_object import bring  # Once for an archive.

    del modified_ns  # Part of the key: an archive that changed is listed again.
    with bring(file).open("rb") as opened:
        start = opened.read(START_BYTES)
        opened.seek(0)
        if (stream := unpack_stream(start, opened)) is not None:
            content = _unpack(file, size, stream)
            return _list_tar(file, io.BytesIO(content), lambda at, count: content[at : at + count])
        if start.startswith(b"PK") or zipfile.is_zipfile(opened):
            return _list_zip(file, _OnDisk(file).read)
        opened.seek(0)
        return _list_tar(file, opened, _OnDisk(file).read)


def _unpack(file: Path, size: int, stream: Readable) -> bytes:
    growth = Growth(size, max_bytes=WHOLE_UNPACKED)
    parts = list[bytes]()
    try:
        if size > WHOLE_PACKED:
            raise SourceError("", f"{size:,} bytes", "")
        while part := stream.read(2**20):
            growth.add(len(part))
            parts.append(part)
    except SourceError as error:
        raise SourceError(
            "an archive whose files can be read one by one",
            f"one that is packed as a whole, {error.got}",
            f"Unpack it: labelassemble unpack {as_word(file.name)} FOLDER; or take off the packing "
            "alone (gunzip, unxz): a plain tar is read where it lies, as a zip is",
        ) from error
    return b"".join(parts)


def _list_zip(file: Path, read_at: Callable[[int, int], bytes]) -> Archive:
    slots, refused = dict[str, Slot](), dict[str, str]()
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            name = info.filename
            if name.endswith("/"):
                continue
            if name in slots or name in refused:
                slots.pop(name, None)
                refused[name] = TWICE
            elif info.flag_bits & 1:
                refused[name] = NEEDS_PASSWORD
            elif reason := refuse_zipped(info):
                refused[name] = reason
            else:
                slots[name] = Slot(
                    info.header_offset,
                    info.compress_size,
                    info.file_size,
                    info.compress_type,
                    info.CRC,
                )
    return Archive(file, slots, refused, read_at)


def _list_tar(
    file: Path, opened: io.BytesIO | io.BufferedReader, read_at: Callable[[int, int], bytes]
) -> Archive:
    slots, refused = dict[str, Slot](), dict[str, str]()
    with tarfile.open(fileobj=opened, mode="r:") as archive:
        for info in archive:
            # Names of tar files may hold bytes that are no UTF-8: they stay as they are.
            name = info.name
            if info.isdir():
                continue
            if name in slots or name in refused:
                slots.pop(name, None)
                refused[name] = TWICE
            elif reason := refuse_tarred(info):
                refused[name] = reason
            else:
                slots[name] = Slot(info.offset_data, info.size, info.size)
        end = read_at(archive.offset, _BLOCK)
        if end.strip(b"\0") or not end:
            raise tarfile.ReadError("it stops before its end mark")
    return Archive(file, slots, refused, read_at)


def refuse_zipped(info: zipfile.ZipInfo) -> str | None:
    """Say why a member of a zip file is neither a file nor a folder; None: it is one."""
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    if stat.S_ISLNK(mode):
        return A_LINK
    plain = not stat.S_IFMT(mode) or stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    return None if plain else _ODD


def refuse_tarred(info: tarfile.TarInfo) -> str | None:
    """Say why a member of a tar is neither a file nor a folder; None: it is one."""
    if info.issym() or info.islnk():
        return A_LINK
    if info.issparse():
        return "a file with holes"
    return None if info.isfile() or info.isdir() else _ODD


class _OnDisk:
    """A file that is read from any place by threads at once, and by processes after a fork."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("rb", buffering=0)
        self._lock = threading.Lock()

    def read(self, start: int, count: int) -> bytes:
        """Give so many bytes, fewer at the end of the file."""
        if hasattr(os, "pread"):
            parts, left = list[bytes](), count
            # Linux gives at most 2 GiB at once.
            while left > 0 and (part := os.pread(self._file.fileno(), left, start)):
                parts.append(part)
                start, left = start + len(part), left - len(part)
            return parts[0] if len(parts) == 1 else b"".join(parts)
        with self._lock:
            self._file.seek(start)
            return self._file.read(count)

    def __del__(self) -> None:
        """Close it when nobody reads any more."""
        self._file.close()


def _wrong(file: Path, name: str, got: str, do: str) -> ImageError:
    return ImageError(f"the file {name} in {file}", got, do)


def _first_line(error: BaseException) -> str:
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return (said.strip() or type(error).__name__).splitlines()[0]
