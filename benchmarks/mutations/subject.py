"""What is changed and read, and how it may end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


class RefusedError(Exception):
    """One error that names what is wrong: as it should be."""


class OverMemoryError(Exception):
    """More memory was asked for than is allowed."""


@dataclass(frozen=True)
class Subject:
    """Files, one of which is changed, and what reads them.

    Attributes:
        files: by path below the folder in which they lie.
        read: reads them there; gives what came out.
        changed: those of the files that may be changed.
        own: whether they are files of ours, which must never be read with another outcome.
    """

    files: Mapping[str, bytes]
    read: Callable[[Path], object]
    changed: tuple[str, ...]
    own: bool = False
