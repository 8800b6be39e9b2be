"""Do probabilities come true? Share of positives over mean probability, one line a method."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from labelassemble.report.content import Reliability
from labelassemble.report.number_format import format_count
from labelassemble.report.palette import GRID, LineStyle
from labelassemble.report.panel import make_panel

ENDS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Where axes may end, such that their middle is round too."""


def draw_reliability(bins: Mapping[str, Reliability], styles: Mapping[str, LineStyle]) -> Figure:
    """Draw the bins over the diagonal, on which probabilities come true.

    Both axes end at a round number above the highest: where a finding is rare all bins lie
    in the corner.

    Args:
        bins: method to its bins.
        styles: method to line.
    """
    figure, axes = make_panel(2.6, 2.55, left=0.46, bottom=0.42)
    highest = max(float(each.max(initial=0)) for one in bins.values() for each in one[:2])
    end = next(end for end in ENDS if end >= highest)
    axes.plot([0, end], [0, end], color=GRID, linewidth=1)
    for method, (probability, rate, _) in bins.items():
        style = styles[method]
        axes.plot(
            probability,
            rate,
            color=style.colour,
            linestyle=style.pattern,
            linewidth=1.3,
            marker="o",
            markersize=3.6,
        )
    margin = 0.03 * end
    axes.set(xlim=(-margin, end + margin), ylim=(-margin, end + margin), aspect="equal")
    ticks = [0, end / 2, end]
    words = [f"{tick:.2g}".removeprefix("0") or "0" for tick in ticks]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ticks, words)
    axes.set_xlabel("Mean probability", fontsize=8.5, labelpad=1)
    axes.set_ylabel("Share of positives", fontsize=8.5, labelpad=1)
    return figure


def count_cells(bins: Reliability) -> str:
    """Say how many predictions a dot holds.

    >>> import numpy as np
    >>> count_cells((np.array([0.1, 0.2]), np.array([0.0, 0.3]), np.array([43, 42])))
    '2 dots of 42 to 43 predictions'
    """
    cells = bins[2]
    least, most = int(cells.min()), int(cells.max())
    held = (
        format_count(least) if least == most else f"{format_count(least)} to {format_count(most)}"
    )
    return f"{cells.size} dot{'s' if cells.size != 1 else ''} of {held} predictions"
