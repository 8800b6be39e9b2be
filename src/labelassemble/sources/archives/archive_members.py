"""The members of a zip or tar archive, one after the other, whatever it is packed with."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from labelassemble.errors import SourceError
from labelassemble.files.archive_file import BROKEN, refuse_tarred, refuse_zipped
from labelassemble.files.growth import Growth
from labelassemble.files.packed_stream import START_BYTES, Readable, unpack_stream
from labelassemble.storage.fetch_object import bring

_BLOCK = 512


class Member(NamedTuple):
    """One member of an archive.

    Attributes:
        name: as the archive writes it.
        refused: why it is neither file nor folder; none: it is.
        folder: whether it is a folder.
        size: bytes of the file.
        crc: CRC-32 of the file, where the archive says it.
        read: gives its bytes in pieces; once, and before the next member.
        done: bytes of the archive that lie behind it.
    """

    name: str
    refused: str | None
    folder: bool
    size: int
    crc: int | None
    read: Callable[[], Iterator[bytes]]
    done: int


def read_members(
    archive: Path, max_ratio: float | None = None, max_bytes: int | None = None
) -> Iterator[Member]:
    """Give the members of an archive in their order.

    Args:
        archive: zip, tar, or tar packed with gzip, bzip2 or xz; what it holds decides.
        max_ratio: how many times as large as the archive its files may be; None: as bounds say.
        max_bytes: how large its files may be in all; None: likewise.

    Raises:
        SourceError: no such file, no archive, a damaged one, one with a password, one that grows
            beyond measure.
    """
    try:
        growth = Growth(archive.stat().st_size, max_ratio, max_bytes)
        with bring(archive).open("rb") as file:
            start = file.read(START_BYTES)
            file.seek(0)
            zipped = start.startswith(b"PK") or zipfile.is_zipfile(file)
            file.seek(0)
            members = _read_zip(file, growth) if zipped else _read_tar(file, start, growth)
            for member in members:
                yield member._replace(read=_guard(archive, member.read))
    except BROKEN as error:
        raise _explain(archive, error) from error


def _read_zip(file: IO[bytes], growth: Growth) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if any(info.flag_bits & 1 for info in infos):
            raise SourceError(
                "an archive without a password",
                f"one whose {infos[0].filename} needs it",
                "Unpack it with the tool that asks for the password",
            )
        # The directory says how large all files are, so a bomb is known before the first.
        growth.add(sum(info.file_size for info in infos))
        done = 0
        for info in infos:
            done += info.compress_size

            def read(info: zipfile.ZipInfo = info) -> Iterator[bytes]:
                with archive.open(info) as content:
                    yield from _pieces(content)

            yield Member(
                name=info.filename,
                refused=refuse_zipped(info),
                folder=info.filename.endswith("/"),
                size=info.file_size,
                crc=info.CRC,
                read=read,
                done=min(done, growth.packed),
            )


def _read_tar(file: io.BufferedReader, start: bytes, growth: Growth) -> Iterator[Member]:
    stream = unpack_stream(start, file)
    content = _Counted(stream or file, growth if stream else None)
    with tarfile.open(fileobj=cast(IO[bytes], content), mode="r|") as archive:
        for info in archive:
            # What a header claims is checked before a byte of it is written.
            if info.isfile() and not info.issparse():
                Growth(growth.packed, growth.max_ratio, growth.max_bytes).add(info.size)

            def read(info: tarfile.TarInfo = info) -> Iterator[bytes]:
                found = archive.extractfile(info)
                assert found is not None
                with found:
                    yield from _pieces(found)

            # Names of tar files may hold bytes that are no UTF-8.
            why = refuse_tarred(info)
            yield Member(info.name, why, info.isdir(), info.size, None, read, file.tell())
    while content.read(2**20):
        pass
    if content.tail.strip(b"\0") or not content.tail:
        raise tarfile.ReadError("it stops before its end mark")


class _Counted:
    """A stream that counts what is read from it, and keeps its last block."""

    def __init__(self, file: Readable, growth: Growth | None) -> None:
        self.file, self.growth, self.tail = file, growth, b""

    def read(self, size: int = -1) -> bytes:
        """Read as many bytes, or fewer at the end."""
        content = self.file.read(size)
        if self.growth:
            self.growth.add(len(content))
        self.tail = (self.tail + content)[-_BLOCK:] if content else self.tail
        return content


def _guard(archive: Path, read: Callable[[], Iterator[bytes]]) -> Callable[[], Iterator[bytes]]:
    """Tell damage within a file's bytes in the same words as damage between files."""

    def guarded() -> Iterator[bytes]:
        try:
            yield from read()
        except BROKEN as error:
            raise _explain(archive, error) from error

    return guarded


def _pieces(file: Readable) -> Iterator[bytes]:
    while piece := file.read(2**20):
        yield piece


def _explain(archive: Path, error: BaseException) -> SourceError:
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    first = (said.strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
        return SourceError(f"an archive at {archive}", first, "Check the path")
    if isinstance(error, NotImplementedError):
        return SourceError(
            f"an archive packed in a way that Python knows at {archive}",
            first,
            "Unpack it with another tool",
        )
    if archive.name.endswith((".csv.gz", ".tsv.gz", ".txt.gz", ".nii.gz", ".7z", ".rar")):
        return SourceError(
            f"a zip or tar archive at {archive}",
            f"a {archive.suffix[1:]} file of another kind",
            "Tables and volumes are read packed with gzip; unpack 7z and rar with their own tools",
        )
    return SourceError(
        f"a whole zip, tar, tar.gz, tar.bz2 or tar.xz archive at {archive}",
        first,
        "Download it again; whole files that came out of it are kept and not written twice",
    )
