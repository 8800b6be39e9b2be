"""A table's file, opened: its columns are known, its rows not yet."""

from typing import NamedTuple


class OpenTable(NamedTuple):
    """A table's file, opened: its columns are known, its rows not yet.

    Attributes:
        place: the file, below the source's folder.
        text: all of it.
        separator: what stands between columns.
        header: names of the columns, where the file has no header.
        names: of its columns, in their order.
        sha256: of the file.
        size: of the file, in bytes.
    """

    place: str
    text: str
    separator: str
    header: tuple[str, ...]
    names: tuple[str, ...]
    sha256: str
    size: int
