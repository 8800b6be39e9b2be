"""Free-response ROC curves of one class, one line a method."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from labelassemble.report.detection.content import FrocCurve
from labelassemble.report.palette import LineStyle
from labelassemble.report.panel import make_panel

MIN, MAX = 1 / 8, 8.0
"""False positives a scan that are drawn: those that the mean is taken over."""


def draw_froc(curves: Mapping[str, FrocCurve], styles: Mapping[str, LineStyle]) -> Figure:
    """Draw sensitivity over false positives a scan, from 1/8 to 8, each doubling as wide.

    Args:
        curves: method to its curve.
        styles: method to line.
    """
    figure, axes = make_panel(2.3, 2.25, left=0.42, bottom=0.4)
    rates = np.geomspace(MIN, MAX, 193)
    for method, curve in curves.items():
        style = styles[method]
        axes.plot(
            np.log2(rates),
            sensitivity_at(curve, rates),
            color=style.colour,
            linestyle=style.pattern,
            linewidth=1.5,
        )
    axes.set(xlim=(-3.1, 3.1), ylim=(-0.01, 1.01))
    axes.xaxis.set_ticks([-3, -2, -1, 0, 1, 2, 3], ["1/8", "", "1/2", "1", "2", "", "8"])
    axes.yaxis.set_ticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.set_xlabel("False positives a scan", fontsize=8.5, labelpad=1)
    axes.set_ylabel("Sensitivity", fontsize=8.5, labelpad=1)
    return figure


def sensitivity_at(
    curve: FrocCurve, rates: Float[np.ndarray, " rates"]
) -> Float[np.ndarray, " rates"]:
    """Give the highest sensitivity with at most so many false positives a scan.

    >>> curve = (np.array([0.0, 0.5, 2.0]), np.array([0.25, 0.5, 1.0]))
    >>> sensitivity_at(curve, np.array([0.125, 0.5, 1.0, 8.0])).tolist()
    [0.25, 0.5, 0.5, 1.0]
    """
    false_positives, sensitivity = curve
    # A product of a rate and a number of scans may be wrong by as much.
    steps = np.searchsorted(false_positives, rates + 1e-9, side="right") - 1
    return np.asarray(sensitivity[steps])
