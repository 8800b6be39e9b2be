"""Files of one folder that belong together, read while another command may replace it."""

import errno
import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from labelassemble.errors import BusyError
from labelassemble.storage.sums import ChangedFileError, read_sums, refuse_changed
from labelassemble.storage.write_aside import FORMER, find_former

_TRIES = 40
_PAUSE_SECONDS = 0.05
"""How often a folder that is being replaced is read again, and the wait in between."""


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
                _check(folder / name, data, sums.of(name))
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


def _check(path: Path, data: bytes | None, expected: set[str]) -> None:
    if expected and data is None:
        raise ChangedFileError(path, os.strerror(errno.ENOENT))
    if expected and data is not None:
        refuse_changed(path, hashlib.sha256(data).hexdigest(), expected)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
