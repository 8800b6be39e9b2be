"""Several series over a number on a logarithmic axis, each with the band of its intervals."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from labelassemble.report.experiment.axis_format import write_ticks
from labelassemble.report.experiment.content import Curves
from labelassemble.report.palette import LineStyle
from labelassemble.report.panel import make_panel


def draw_curves(curves: Curves, styles: Mapping[str, LineStyle], legend: bool = False) -> Figure:
    """Draw the series; gaps stay where a number is nan.

    Args:
        curves: what to draw.
        styles: name of a series to its line.
        legend: name the series in the figure, for where nothing else does.
    """
    figure, axes = make_panel(7.6, 4.2, left=0.62, bottom=0.5, right=0.2, top=0.15)
    place = place_along(curves.x)
    for name, values in curves.series.items():
        style = styles[name]
        axes.fill_between(
            place, values[:, 1], values[:, 2], color=style.colour, alpha=0.13, linewidth=0
        )
        axes.plot(
            place,
            values[:, 0],
            color=style.colour,
            linestyle=style.pattern,
            linewidth=1.7,
            marker="o",
            markersize=4.5,
            label=name.replace("$", r"\$").removeprefix("_"),
        )
    axes.xaxis.set_major_locator(FixedLocator(place.tolist()))
    axes.xaxis.set_major_formatter(
        FixedFormatter([one.replace("$", r"\$") for one in curves.x_names])
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(curves.x_title, parse_math=False)
    axes.set_ylabel(curves.y_title, parse_math=False)
    write_ticks(axes, x=False)
    if legend and curves.series:
        axes.legend(frameon=False, fontsize=8, loc="best")
    return figure


def place_along(x: tuple[float, ...]) -> Float[np.ndarray, " points"]:
    """Logarithms of the numbers; 0, which has none, stands a step left of the smallest.

    >>> place_along((0.0, 10.0, 100.0)).tolist()
    [0.0, 1.0, 2.0]
    """
    numbers = np.asarray(x, dtype=np.float64)
    positive = np.sort(np.unique(numbers[numbers > 0]))
    if not positive.size:
        return np.zeros_like(numbers)
    logarithm = np.log10(np.where(numbers > 0, numbers, positive[0]))
    step = np.log10(positive[1] / positive[0]) if positive.size > 1 else 1.0
    return np.asarray(np.where(numbers > 0, logarithm, logarithm - step), dtype=np.float64)
