"""What a score is worth in labels: how many labelled images the control needs for the same."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class LabelsWorth(NamedTuple):
    """So many times the labelled images that were there.

    Attributes:
        times: the factor; an end of what was measured where it lies outside.
        outside: -1 below the smallest number that was measured, 1 above the largest, 0 within.
    """

    times: float
    outside: int

    @property
    def text(self) -> str:
        """Such as ``1.6``, or ``more than was measured (10)``."""
        return ("{}", "more than was measured ({})", "less than was measured ({})")[
            self.outside
        ].format(self._number)

    @property
    def short(self) -> str:
        """Such as ``1.6``, or ``> 10``."""
        return ("", "> ", "< ")[self.outside] + self._number

    @property
    def _number(self) -> str:
        return f"{self.times:.1f}" if 0.95 <= self.times < 9.95 else f"{self.times:.2g}"


def labels_worth(
    score: float, own: int, count: Sequence[int], curve: Sequence[float]
) -> LabelsWorth | None:
    """Read off the control's learning curve how many labelled images reach a score.

    The curve is linear in the logarithm of the number between measured points, and never falls: a
    point below an earlier one counts as that one.

    Args:
        score: to reach.
        own: labelled images that it was reached with.
        count: labelled images of the control, rising; two or more.
        curve: its scores there.

    Returns:
        None where a score is not a number, or the control does not rise at all.

    >>> labels_worth(0.75, 100, [100, 1000], [0.7, 0.8]).text
    '3.2'
    >>> labels_worth(0.9, 100, [100, 1000], [0.7, 0.8]).text
    'more than was measured (10)'
    """
    place = np.log(np.asarray(count, dtype=np.float64))
    height = np.maximum.accumulate(np.asarray(curve, dtype=np.float64))
    if np.isnan([score, *height]).any() or height[-1] <= height[0]:
        return None
    if score > height[-1]:
        return LabelsWorth(float(count[-1] / own), 1)
    if score < height[0]:
        return LabelsWorth(float(count[0] / own), -1)
    # The fewest images that reach it: where the curve is level, its left end.
    after = int(np.searchsorted(height, score, side="left"))
    if after == 0:
        return LabelsWorth(float(count[0] / own), 0)
    part = (score - height[after - 1]) / (height[after] - height[after - 1])
    reached = place[after - 1] + part * (place[after] - place[after - 1])
    return LabelsWorth(float(np.exp(reached) / own), 0)
