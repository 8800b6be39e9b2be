"""A table's cells as matrices: what stands in each, and what each source said itself."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float32, Int, UInt8

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.long_frame import PART
from labelassemble.report.placed_members import place_members
from labelassemble.sources.assessments import STATES, UNKNOWN

NOBODY = -1
"""Speaker of a cell that nobody judged."""


class CellMatrix(NamedTuple):
    """Every cell, known or not; rows are those of ``table.records``, columns ``table.classes``.

    Attributes:
        state: index into ``STATES``.
        label: in [0, 1] after all policies; NaN where unknown.
        speaker: index into ``speakers``; ``NOBODY`` where nobody judged.
        speakers: the sources behind a cell.
    """

    state: UInt8[np.ndarray, "images classes"]
    label: Float32[np.ndarray, "images classes"]
    speaker: Int[np.ndarray, "images classes"]
    speakers: tuple[tuple[str, ...], ...]


class SourceAssessments(NamedTuple):
    """What one source itself said, before conflicts between sources were settled.

    Attributes:
        image: rows of ``table.records`` that the source holds, rising.
        state: index into ``STATES``.
    """

    record: Int[np.ndarray, " held"]
    state: UInt8[np.ndarray, "held classes"]


def lay_out_cells(table: AssembledTable) -> CellMatrix:
    """Lay the cells out as matrices."""
    shape = (table.records.height, len(table.classes))
    state = np.full(shape, UNKNOWN, dtype=np.uint8)
    label = np.full(shape, np.nan, dtype=np.float32)
    met: dict[str, int] = {}
    speaker = np.full(shape, NOBODY, dtype=np.int16)
    for cells, row, column in table.place_cells(strict=False):
        here = (row >= 0) & (column >= 0)
        # Mostly every cell is here, and then nothing needs to be copied.
        kept = slice(None) if here.all() else here
        # One number a place is quicker than two.
        at = (row * shape[1] + column)[kept]
        state.ravel()[at] = _number(cells["state"], STATES)[kept]
        label.ravel()[at] = cells["label"].to_numpy()[kept]
        said_by = cells["source"].fill_null("")
        for word in said_by.unique().sort():
            met.setdefault(word, len(met))
        speaker.ravel()[at] = _number(said_by, list(met))[kept]
    words = sorted(met)
    order = np.array([words.index(word) for word in met] + [NOBODY], dtype=np.int16)
    for start in range(0, shape[0], PART):
        rows = slice(start, start + PART)
        speaker[rows] = order[speaker[rows]]
    return CellMatrix(state, label, speaker, tuple(tuple(one.split("+")) for one in words))


def read_assessments(
    table: AssembledTable, cells: CellMatrix, placed: pl.DataFrame | None = None
) -> dict[str, SourceAssessments]:
    """Recover what each source said about its own images, those overruled by others too.

    Where a source's images of one image contradict each other, the source said what its assessments
    came to. Where a conflict stays open, the cell is uncertain but the sources were not: theirs
    count.

    Args:
        table: the table.
        cells: what ``lay_out_cells`` gave.
        placed: what ``place_members`` gave, where it is there already.

    Returns:
        One a source, in recipe order (``sources_of_cells``).
    """
    held = place_members(table) if placed is None else placed
    between = table.conflicts.filter(pl.col("left_source") != pl.col("right_source"))
    overruled = pl.concat(
        between.select(
            "record",
            "class",
            source=pl.col(f"{side}_source"),
            assessment=pl.col(f"{side}_assessment"),
        )
        for side in ("left", "right")
    )
    row, column = _find_places(table, overruled)
    assessment = _number(overruled["assessment"], STATES)
    found = {}
    for source in sources_of_cells(table):
        record = held.filter(pl.col("source") == source)["row"].unique().sort().to_numpy()
        speaks = np.array([source in one for one in cells.speakers] + [False], dtype=bool)
        state = np.where(speaks[cells.speaker[record]], cells.state[record], UNKNOWN)
        place = np.full(table.records.height, -1)
        place[record] = np.arange(len(record))
        counts = (overruled["source"] == source).to_numpy() & (row >= 0) & (column >= 0)
        counts &= place[row] >= 0
        # From the last to the first: of a source that says two things, the first one counts.
        own = np.flatnonzero(counts)[::-1]
        state[place[row[own]], column[own]] = assessment[own]
        found[source] = SourceAssessments(record.astype(np.int64), state.astype(np.uint8))
    return found


def sources_of_cells(table: AssembledTable) -> list[str]:
    """The sources in recipe order, those without a scope too."""
    met = table.members["source"].unique(maintain_order=True).to_list()
    return list(dict.fromkeys([*table.scopes, *met]))


def _find_places(
    table: AssembledTable, frame: pl.DataFrame
) -> tuple[Int[np.ndarray, " rows"], Int[np.ndarray, " rows"]]:
    """Row (-1: no image of the table) and column of each row's image and class."""
    rows = pl.DataFrame({"record": table.records["record"]}).with_row_index("row")
    # Cells of one image stand together: one look-up an image, not one a cell.
    runs = frame.select(run=pl.col("record").rle()).unnest("run").rename({"value": "record"})
    found = runs.join(rows, on="record", how="left", maintain_order="left")
    row = found["row"].cast(pl.Int64).fill_null(-1).to_numpy()
    return np.repeat(row, found["len"].to_numpy()), _number(frame["class"], table.classes)


def _number(words: pl.Series, names: tuple[str, ...] | list[str]) -> Int[np.ndarray, " rows"]:
    """Place of each word among the names; -1 where it is none of them."""
    place = words.cast(pl.Enum(names), strict=False).to_physical().cast(pl.Int32)
    return place.fill_null(-1).to_numpy()
