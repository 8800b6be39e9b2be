"""Cells of which several images speak, decided."""

from typing import NamedTuple

import polars as pl

from labelassemble.sources.assessments import STATES

CELL = ["record", "class"]


ASSESSMENTS = pl.Enum(STATES[1:])


class Decisions(NamedTuple):
    """Cells of which several images speak, decided.

    Attributes:
        cells: image, class (numbers), state (``ASSESSMENTS``), label (of an open conflict,
            Float32), source, reason, evidence, rule (text; rule null where all agree), closed
            (Boolean: the policy of uncertain cells does not apply).
        pairs: every two assessments on one cell: image, class, left_source, left_assessment,
            right_source, right_assessment, decision; sources are places in the recipe, the earlier
            one left.
    """

    cells: pl.DataFrame
    pairs: pl.DataFrame
