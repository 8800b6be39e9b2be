"""An assembled table's labels as one matrix, with the cells that are uncertain told apart."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from labelassemble.assembly.assembled_table import AssembledTable

SOFT_IN_BYTE = 120
"""So many different soft labels fit into a byte, beside unknown, 0, 1 and one more code."""


class LabelMatrix(NamedTuple):
    """Labels and what is behind those that are unknown.

    Attributes:
        label: in [0, 1]; NaN is unknown.
        uncertain: somebody looked and was not certain, and no policy gave a label.
    """

    label: Float[np.ndarray, "images classes"]
    uncertain: Bool[np.ndarray, "images classes"]


class Values(NamedTuple):
    """The different labels of a matrix.

    Attributes:
        value: unknown (NaN), 0, 1, then the soft labels between, rising; Float32.
        code: which of these each cell is.
    """

    value: Float[np.ndarray, " values"]
    code: Int[np.ndarray, "images classes"]


def label_matrix(table: AssembledTable) -> LabelMatrix:
    """Spread the cells over images (rows) and classes (columns), in the table's order.

    Source: our own.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> table = AssembledTable(classes=("mass",), **frames, scopes={}, manifest={})
    >>> label_matrix(table).label.shape
    (0, 1)
    """
    shape = (table.records.height, len(table.classes))
    label = np.full(shape, np.nan, dtype=np.float32)
    uncertain = np.zeros(shape, dtype=bool)
    for cells, row, place in table.place_cells():
        label[row, place] = cells["label"].fill_null(np.nan).to_numpy()
        undecided = (pl.col("state") == "uncertain") & pl.col("label").is_null()
        uncertain[row, place] = cells.select(undecided).to_series().to_numpy()
    return LabelMatrix(label, uncertain)


def find_values(label: Float[np.ndarray, "images classes"]) -> Values:
    """List the different labels, so that each is written once.

    Args:
        label: in [0, 1], Float32; NaN is unknown.

    Source: our own.

    >>> find_values(np.array([[1, 0.5], [np.nan, 0]], dtype=np.float32)).code.tolist()
    [[2, 3], [0, 1]]
    """
    is_soft = (label > 0) & (label < 1)
    soft, which = np.unique(label[is_soft], return_inverse=True)
    code = np.zeros(label.shape, dtype=np.int8 if len(soft) < SOFT_IN_BYTE else np.int64)
    code[label == 0] = 1
    code[label == 1] = 2
    code[is_soft] = which + 3
    value = np.concatenate([[np.nan, 0.0, 1.0], soft]).astype(np.float32)
    return Values(value, code)
