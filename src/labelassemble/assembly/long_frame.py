"""Rows too many to be held at once: they are made, or read, a part at a time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
from polars.io.plugins import register_io_source

PART = 250_000
"""Rows of a part, and of a row group of the Parquet files of a table."""


class LongFrame(NamedTuple):
    """A data frame that is made a part at a time.

    Attributes:
        height: how many rows there are.
        make: gives ``length`` rows from the row ``start`` on: ``make(start, length)``.
    """

    height: int
    make: Callable[[int, int], pl.DataFrame]

    def parts(self, length: int | None = None) -> Iterator[pl.DataFrame]:
        """Give all rows in their order, ``length`` or ``PART`` at a time; at least one part."""
        length = length or PART
        for start in range(0, max(self.height, 1), length):
            yield self.make(start, min(length, self.height - start))

    def whole(self) -> pl.DataFrame:
        """Give all rows at once."""
        return self.make(0, self.height)


def hold_frame(frame: pl.DataFrame) -> LongFrame:
    """See a frame that is held as one that is made in parts.

    >>> [len(part) for part in hold_frame(pl.DataFrame({"a": [1, 2, 3]})).parts(2)]
    [2, 1]
    """
    return LongFrame(frame.height, frame.slice)


def write_parquet(frame: LongFrame, path: Path) -> None:
    """Write a Parquet file of row groups of ``PART`` rows; the same rows, the same bytes."""

    def make(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        return frame.parts()

    register_io_source(make, schema=frame.make(0, 0).schema).sink_parquet(
        path,
        compression="zstd",
        compression_level=3,
        statistics=True,
        row_group_size=PART,
        maintain_order=True,
    )
