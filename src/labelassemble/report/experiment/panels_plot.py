"""Small line plots beside each other, all with the same axes."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from labelassemble.report.experiment.axis_format import shorten_name, write_ticks
from labelassemble.report.experiment.content import Panels
from labelassemble.report.palette import GRID, INK, MUTED, LineStyle

COLUMNS, WIDTH, HEIGHT = 4, 1.95, 1.45
"""Panels beside each other, and the size of one in inches."""


def draw_panels(panels: Panels, styles: dict[str, LineStyle], legend: bool = False) -> Figure:
    """Draw a panel a name; a vertical line stands where something is marked.

    Args:
        panels: what to draw.
        styles: name of a line to how it is drawn.
        legend: name the lines in the first panel, for where nothing else does.
    """
    names = list(panels.panels)
    columns = min(COLUMNS, max(1, len(names)))
    rows = max(1, math.ceil(len(names) / columns))
    figure = Figure(figsize=(0.5 + columns * WIDTH, 0.65 + rows * (HEIGHT + 0.25)))
    figure.patch.set_alpha(0)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=0.55 / width, right=1 - 0.1 / width, bottom=0.45 / height, top=1 - 0.25 / height,
        wspace=0.1, hspace=0.28,
    )  # fmt: skip
    for place, axes in enumerate(grid.flat):
        if place >= len(names):
            axes.set_visible(False)
            continue
        _dress(axes)
        name = names[place]
        axes.set_title(shorten_name(name), fontsize=8, color=INK, loc="left", pad=3)
        for line, values in panels.panels[name].items():
            style = styles[line]
            x = np.arange(1, len(values) + 1)
            marker = "o" if len(values) == 1 else ""
            axes.plot(
                x, values, color=style.colour, linestyle=style.pattern, linewidth=1.1,
                marker=marker, markersize=3.5, label=line,
            )  # fmt: skip
        if name in panels.marks:
            axes.axvline(panels.marks[name], color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    if names:
        if legend:
            grid.flat[0].legend(frameon=False, fontsize=6, loc="lower right")
        grid.flat[0].xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
        write_ticks(grid.flat[0], x=False)
    # Panels above an empty place have the lowest axis of their column.
    for place in range(len(names)):
        grid.flat[place].tick_params(labelbottom=place + columns >= len(names))
    figure.supxlabel(panels.x_title, fontsize=8.5, color=INK, y=0.08 / height)
    figure.supylabel(panels.y_title, fontsize=8.5, color=INK, x=0.06 / width)
    return figure


def _dress(axes: Axes) -> None:
    axes.patch.set_alpha(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=MUTED, linewidth=0.7)
    axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=7, width=0.7, length=2.5)
    axes.grid(True, color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
