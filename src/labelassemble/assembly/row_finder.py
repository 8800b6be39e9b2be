"""Rows of names, looked up a part of the names at a time."""

import numpy as np
import polars as pl
from jaxtyping import Int

AHEAD = 100_000
"""Images without any cell that may lie between those with cells, before all are looked through."""


class RowFinder:
    """Finds rows of names, part by part, where these mostly come in the order of the rows."""

    def __init__(self, names: pl.Series) -> None:
        """Take the names of all rows, each of which stands there once."""
        self._names, self._next = names.alias("name"), 0

    def find(self, names: pl.Series) -> Int[np.ndarray, " names"]:
        """Give the row of each name, the next part's; -1 where there is none."""
        # Cells of one image stand together: each image is looked up once, not each cell.
        run = names.rle_id()
        sought = names.filter(run.is_first_distinct()).alias("name")
        start, length = self._next, len(sought) + AHEAD
        found = self._search(sought, start, length)
        if found.null_count():
            start = 0
            found = self._search(sought, start, len(self._names))
        rows: Int[np.ndarray, " names"] = found.fill_null(-1).gather(run).to_numpy()
        self._next = max(int(rows[-1]), 0) if len(rows) else start
        return rows

    def _search(self, sought: pl.Series, start: int, length: int) -> pl.Series:
        here = self._names.slice(start, length).to_frame().with_row_index("row")
        found = sought.to_frame().join(here, on="name", how="left", maintain_order="left")
        return found["row"].cast(pl.Int64) + start
