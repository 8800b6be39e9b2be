"""The files below a folder, each real folder once; what cannot be taken is told with its reason."""

import errno
import heapq
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from labelassemble.errors import SourceError

NO_UTF8 = "a name that is no UTF-8: rename it"
HIDDEN = "hidden: the name begins with a dot"
SYSTEM = "left by a system, not by the source"
DANGLING = "a link to a file that is not there"
LOOP = "a link to a folder that is read already, or to one above"
SPECIAL = "neither a file nor a folder"
VANISHED = "gone while the folder was read"

_SYSTEM_NAMES = frozenset(
    {
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin"),
        *("system volume information", "lost+found"),
    }
)


class FoundFile(NamedTuple):
    """A file below a folder.

    Attributes:
        name: its path below the folder, with ``/``.
        entry: as the folder lists it.
    """

    name: str
    entry: os.DirEntry[str]


class PassedOver(NamedTuple):
    """A file or folder that was not taken.

    Attributes:
        reason: why, in words that many files share.
        name: its path below the folder, fit to be printed; a folder's ends in ``/``.
    """

    reason: str
    name: str


def walk_folder(folder: Path, passed: list[PassedOver]) -> Iterator[FoundFile]:
    """Give the files at any depth; no file is opened.

    Links to files and folders are followed. A folder that several names lead to is read once, by
    the name with the fewest links in it.

    Args:
        folder: where to look; nothing is there: no files.
        passed: what is not taken is added to it.

    Raises:
        SourceError: the folder itself cannot be read, or its own path is no UTF-8.
    """
    if not os.path.isdir(folder):  # noqa: PTH112  Path raises where a parent is shut
        return
    if not _is_utf8(str(folder)):
        raise SourceError(
            f"a folder whose path is UTF-8, at {printable(str(folder))}",
            "bytes that are not",
            "Rename that folder, or name it by a link",
        )
    above = {Path(os.path.realpath(folder)), *Path(os.path.realpath(folder)).parents}
    seen: set[tuple[int, int]] = set()
    waiting = [(0, "", str(folder))]
    while waiting:
        links, below, place = heapq.heappop(waiting)
        try:
            entries, identity = _list_folder(place)
        except OSError as error:
            if not below:
                raise SourceError(
                    f"a folder that can be read at {folder}",
                    error.strerror or str(error),
                    "Check its permissions",
                ) from error
            passed.append(PassedOver(_unreadable("folder", error), below))
            continue
        if identity in seen:
            passed.append(PassedOver(LOOP, below))
            continue
        seen.add(identity)
        for entry in entries:
            name = below + entry.name
            reason = None
            try:
                if not _is_utf8(entry.name):
                    reason = NO_UTF8
                elif entry.name.lower() in _SYSTEM_NAMES:
                    reason = SYSTEM
                elif entry.name.startswith("."):
                    reason = HIDDEN
                elif entry.is_dir():
                    linked = entry.is_symlink()
                    if linked and Path(os.path.realpath(entry.path)) in above:
                        reason = LOOP
                    else:
                        heapq.heappush(waiting, (links + linked, f"{name}/", entry.path))
                        continue
                elif entry.is_file():
                    yield FoundFile(name, entry)
                    continue
                elif entry.is_symlink() and not Path(entry.path).exists():
                    reason = DANGLING
                else:
                    reason = SPECIAL
                name += "/" if entry.is_dir() else ""
            except OSError as error:
                reason = reason or explain_unreadable(error)
            passed.append(PassedOver(reason, printable(name)))


def is_passed_over(path: PurePath, asked: str = "") -> bool:
    """Whether a path below a folder is hidden, or left by a system: no source means it.

    Args:
        path: relative.
        asked: a pattern whose parts may ask for what is hidden.

    >>> is_passed_over(PurePath("a/._b.csv")), is_passed_over(PurePath("__MACOSX/b.csv"))
    (True, True)
    >>> is_passed_over(PurePath("a/b.csv")), is_passed_over(PurePath(".a/b.csv"), ".a/*.csv")
    (False, False)
    """
    meant = asked.split("/")
    return any(
        (part.startswith(".") or part.lower() in _SYSTEM_NAMES) and part not in meant
        for part in path.parts
    )


def printable(name: str) -> str:
    r"""Give a name that may hold bytes that are no UTF-8 in a form that every table can hold.

    >>> printable("caf\udce9.png")
    'caf\\xe9.png'
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def explain_unreadable(error: OSError) -> str:
    """Say why a file that was listed cannot be used."""
    if error.errno == errno.ELOOP:
        return DANGLING
    return VANISHED if isinstance(error, FileNotFoundError) else _unreadable("file", error)


def _list_folder(place: str) -> tuple[list[os.DirEntry[str]], tuple[int, int]]:
    with os.scandir(place) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    status = Path(place).stat()
    return listed, (status.st_dev, status.st_ino)


def _unreadable(what: str, error: OSError) -> str:
    return f"a {what} that cannot be read: {error.strerror or error}"


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
