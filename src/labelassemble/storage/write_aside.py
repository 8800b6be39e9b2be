"""Files and folders that a reader sees whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from labelassemble.storage.sums import note_sum

FORMER = ".{}.former"
"""Hidden name of a folder that is being replaced, until the new one has its place."""


@contextmanager
def write_aside(path: Path, locked: bool = False) -> Iterator[Path]:
    """Give a hidden name beside ``path`` to write to, which takes the place of ``path`` at the end.

    Where anything is raised, what is there already stays, and nothing is left beside it. The name
    ends like ``path``: writers go by the suffix.

    Args:
        path: the file to be, in a folder that is there.
        locked: the caller holds the folder's lock, for large files that a crash must not cost:
            what a killed writer left is written over.

    Raises:
        OSError: the file cannot be put there.
    """
    aside = name_aside(path, locked)
    try:
        yield aside
        put_in_place(aside, path)
    finally:
        with suppress(OSError):
            aside.unlink()


def write_text(text: str, path: Path) -> None:
    """Write a text file aside, in UTF-8 with the line breaks that it has, then rename it.

    Raises:
        OSError: as ``write_aside``.
    """
    with write_aside(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="")


@contextmanager
def write_folder_aside(
    folder: Path, *, replace: bool = False, locked: bool = False
) -> Iterator[Path]:
    """Give a new hidden folder beside ``folder``, which takes its place at the end.

    Where anything is raised, what is there already stays, and nothing is left beside it. A folder
    that is replaced keeps a hidden name until the new one stands there: whoever finds neither puts
    it back (``find_former``).

    Args:
        folder: the folder to be; what it lies in is made if it is not there.
        replace: one that is there may hold files; else it must be empty.
        locked: the caller holds the folder's lock: what a killed writer left is written over, and
            every file is forced to the disk before the old folder goes.

    Raises:
        OSError: the folder cannot be put there.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside, former = name_aside(folder, locked), folder.with_name(FORMER.format(folder.name))
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        yield aside
        for path in aside.rglob("*") if locked else ():
            force_to_disk(path)
        find_former(folder)
        if replace and folder.exists():
            shutil.rmtree(former, ignore_errors=True)
            folder.rename(former)
        elif folder.exists():
            folder.rmdir()
        try:
            put_in_place(aside, folder)
        finally:
            find_former(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(former, ignore_errors=True)


def find_former(folder: Path) -> None:
    """Put a folder back that a killed writer had taken away and not yet replaced."""
    former = folder.with_name(FORMER.format(folder.name))
    if not os.path.lexists(folder) and former.is_dir():
        with suppress(OSError):
            former.rename(folder)


def forget_asides(folder: Path, name: str | None = None) -> None:
    """Delete what writers that live no more left under hidden names.

    Args:
        folder: what lies anywhere below it; with a name, in it alone.
        name: only what was to be called so.
    """
    for path in folder.rglob(".[0-9]*.*") if name is None else folder.glob(".[0-9]*.*"):
        number, _, own = path.name[1:].partition(".")
        if name in (None, own) and number.isdecimal() and not _is_alive(int(number)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # Another user's, or a number that is none.
    return True


def name_aside(path: Path, locked: bool = False) -> Path:
    """Give the hidden name beside ``path`` under which it is written."""
    return path.with_name(f".{'aside' if locked else os.getpid()}.{path.name}")


def put_in_place(aside: Path, path: Path) -> None:
    """Give what was written aside its own name, once its bytes are on the disk and summed up.

    Raises:
        OSError: it cannot be put there.
    """
    force_to_disk(aside)
    note_sum(aside, path)
    aside.replace(path)
    force_to_disk(path.parent)


def force_to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
