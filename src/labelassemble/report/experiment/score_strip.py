"""A score, its interval and its seeds as a small strip beside the numbers, all on one axis."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from labelassemble.report.number_format import format_score
from labelassemble.report.score_summary import Score

WIDTH, MARGIN = 280.0, 12.0
"""Of a strip, in pixels; marks keep the margin from both ends."""


class ScoreAxis(NamedTuple):
    """A linear axis from ``low`` to ``high`` with a tick every ``step``."""

    low: float
    high: float
    step: float

    def place(self, score: float) -> float:
        """Pixel of a score.

        >>> ScoreAxis(0.5, 0.9, 0.1).place(0.7)
        140.0
        """
        along = (score - self.low) / (self.high - self.low)
        return round(MARGIN + along * (WIDTH - 2 * MARGIN), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Pixel and text of every tick.

        >>> [text for _, text in ScoreAxis(0.5, 0.9, 0.2).ticks]
        ['.5', '.7', '.9']
        """
        digits = 1 if self.step >= 0.1 else 2
        scores = [
            self.low + n * self.step for n in range(round((self.high - self.low) / self.step) + 1)
        ]
        return [(self.place(score), format_score(score, digits)) for score in scores]


class Strip(NamedTuple):
    """Pixels of the mean, of both ends of the interval (None: no interval), and of every seed."""

    at: float
    low: float | None
    high: float | None
    seeds: tuple[float, ...]


def choose_score_axis(scores: Iterable[Score]) -> ScoreAxis:
    """Choose the narrowest axis with round ends that holds everything.

    >>> choose_score_axis([Score(0.71, 0.66, 0.76, {0: 0.71})])
    ScoreAxis(low=0.65, high=0.8, step=0.05)
    """
    values = [
        value
        for one in scores
        for value in (one.mean, one.low, one.high, *one.seeds.values())
        if value is not None
    ]
    if not values:
        return ScoreAxis(0.5, 1.0, 0.1)
    least, most = min(values), max(values)
    step = next((one for one in (0.01, 0.02, 0.05, 0.1) if (most - least) / one <= 4), 0.2)
    low = math.floor(least / step + 1e-9) * step
    high = math.ceil(most / step - 1e-9) * step
    return ScoreAxis(round(low, 4), round(max(high, low + step), 4), step)


def draw_strip(score: Score, axis: ScoreAxis) -> Strip | None:
    """Place a score; None where there is none."""
    if score.mean is None:
        return None
    ends = (score.low, score.high)
    low, high = (None if end is None else axis.place(end) for end in ends)
    seeds = score.seeds.values() if len(score.seeds) > 1 else ()
    return Strip(axis.place(score.mean), low, high, tuple(axis.place(one) for one in seeds))
