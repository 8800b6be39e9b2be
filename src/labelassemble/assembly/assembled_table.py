"""The assembled table: every image, every cell, where each came from, and how it was split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float, Int
from polars.datatypes import DataTypeClass

from labelassemble.assembly.agreement import AGREEMENT_COLUMNS
from labelassemble.assembly.long_frame import LongFrame, hold_frame
from labelassemble.assembly.row_finder import RowFinder
from labelassemble.sources.mask_legend import SOURCE_MASK_COLUMNS, MaskLegend
from labelassemble.sources.rows import BOX_PLACE_COLUMNS

SPLITS = ("train", "validate", "test", "unused")
"""Every image is in one of these; ``unused`` ones would leak if they were used."""

RECORD_COLUMNS = {
    "record": pl.String,
    "source": pl.String,
    "path": pl.String,
    "patient": pl.String,
    "group": pl.Int64,
    "split": pl.String,
    "fold": pl.Int64,
    "split_reason": pl.String,
    "view": pl.String,
    "age": pl.Float64,
    "sex": pl.String,
}
CELL_COLUMNS = {
    "record": pl.String,
    "class": pl.String,
    "state": pl.String,
    "label": pl.Float32,
    "source": pl.String,
    "evidence": pl.Enum,
    "reason": pl.Enum,
    "policy": pl.Enum,
}
MEMBER_COLUMNS = {
    "record": pl.String,
    "source": pl.String,
    "image": pl.String,
    "path": pl.String,
    "patient": pl.String,
    "evidence": pl.String,
}
LINK_SCHEMA = {
    "left": pl.String,
    "right": pl.String,
    "evidence": pl.String,
    "measure": pl.Float32,
}
CONFLICT_COLUMNS = {
    "record": pl.String,
    "class": pl.String,
    "between": pl.String,
    "left_source": pl.String,
    "left_assessment": pl.String,
    "right_source": pl.String,
    "right_assessment": pl.String,
    "decision": pl.Enum,
}
BOX_COLUMNS = {
    "record": pl.String,
    "class": pl.String,
    "source": pl.String,
    "image": pl.String,
    "reader": pl.String,
    **BOX_PLACE_COLUMNS,
}
MASK_COLUMNS = {
    "record": pl.String,
    "source": pl.String,
    "image": pl.String,
    "class": pl.String,
    **SOURCE_MASK_COLUMNS,
    "sha256": pl.String,
}
EXCLUDED_COLUMNS = {
    "source": pl.String,
    "image": pl.String,
    "reason": pl.String,
    "rows": pl.Int64,
}

GROUP_COLUMNS = {
    "group": pl.Int64,
    "records": pl.Int64,
    "images": pl.Int64,
    "sources": pl.String,
    "patients": pl.Int64,
    "evidence": pl.String,
}
"""One row a group: how many records and images it holds, of which sources (``a+b``), of how many
different names of patients, and what made it one: ``same patient`` and the kinds of links, joined
by ``; ``; empty for a single image that stands alone."""

FRAMES: dict[str, Mapping[str, DataTypeClass]] = {
    "records": RECORD_COLUMNS,
    "cells": CELL_COLUMNS,
    "members": MEMBER_COLUMNS,
    "groups": GROUP_COLUMNS,
    "links": LINK_SCHEMA,
    "conflicts": CONFLICT_COLUMNS,
    "agreement": AGREEMENT_COLUMNS,
    "boxes": BOX_COLUMNS,
    "masks": MASK_COLUMNS,
    "excluded": EXCLUDED_COLUMNS,
}
"""The frames of a table and their columns; each is one Parquet file of the same name. An Enum is
text of which few are different, such as reasons: other programs read it as a category."""


def make_frame(name: str, rows: Sequence[Mapping[str, object]] = ()) -> pl.DataFrame:
    """Make a frame of a table by hand.

    Args:
        name: of the frame, one of ``FRAMES``.
        rows: column to value; columns that a row does not have are null.

    >>> make_frame("cells", [{"record": "a/1", "class": "mass", "label": 1.0}]).shape
    (1, 8)
    """
    columns = FRAMES[name]
    plain = {column: pl.String if of is pl.Enum else of for column, of in columns.items()}
    frame = pl.DataFrame(list(rows), schema=plain, orient="row")
    return frame.with_columns(
        pl.col(column).cast(pl.Enum(frame[column].drop_nulls().unique().sort()))
        for column, of in columns.items()
        if of is pl.Enum
    )


def fits_columns(frame: pl.DataFrame, name: str) -> bool:
    """Whether a frame has the columns of its name; an Enum may have any words."""
    schema = {
        column: pl.Enum if isinstance(of, pl.Enum) else of for column, of in frame.schema.items()
    }
    return schema == FRAMES[name]


class PlacedCells(NamedTuple):
    """Cells, and where each stands: the row of its image in ``records``, the place of its class; -1
    where the table has none."""

    cells: pl.DataFrame
    row: Int[np.ndarray, " cells"]
    place: Int[np.ndarray, " cells"]


@dataclass(frozen=True, kw_only=True)
class AssembledTable:
    """Several sources as one table.

    Attributes:
        classes: the classes, in the order that networks and scores use.
        images: one row a distinct image (``RECORD_COLUMNS``): the name is ``source/image`` of
            the first member that has a file, rows are in recipe order, then by image; ``patient``
            is the same for all images of one person, ``group`` counts persons from 0; ``fold``
            counts from 0, null where the image is in none; ``age`` is in years.
        cells: one row an image and class that somebody judged (``CELL_COLUMNS``); ``label`` in
            [0, 1] after the policies, null is unknown; ``source`` is who said it, ``a+b`` for two;
            ``evidence`` the strongest behind it; ``policy`` is the rule that decided, null where
            none was needed.
        members: one row an image of a source (``MEMBER_COLUMNS``): the image that it is, and the
            ``evidence`` for that: ``table`` where the image is named after it, else as in
            ``links.EVIDENCE``.
        groups: one row a group (``GROUP_COLUMNS``): how large it is, and what made it.
        links: every two images, as ``source/image``, that something says are the same image or
            of the same patient (``LINK_SCHEMA``); names of patients within a source are not here.
        conflicts: one row two assessments on one cell that differ (``CONFLICT_COLUMNS``);
            ``between`` is ``sources``, ``images`` (of one source) or ``readers`` (of one image).
        agreement: how far two sources, or the readers of one, agree (``agreement.
            AGREEMENT_COLUMNS``), whether or not they differ anywhere.
        boxes: where findings lie (``BOX_COLUMNS``), in pixels of the frame; see
            ``sources.rows.BOX_COLUMNS``.
        masks: what is drawn, and in which files (``MASK_COLUMNS``); see
            ``sources.mask_legend.SOURCE_MASK_COLUMNS``. ``class`` is that of the term, null where
            the values of a mask tell classes apart; ``sha256`` is the file's. What each source's
            masks mean ``legends`` says.
        excluded: rows that no image holds, and why (``EXCLUDED_COLUMNS``).
        legends: per source that drew something, what its masks mean.
        scopes: per source, the classes that it looked for.
        manifest: what went in and what came out, as JSON: settings, licences, hashes, counts.
    """

    classes: tuple[str, ...]
    records: pl.DataFrame
    cells: pl.DataFrame
    members: pl.DataFrame
    groups: pl.DataFrame = field(default_factory=partial(make_frame, "groups"))
    links: pl.DataFrame = field(default_factory=partial(make_frame, "links"))
    conflicts: pl.DataFrame = field(default_factory=partial(make_frame, "conflicts"))
    agreement: pl.DataFrame = field(default_factory=partial(make_frame, "agreement"))
    boxes: pl.DataFrame = field(default_factory=partial(make_frame, "boxes"))
    masks: pl.DataFrame = field(default_factory=partial(make_frame, "masks"))
    excluded: pl.DataFrame = field(default_factory=partial(make_frame, "excluded"))
    legends: dict[str, MaskLegend] = field(default_factory=dict)
    scopes: dict[str, tuple[str, ...]]
    manifest: dict[str, object]

    def labels(self) -> pl.DataFrame:
        """One row an image, in the order of ``records``: its name, then a label per class.

        Labels are Float32 in [0, 1]; null is unknown, which is not negative.
        """
        matrix = self.label_matrix()
        columns = [
            pl.Series(name, matrix[:, place]).fill_nan(None)
            for place, name in enumerate(self.classes)
        ]
        return pl.DataFrame([self.records["record"], *columns])

    def in_parts(self, name: str) -> LongFrame:
        """Give a frame a part at a time; cells that were not asked for as a whole stay so.

        Args:
            name: of the frame, one of ``FRAMES``.
        """
        frame = vars(self)[name]
        return frame if isinstance(frame, LongFrame) else hold_frame(frame)

    def label_matrix(self) -> Float[np.ndarray, "images classes"]:
        """Labels in [0, 1], in the order of ``records`` and ``classes``; NaN where unknown."""
        matrix = np.full((self.records.height, len(self.classes)), np.nan, dtype=np.float32)
        for cells, row, place in self.place_cells():
            matrix[row, place] = cells["label"].fill_null(np.nan).to_numpy()
        return matrix

    def place_cells(self, strict: bool = True) -> Iterator[PlacedCells]:
        """Give the cells a part at a time, with their places in ``label_matrix``.

        Args:
            strict: an image or class that the table does not hold is a fault; else its place is -1.

        Raises:
            ValueError, polars.exceptions.InvalidOperationError: there is one.
        """
        classes = pl.Enum(self.classes)
        find = RowFinder(self.records["record"])
        for cells in self.in_parts("cells").parts():
            number = cells["class"].cast(classes, strict=strict).to_physical().cast(pl.Int16)
            row = find.find(cells["record"])
            if strict and (row < 0).any():
                raise ValueError("cells of images that the table does not hold")
            yield PlacedCells(cells, row, number.fill_null(-1).to_numpy())


class _Asked:
    """The attribute ``cells``: made as a whole when it is asked for as a whole."""

    def __get__(self, table: AssembledTable | None, owner: type | None = None) -> pl.DataFrame:
        if table is None:
            raise AttributeError("cells")
        held: pl.DataFrame | LongFrame = vars(table)["cells"]
        cells = held.whole() if isinstance(held, LongFrame) else held
        vars(table)["cells"] = cells
        return cells

    def __set__(self, table: AssembledTable, cells: pl.DataFrame | LongFrame) -> None:
        vars(table)["cells"] = cells


AssembledTable.cells = _Asked()  # type: ignore[assignment]


def hold_cells(table: AssembledTable, cells: LongFrame) -> AssembledTable:
    """Give a table cells that are made as they are asked for.

    ``in_parts`` gives them a part at a time; ``cells`` makes and keeps all of them.
    """
    held = replace(table, cells=make_frame("cells"))
    vars(held)["cells"] = cells
    return held
