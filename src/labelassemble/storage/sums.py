"""Checksums of a folder's files, written with them and verified when they are read."""

import errno
import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from labelassemble.errors import BusyError
from labelassemble.storage.write_aside import FORMER, find_former, write_text

SUMS = "sums.json"
"""Holds file name to SHA-256, as ``sha256sum`` prints it."""

_TRIES = 40
_PAUSE_SECONDS = 0.05
"""How often a folder that is being replaced is read again, and the wait in between."""


class ChangedFileError(OSError):
    """A file that is missing, or whose bytes are not those that were written."""

    def __init__(self, path: Path, got: str) -> None:
        super().__init__(errno.EIO, got, str(path))


def write_sums(folder: Path) -> None:
    """Write the checksums of all files that lie in a folder.

    Raises:
        OSError: a file cannot be read, or the sums cannot be written.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    sums = {path.name: _hash(path.read_bytes()) for path in files}
    write_text(json.dumps({"sha256": sums}, indent=2) + "\n", folder / SUMS)


def read_sums(folder: Path) -> Mapping[str, str]:
    """Read the checksums of a folder; of one that an earlier version wrote, none.

    Raises:
        ChangedFileError: they are damaged.
    """
    place = folder / SUMS
    try:
        sums = json.loads(place.read_text(encoding="utf-8"))["sha256"]
        return {str(name): str(one) for name, one in sums.items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ChangedFileError(place, f"no checksums ({type(error).__name__})") from error


def read_unmixed(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read files of a folder that belong together: all of one writing, as they were written.

    A folder that is replaced meanwhile is read again; one that a killed writer had taken away is
    put back first.

    Args:
        folder: what ``write_folder_aside`` and ``write_sums`` wrote, or an earlier version.
        names: the files; those that are not there, and of which no sum tells, are left out.

    Returns:
        Name to bytes.

    Raises:
        ChangedFileError: a file that is missing, or whose bytes are not those that were written.
        BusyError: the folder is replaced over and over.
        OSError: a file that cannot be read.
    """
    wanted = tuple(names)
    for _ in range(_TRIES):
        begun = _identify(folder)
        sums = read_sums(folder)
        found = {name: _read(folder / name) for name in wanted}
        if begun == _identify(folder):
            for name, data in found.items():
                _check(folder / name, data, sums.get(name))
            return {name: data for name, data in found.items() if data is not None}
    raise BusyError(
        f"a folder at {folder} that is not being replaced",
        "another writing at every look",
        "Give the same command again when the other one has ended",
    )


def _identify(folder: Path) -> tuple[int, int] | None:
    """Tell one writing of a folder from the next; None: there is none."""
    await_folder(folder)
    try:
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_mtime_ns


def await_folder(folder: Path) -> bool:
    """Tell whether a folder is there; one that is being replaced is waited for, then put back."""
    former = folder.with_name(FORMER.format(folder.name))
    for _ in range(_TRIES):
        if os.path.lexists(folder) or not former.exists():
            break
        time.sleep(_PAUSE_SECONDS)
    else:  # A writer takes no such time: it was killed.
        find_former(folder)
    return folder.is_dir()


def _check(path: Path, data: bytes | None, told: str | None) -> None:
    if told is None:
        return
    if data is None:
        raise ChangedFileError(path, os.strerror(errno.ENOENT))
    if _hash(data) != told:
        raise ChangedFileError(path, f"other bytes than were written (their sum is in {SUMS})")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
