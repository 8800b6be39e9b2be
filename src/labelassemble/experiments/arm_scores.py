"""Scores of all arms, and the differences between them."""

from typing import NamedTuple

import polars as pl


class ArmScores(NamedTuple):
    """What came out.

    Attributes:
        scores: ``RESULT_COLUMNS`` with the arm's name in ``method``: one row an arm, seed, source
            and class.
        differences: ``COMPARISON_COLUMNS``, and the arms' names in ``first`` and ``second``.
    """

    scores: pl.DataFrame
    differences: pl.DataFrame
