"""ROC curves of one class, one line a method."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from labelassemble.report.content import DrawnRocCurve
from labelassemble.report.palette import GRID, LineStyle
from labelassemble.report.panel import make_panel


def draw_roc(curves: Mapping[str, DrawnRocCurve], styles: Mapping[str, LineStyle]) -> Figure:
    """Draw the curves over the diagonal of chance.

    Args:
        curves: method to its false and true positive rates.
        styles: method to line.
    """
    figure, axes = make_panel(2.3, 2.25, left=0.42, bottom=0.4)
    axes.plot([0, 1], [0, 1], color=GRID, linewidth=1)
    for method, (false_rate, true_rate) in curves.items():
        style = styles[method]
        axes.plot(
            *thin_curve(false_rate, true_rate),
            color=style.colour,
            linestyle=style.pattern,
            linewidth=1.5,
        )
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.set_xlabel("1 − specificity", fontsize=8.5, labelpad=1)
    axes.set_ylabel("Sensitivity", fontsize=8.5, labelpad=1)
    return figure


def thin_curve(
    false_rate: Float[np.ndarray, " points"],
    true_rate: Float[np.ndarray, " points"],
    steps: int = 160,
) -> tuple[Float[np.ndarray, " fewer"], Float[np.ndarray, " fewer"]]:
    """Keep about ``2 * steps`` points, evenly along the curve; both ends stay.

    For drawing only: a curve of 25,000 points would weigh more than the rest of the page.
    """
    if len(false_rate) <= 2 * steps:
        return false_rate, true_rate
    along = np.floor((false_rate + true_rate) * steps)
    kept = np.append(np.flatnonzero(np.diff(along, prepend=-1)), len(along) - 1)
    kept = np.unique(kept)
    return false_rate[kept], true_rate[kept]
