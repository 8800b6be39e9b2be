"""An archive becomes files below a folder, and nothing anywhere else."""

import errno
import re
import shutil
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import SourceError, plural
from labelassemble.sources.archives.archive_members import Member, read_members
from labelassemble.sources.archives.archive_names import NamesTaken, refuse_name, split_name


class NotWritten(NamedTuple):
    """A member that was not written.

    Attributes:
        name: as the archive writes it.
        reason: why not.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Unpacked:
    """What became of an archive's members.

    Members = ``written`` + ``kept`` + ``folders`` + those of ``not_written``.
    """

    members: int
    """How many members the archive has."""
    written: int
    """Files that were written."""
    kept: int
    """Files that were there already, of the same size and CRC."""
    folders: int
    """Members that are folders."""
    not_written: tuple[NotWritten, ...]
    """Members that were not written, and why."""


def unpack(
    archive: Path,
    folder: Path,
    max_ratio: float | None = None,
    max_bytes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Unpacked:
    """Unpack an archive: zip, tar, tar.gz, tar.bz2 or tar.xz, whatever its name.

    Nothing is written outside the folder: a member with an absolute path, ``..``, a drive or a
    backslash, a link, a device, or a name that another member has (upper and lower case being the
    same) is not written, and listed. Files are written aside and then renamed, so none is ever half
    there; files that are there already, of the same size and CRC, are kept, so the same command
    resumes where another one stopped. A file of that name with other content stays as it is.

    Args:
        archive: the archive.
        folder: where to; made if it is not there.
        max_ratio: how many times as large as the archive its files may be (checked above 64 MiB);
            None: as the bounds say (``bounds.py``).
        max_bytes: how large its files may be in all, in bytes; None: likewise.
        progress: called with (bytes of the archive that are done, bytes in all).

    Raises:
        SourceError: no such archive, a damaged one, one with a password, one that grows beyond
            measure, or a disk that is full. Whole files stay.
    """
    counts = {"written": 0, "kept": 0, "folders": 0}
    lost: list[NotWritten] = []
    names = NamesTaken()
    total = archive.stat().st_size if archive.is_file() else 0
    with _make_aside(folder) as aside:
        for member in read_members(archive, max_ratio, max_bytes):
            result = _place(member, folder, names, aside)
            if result in counts:
                counts[result] += 1
            else:
                lost.append(NotWritten(member.name, result))
            if progress:
                progress(min(member.done, total), total)
    if progress:
        progress(total, total)
    return Unpacked(
        members=sum(counts.values()) + len(lost),
        written=counts["written"],
        kept=counts["kept"],
        folders=counts["folders"],
        not_written=tuple(lost),
    )


def describe_unpacked(unpacked: Unpacked, most: int = 20) -> str:
    """Say what became of an archive; at most ``most`` of the members that were not written."""
    lines = [
        f"{plural(unpacked.members, 'member')}: {plural(unpacked.written, 'file')} written, "
        f"{unpacked.kept:,} kept (there already), "
        f"{plural(unpacked.folders, 'folder')}, {len(unpacked.not_written):,} not written"
    ]
    lines += [f"  {name!r}: {reason}" for name, reason in unpacked.not_written[:most]]
    if len(unpacked.not_written) > most:
        lines.append(f"  and {len(unpacked.not_written) - most:,} more")
    return "\n".join(lines)


@contextmanager
def _make_aside(folder: Path) -> Iterator[Path]:
    """Make a folder for files that are not whole yet, below the one that they will stand in."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".unpack-", dir=folder))
    except OSError as error:
        raise SourceError(
            f"a folder at {folder} that can be written to",
            error.strerror or str(error),
            "Name another folder, or change its permissions",
        ) from error
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _place(member: Member, folder: Path, names: NamesTaken, aside: Path) -> str:
    """Write one member: ``written``, ``kept``, ``folders``, or why it was not written."""
    if member.folder and re.fullmatch(r"\.(/\.?)*", member.name):
        return "folders"
    refused = refuse_name(member.name) or member.refused
    refused = refused or names.take(member.name, member.folder)
    if refused:
        return refused
    parts = split_name(member.name)
    try:
        inner = parts if member.folder else parts[:-1]
        if problem := _make_folders(folder, inner):
            return problem
        if member.folder:
            return "folders"
        return _place_file(member, folder.joinpath(*parts), aside)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return "its path is too long here"
        raise SourceError(
            f"space and leave to write {member.name} below {folder}",
            error.strerror or str(error),
            "Make room or fix the permissions, then run the same command: it resumes",
        ) from error


def _make_folders(folder: Path, parts: Sequence[str]) -> str | None:
    """Make the folders of a member; say what is in the way."""
    place = folder
    for part in parts:
        place /= part
        try:
            mode = place.lstat().st_mode
        except FileNotFoundError:
            place.mkdir()
            continue
        if not stat.S_ISDIR(mode):
            kind = "a link" if stat.S_ISLNK(mode) else "a file"
            return f"{place.relative_to(folder).as_posix()} is {kind} in that folder already"
    return None


def _place_file(member: Member, target: Path, aside: Path) -> str:
    try:
        there = target.lstat()
    except FileNotFoundError:
        _write(member, target, aside / "part")
        return "written"
    if stat.S_ISREG(there.st_mode) and there.st_size == member.size:
        asked = member.crc if member.crc is not None else _sum_up(member.read())
        with target.open("rb") as file:
            if _sum_up(iter(lambda: file.read(2**20), b"")) == asked:
                return "kept"
    return "something else of that name is in that folder already"


def _write(member: Member, target: Path, part: Path) -> None:
    written = 0
    with part.open("wb") as file:
        for piece in member.read():
            file.write(piece)
            written += len(piece)
    if written != member.size:
        raise SourceError(
            f"{member.size:,} bytes in {member.name}, as the archive says",
            f"{written:,}",
            "Download the archive again",
        )
    part.replace(target)


def _sum_up(pieces: Iterator[bytes]) -> int:
    crc = 0
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
    return crc
