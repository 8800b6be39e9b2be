"""Scores by other measures than AUROC, as cells of a table."""

from typing import NamedTuple

import numpy as np

from labelassemble.report.experiment.content import ScoreTable
from labelassemble.report.number_format import NOTHING, format_interval, format_score


class ScoreCell(NamedTuple):
    """One score.

    Attributes:
        value: such as ``.759``; a dash: could not be measured.
        interval: such as ``[.681, .828]``; empty: none.
        by_seed: such as ``.53 .55 .29``; empty with one seed.
        best: the highest of its measure, of several with an interval: without one nobody knows.
    """

    value: str
    interval: str
    by_seed: str
    best: bool

    @property
    def text(self) -> str:
        """All of it in a line."""
        seeds = f"({self.by_seed})" if self.by_seed else ""
        return " ".join(part for part in (self.value, self.interval, seeds) if part)


def list_score_cells(table: ScoreTable) -> list[tuple[str, list[ScoreCell]]]:
    """Name and cells of every row."""
    return [
        (name, [_make_cell(table, row, column) for column in range(len(table.columns))])
        for row, name in enumerate(table.rows)
    ]


def _make_cell(table: ScoreTable, row: int, column: int) -> ScoreCell:
    value = float(table.value[row, column])
    if np.isnan(value):
        return ScoreCell(NOTHING, "", "", False)
    ends = float(table.low[row, column]), float(table.high[row, column])
    interval = format_interval(value, *ends).partition(" ")[2]
    seeds = table.by_seed[row, column]
    told = " ".join(format_score(float(one)) for one in seeds) if len(seeds) > 1 else ""
    rivals = table.value[np.isfinite(table.low[:, column]), column]
    best = bool(interval) and rivals.size > 1 and value == rivals.max()
    return ScoreCell(format_score(value), interval, told, bool(best))
