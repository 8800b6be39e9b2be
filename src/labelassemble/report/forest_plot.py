"""Forest plot: the difference of two methods, class by class, with its interval."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from labelassemble.report.differences import Difference, DifferenceOutcome
from labelassemble.report.label_matrix_plot import wrap_title
from labelassemble.report.number_format import format_difference
from labelassemble.report.palette import BETTER, GRID, INK, MUTED, SAME, WORSE

OUTCOME_COLOURS = {
    DifferenceOutcome.BETTER: BETTER,
    DifferenceOutcome.SAME: SAME,
    DifferenceOutcome.WORSE: WORSE,
    DifferenceOutcome.UNSURE: SAME,
    DifferenceOutcome.UNTOLD: SAME,
}


def draw_forest(differences: Sequence[Difference], reference: str, candidate: str) -> Figure:
    """Draw a row a class, classes in the order given, the mean as a diamond.

    Args:
        differences: what ``differences.list_differences`` gave.
        reference: the method at the left of zero.
        candidate: the method at the right of zero.
    """
    lines = [line for one in differences for line in wrap_title(one.title).splitlines()]
    names, numbers = 0.35 + 0.078 * max(map(len, lines), default=0), 1.75
    width, height = names + 4.2 + numbers, 0.95 + 0.27 * len(differences)
    figure = Figure(figsize=(width, height))
    figure.patch.set_alpha(0)
    axes = figure.add_axes(
        (
            names / width,
            0.5 / height,
            (width - names - numbers) / width,
            (height - 0.85) / height,
        )
    )
    axes.patch.set_alpha(0)
    axes.axvline(0, color=INK, linewidth=1)
    for row, one in enumerate(differences):
        _draw_row(axes, row, one)
    reach = _reach(differences)
    axes.set(xlim=(-reach, reach), ylim=(len(differences) - 0.4, -0.6), yticks=[])
    for side in ("left", "top", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=MUTED, linewidth=0.7)
    axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, symmetric=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_difference(value, 2)))
    axes.grid(True, axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("Difference in AUROC", color=INK, fontsize=8.5)
    for place, text, side in (
        (0.0, f"← {reference} better", "left"),
        (1.0, f"{candidate} better →", "right"),
    ):
        axes.text(
            place,
            1.0 + 0.06 / (height - 0.85),
            text,
            transform=axes.transAxes,
            ha=side,
            va="bottom",
            fontsize=8,
            color=MUTED,
        )
    return figure


def _draw_row(axes: Axes, row: int, one: Difference) -> None:
    weight = "bold" if one.is_mean else "normal"
    beside = axes.get_yaxis_transform()
    title = wrap_title(one.title)
    axes.text(
        -0.02,
        row,
        title,
        transform=beside,
        ha="right",
        va="center",
        fontsize=8.5,
        color=INK,
        fontweight=weight,
    )
    axes.text(
        1.02,
        row,
        one.text,
        transform=beside,
        ha="left",
        va="center",
        fontsize=8,
        color=INK,
        fontweight=weight,
    )
    if one.difference is None:
        return
    colour = OUTCOME_COLOURS[one.outcome]
    if one.low is not None and one.high is not None:
        axes.plot([one.low, one.high], [row, row], color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot(
        one.difference,
        row,
        "D" if one.is_mean else "s",
        color=colour,
        markersize=8 if one.is_mean else 5.5,
    )


def _reach(differences: Sequence[Difference]) -> float:
    """Zero stands in the middle; everything fits."""
    ends = [
        abs(value)
        for one in differences
        for value in (one.difference, one.low, one.high)
        if value is not None
    ]
    return 1.06 * max(ends, default=0.0) or 0.1
