"""One small figure with one pair of axes, as all line plots of the report start."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labelassemble.report.palette import GRID, INK, MUTED


def make_panel(
    width: float,
    height: float,
    left: float = 0.52,
    bottom: float = 0.44,
    right: float = 0.08,
    top: float = 0.08,
) -> tuple[Figure, Axes]:
    """Make a transparent figure and its axes; all lengths in inches."""
    figure = Figure(figsize=(width, height))
    figure.patch.set_alpha(0)
    axes = figure.add_axes(
        (
            left / width,
            bottom / height,
            (width - left - right) / width,
            (height - bottom - top) / height,
        )
    )
    axes.patch.set_alpha(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=MUTED, linewidth=0.7)
    axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=8, width=0.7, length=3)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=INK, fontsize=8.5)
    axes.grid(True, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes
