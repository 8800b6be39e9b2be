"""Checksums of a folder's files, noted as they are written and verified as they are read."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

SUMS = "sums.json"
"""Holds file name to SHA-256, as ``sha256sum`` prints it."""


class ChangedFileError(OSError):
    """A file that is missing, or whose bytes are not those that were written."""

    def __init__(self, path: Path, got: str) -> None:
        super().__init__(errno.EIO, got, str(path))
        self.got = got


class Sums(NamedTuple):
    """What the files of a folder may hash to.

    Attributes:
        sha256: name to the hash that was noted last, before the file got its name.
        former: name to the hash of what had that name before.
    """

    sha256: Mapping[str, str]
    former: Mapping[str, str]

    def of(self, name: str) -> set[str]:
        """Give the hashes that a file may have; none where nothing is known of it."""
        return {sums[name] for sums in (self.sha256, self.former) if name in sums}


def begin_sums(folder: Path) -> None:
    """Let a folder, which is there, have checksums of all that ``write_aside`` writes into it.

    Raises:
        OSError: they cannot be written.
    """
    if not (folder / SUMS).exists():
        _write(Sums({}, {}), folder)


def write_sums(folder: Path) -> None:
    """Write the checksums of all files that lie in a folder.

    Raises:
        OSError: a file cannot be read, or the sums cannot be written.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    _write(Sums({path.name: hash_file(path) for path in files}, {}), folder)


def note_sum(aside: Path, path: Path) -> None:
    """Note the checksum of a file that is about to get its name, where the folder has checksums.

    Until the next writing the one before counts too: the file may not get its name.

    Raises:
        OSError: they cannot be read or written.
    """
    if path.name == SUMS or not (path.parent / SUMS).is_file() or aside.is_dir():
        return
    new = hash_file(aside)
    with _alone(path.parent):
        sums = read_sums(path.parent)
        former = {name: one for name, one in sums.former.items() if name != path.name}
        before = sums.sha256.get(path.name, new)
        if before != new:
            former[path.name] = before
        _write(Sums({**sums.sha256, path.name: new}, former), path.parent)


def read_sums(folder: Path) -> Sums:
    """Read the checksums of a folder; of one that an earlier version wrote, none.

    Raises:
        ChangedFileError: they are damaged.
    """
    place = folder / SUMS
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        return Sums(*(dict(told[name].items()) for name in Sums._fields))
    except (FileNotFoundError, NotADirectoryError):
        return Sums({}, {})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ChangedFileError(place, f"no checksums ({type(error).__name__})") from error


def verify(path: Path) -> Path:
    """Hold a file against the checksums of its folder, and give its path.

    A file that has not changed since this process looked last is not read again.

    Raises:
        ChangedFileError: its bytes are not those that were written, or it is gone.
        OSError: it cannot be read.
    """
    expected = read_sums(path.parent).of(path.name)
    if expected:
        try:
            status = path.stat()
        except FileNotFoundError as error:
            raise ChangedFileError(path, os.strerror(errno.ENOENT)) from error
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        known = _VERIFIED.get(str(path))
        if known is None or known[0] != stamp:
            known = _VERIFIED[str(path)] = (stamp, hash_file(path))
        refuse_changed(path, known[1], expected)
    return path


def refuse_changed(path: Path, found: str, expected: set[str]) -> None:
    """Refuse a file with another hash than it may have.

    Raises:
        ChangedFileError: names it.
    """
    if found not in expected:
        raise ChangedFileError(path, f"other bytes than were written (their sum is in {SUMS})")


def hash_file(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_VERIFIED: dict[str, tuple[tuple[int, int, int], str]] = {}
"""Path to what told the file from others when it was hashed, and its hash."""


def _write(sums: Sums, folder: Path) -> None:
    aside = folder / f".{os.getpid()}.{SUMS}"
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(json.dumps(sums._asdict(), indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(folder / SUMS)
    finally:
        with suppress(OSError):
            aside.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else note a sum meanwhile; the folder itself is the lock, where it can be one."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
