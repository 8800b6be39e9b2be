"""Files that a reader sees whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def write_aside(path: Path, locked: bool = False) -> Iterator[Path]:
    """Give a hidden name beside ``path`` to write to, which takes the place of ``path`` at the end.

    Where anything is raised, what is there already stays, and nothing is left beside it. The name
    ends like ``path``: writers go by the suffix.

    Args:
        path: the file to be, in a folder that is there.
        locked: the caller holds the folder's lock, for large files that a crash must not cost:
            what a killed writer left is written over, and the bytes are forced to the disk.

    Raises:
        OSError: the file cannot be put there.
    """
    aside = path.with_name(f".{'aside' if locked else os.getpid()}.{path.name}")
    try:
        yield aside
        if locked:
            force_to_disk(aside)
        aside.replace(path)
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


def force_to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
