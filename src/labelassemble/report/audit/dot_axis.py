"""Shares as dots on one logarithmic axis, each in a small strip beside its class."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from labelassemble.report.audit.prevalence import Prevalence
from labelassemble.report.number_format import format_share

MIN = 1e-5
"""The axis never starts lower: rarer shares stand at its left end."""

WIDTH, MARGIN = 116.0, 5.0
"""Of a strip, in pixels; dots keep the margin from both ends."""


class DotAxis(NamedTuple):
    """From ``low`` (a power of ten) to 1."""

    low: float

    def place(self, share: float) -> float:
        """Pixel of a share, ``MARGIN`` to ``WIDTH - MARGIN``; what is below the axis is at its end.

        >>> DotAxis(0.01).place(0.1)
        58.0
        """
        span = -math.log10(self.low)
        along = 1 + math.log10(min(1.0, max(share, self.low))) / span
        return round(MARGIN + along * (WIDTH - 2 * MARGIN), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Pixel and text of every power of ten.

        >>> DotAxis(0.01).ticks
        [(5.0, '1'), (58.0, '10'), (111.0, '100 %')]
        """
        powers = range(round(math.log10(self.low)), 1)
        shares = [10.0**power for power in powers]
        # The sign stands once: the strip is narrow.
        return [(self.place(s), f"{100 * s:g}{' %' if s == 1 else ''}") for s in shares]


class Dot(NamedTuple):
    """One strip.

    Attributes:
        at: pixel of the dot; None where nothing is known.
        low, high: pixels of the interval's ends.
        none: no positive at all: the dot stands at the end of the axis, hollow.
        others: pixels of the same class in the other columns, for comparison.
        text: the share in percent.
        words: all of it in words.
    """

    at: float | None
    low: float
    high: float
    none: bool
    others: tuple[float, ...]
    text: str
    words: str


def choose_axis(found: Iterable[Prevalence]) -> DotAxis:
    """Start at the power of ten below the smallest share that is not 0.

    >>> choose_axis([])
    DotAxis(low=0.01)
    """
    shares = [one.share for one in found if one.share]
    least = max(MIN, min(shares, default=0.01))
    # A hair less, as 0.01 must give 0.01 and not the power below it.
    return DotAxis(10.0 ** min(-1, math.floor(math.log10(least) + 1e-9)))


def draw_dot(one: Prevalence, others: Iterable[Prevalence], axis: DotAxis) -> Dot:
    """Place one share and its interval, and the others' shares for comparison."""
    beside = tuple(sorted(axis.place(other.share) for other in others if other.share is not None))
    if one.share is None or one.low is None or one.high is None:
        return Dot(None, 0.0, 0.0, False, beside, "–", "nothing known")
    words = (
        f"{one.positive:,} of {one.known:,} known images, {format_share(one.share)} "
        f"[{format_share(one.low)}, {format_share(one.high)}], {one.persons:,} persons"
    )
    return Dot(
        axis.place(one.share),
        axis.place(one.low),
        axis.place(one.high),
        one.positive == 0,
        beside,
        format_share(one.share),
        words,
    )
