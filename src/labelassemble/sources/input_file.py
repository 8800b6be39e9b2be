"""A trace of each file that was read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class InputFile:
    """One file that was read, so that a table can be traced back to its bytes."""

    path: str
    """Below the source's folder, with ``/``."""
    sha256: str
    """Of the file as it lies on disk; of a folder of images or masks, of the sorted list of names
    (and sizes)."""
    size: int
    """Bytes."""
    rows: int
    """Rows of data, or image files."""
    unused: int = 0
    """Rows of a joined table that no image uses."""
