"""Records of one size, appended to a file; an index says what each was made of."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl

from labelassemble.images.known_files import read_index, stamp_file, write_index

_INDEX = pl.DataFrame(schema={"sha256": pl.Binary})
"""The index before the first record: a row for each record, the hash of what it was made of."""


class RecordFile:
    """A file of records that only grows, and its index.

    The index is replaced after the records are on disk: whoever sees the index finds the records,
    and a run that is killed loses what it appended since. One process writes at a time; the caller
    holds a lock.

    Attributes:
        place: the file.
        size: bytes a record.
        rows: hash of what a record was made of, to its place in the file.
    """

    def __init__(self, place: Path, index: Path, size: int) -> None:
        self.place, self.size, self.index = place, size, index
        self.rows: dict[bytes, int] = {}

    def load(self) -> None:
        """Read the index, as far as the file really goes.

        Raises:
            ImageError: the index is damaged.
        """
        digests = read_index(self.index, _INDEX)["sha256"].to_list()
        stamp = stamp_file(str(self.place))
        whole = 0 if stamp is None else stamp.size // self.size
        self.rows = {digest: row for row, digest in enumerate(digests[:whole])}

    @contextmanager
    def open(self) -> Iterator["Appender"]:
        """Open the file behind its last whole record; what a killed run left there goes."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.place.touch()
        with self.place.open("r+b") as file:
            end = len(self.rows) * self.size
            file.truncate(end)
            file.seek(end)
            yield Appender(self, file)


class Appender:
    """Appends records to an open file."""

    def __init__(self, records: RecordFile, file: BinaryIO) -> None:
        self._records, self._file = records, file

    def append(self, digest: bytes, data: memoryview | bytes) -> None:
        """Append a record, unless there is one of the same content."""
        if digest not in self._records.rows:
            self._file.write(data)
            self._records.rows[digest] = len(self._records.rows)

    def save(self) -> None:
        """Write what was appended to disk, then the index."""
        self._file.flush()
        os.fsync(self._file.fileno())
        index = pl.DataFrame({"sha256": list(self._records.rows)}, schema=_INDEX.schema)
        write_index(index, self._records.index)
