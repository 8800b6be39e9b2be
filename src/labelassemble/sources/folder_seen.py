"""All files of a folder by name, and the columns of those that may be tables."""

import csv
import gzip
import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from labelassemble.errors import ImageError, SourceError
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES
from labelassemble.files.inside_path import find_inside
from labelassemble.files.open_file import open_file
from labelassemble.sources.match_names import match_file
from labelassemble.sources.passed_over import PassedOver
from labelassemble.sources.table_bytes import decode_table
from labelassemble.sources.table_header import skip_preamble
from labelassemble.sources.table_text import read_table_header
from labelassemble.sources.walk_folder import walk_folder
from labelassemble.storage.fetch_object import bring

_TEXT = r"csv|tsv|txt|tab|dat"
_TABLE = re.compile(rf"(?i)\.({_TEXT}|parquet|xlsx?)(\.gz|\.zip)?$")
_PLAIN = re.compile(rf"(?i)\.({_TEXT})(\.gz|\.zip)?$")
_NO_LABELS = re.compile(r"(?i)(^|[^a-z])(sample[^a-z]?)?submission")
_SIGNS = (",", "\t", ";", "|")
_START = 1 << 16
_MANY = 20
_DEEP = 5
_MAX_BYTES = 1 << 26
_NO_TABLE = (
    *(SourceError, ImageError, OSError, EOFError, ValueError),
    *(zipfile.BadZipFile, IndexError, csv.Error, pl.exceptions.PolarsError),
)


@dataclass(frozen=True)
class FolderSeen:
    """The files of a folder; columns of tables are read when they are asked for."""

    folder: Path
    """The folder."""
    names: tuple[str, ...]
    """Paths of its files below it, with ``/``, sorted."""
    inside: Mapping[str, str] = field(default_factory=dict)
    """Those that lie in archives, and the path by which each is read."""

    def path(self, name: str) -> Path:
        """Give the path by which a file is read."""
        return Path(self.inside[name]) if name in self.inside else self.folder / name

    def has_folder(self, name: str) -> bool:
        """Whether a folder lies below it, on disk or in an archive."""
        start = f"{name.strip('/')}/"
        return (self.folder / name).is_dir() or any(one.startswith(start) for one in self.inside)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """Files that are no images by their extension: there are few of them."""
        return tuple(name for name in self.names if not name.lower().endswith(IMAGE_SUFFIXES))

    @cached_property
    def images(self) -> tuple[str, ...]:
        """Files that are images by their extension."""
        return tuple(name for name in self.names if name.lower().endswith(IMAGE_SUFFIXES))

    @cached_property
    def tables(self) -> "TableColumns":
        """Files that may be tables of labels to their columns, each opened when it is asked for.

        Sample submissions are none; nor are the many text files that lie beside each other, one an
        image.
        """
        return TableColumns(self, tuple(self._list_tables()))

    def _list_tables(self) -> list[str]:
        found = dict[str, list[str]]()
        for name in self.others:
            if _TABLE.search(name) and name.count("/") < _DEEP and not is_submission(name):
                found.setdefault(name.rpartition("/")[0], []).append(name)
        return [name for group in found.values() if len(group) <= _MANY for name in group]

    def below(self, folder: str) -> "FolderSeen":
        """Give what lies below one of its folders, seen from there.

        Args:
            folder: its path, ending in ``/``.
        """
        # Sorted names of one beginning stand together.
        first = bisect_left(self.names, folder)
        last = bisect_left(self.names, f"{folder}\U0010ffff")
        names = tuple(one[len(folder) :] for one in self.names[first:last])
        start = len(folder)
        inside = {k[start:]: v for k, v in self.inside.items() if k.startswith(folder)}
        return FolderSeen(self.folder / folder, names, inside)

    def every(self, step: int) -> "FolderSeen":
        """Give it with every so many of its files alone, for a first look."""
        return replace(self, names=self.names[:: max(step, 1)])

    def find(self, names: Iterable[str]) -> list[str]:
        """Tables that names or patterns mean, each once."""
        asked = tuple(names)
        exact = [
            one + end for one in asked for end in ("", ".gz", ".zip") if one + end in self.tables
        ]
        found = [one for one in self.tables if any(match_file(one, name) for name in asked)]
        return list(dict.fromkeys([*exact, *found]))

    def add(self, names: Iterable[str]) -> "FolderSeen":
        """Give it with further files, by their paths from the folder."""
        return replace(self, names=tuple(sorted({*self.names, *names})))


class TableColumns(Mapping[str, tuple[str, ...]]):
    """Columns of tables by name; no file is opened twice, or before it is asked for."""

    def __init__(self, seen: FolderSeen, names: Iterable[str]) -> None:
        self._seen, self._names = seen, dict.fromkeys(names)
        self._peeked = dict[str, tuple[str, tuple[str, ...]]]()

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._peek(name)[1]

    def separator(self, name: str) -> str:
        """What stands between the columns of a table."""
        return self._peek(name)[0]

    def _peek(self, name: str) -> tuple[str, tuple[str, ...]]:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._peeked:
            self._peeked[name] = peek_columns(self._seen.path(name))
        return self._peeked[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def see_folder(folder: Path) -> FolderSeen:
    """List a folder; no file but archives is opened.

    Raises:
        SourceError: it cannot be read.
    """
    passed: list[PassedOver] = []
    files = list(walk_folder(folder, passed))
    inside = {file.name: file.path for file in files if file.inside is not None}
    return FolderSeen(folder, tuple(sorted(file.name for file in files)), inside)


def see_above(seen: FolderSeen) -> FolderSeen:
    """See the files beside a folder too, for one that holds images alone.

    Args:
        seen: the folder.
    """
    try:
        beside = [one for one in seen.folder.absolute().parent.iterdir() if one.is_file()]
    except OSError:
        return seen
    return seen.add(f"../{one.name}" for one in beside)


def is_submission(name: str) -> bool:
    """Whether a table is what a competition asks for, filled in by nobody, as its name says.

    >>> is_submission("a/stage_2_sample_submission.csv"), is_submission("train.csv")
    (True, False)
    """
    return _NO_LABELS.search(name.rpartition("/")[2]) is not None


def peek_columns(path: Path) -> tuple[str, tuple[str, ...]]:
    """Give what separates a table's columns, and their names, from its first bytes.

    No names where it is no table.
    """
    try:
        if path.suffix.lower() == ".parquet" and find_inside(str(path)) is None:
            return ",", tuple(pl.scan_parquet(bring(path), glob=False).collect_schema())
        content = _read_start(path)
        text = decode_table(content, path.name)
        found = [(sign, read_table_header(skip_preamble(text, sign)[0], sign)) for sign in _SIGNS]
    except _NO_TABLE:
        return ",", ()
    return max(found, key=lambda one: len(one[1]))


def _read_start(path: Path) -> bytes:
    """The first lines of a text, unpacked; all of a file of another kind."""
    with open_file(path) as opened:
        if not _PLAIN.search(path.name):
            content = opened.read(_MAX_BYTES)
            return content if len(content) < _MAX_BYTES else b""
        suffix = path.suffix.lower()
        if suffix == ".zip":
            with zipfile.ZipFile(opened) as archive, archive.open(archive.namelist()[0]) as file:
                start = file.read(_START)
        elif suffix == ".gz":
            with gzip.open(opened) as file:
                start = file.read(_START)
        else:
            start = opened.read(_START)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or len(start) < _START:
        return start[: len(start) & ~1] if len(start) == _START else start
    return start[: start.rfind(b"\n") + 1] or start
