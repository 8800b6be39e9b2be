"""Forest plot of differences between arms: both intervals, over patients and with the seeds."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from labelassemble.report.experiment.arm_differences import ArmDifference
from labelassemble.report.forest_plot import OUTCOME_COLOURS, draw_forest


def draw_arm_forest(differences: Sequence[ArmDifference]) -> Figure:
    """Draw a row a difference; a thin line with caps is the interval with the seeds.

    Args:
        differences: of any pairs; where there is only one pair its arms are named above the plot.
    """
    pairs = {(one.first, one.second) for one in differences}
    first, second = next(iter(pairs)) if len(pairs) == 1 else ("the latter", "the former")
    figure = draw_forest(differences, first, second)
    axes = figure.axes[0]
    for row, one in enumerate(differences):
        if one.difference is None or one.low_seeds is None or one.high_seeds is None:
            continue
        ends = [one.low_seeds, one.high_seeds]
        colour = OUTCOME_COLOURS[one.outcome]
        axes.plot(ends, [row, row], color=colour, linewidth=0.8)
        axes.plot(ends, [row, row], "|", color=colour, markersize=7, markeredgewidth=0.9)
        reach = 1.06 * max(map(abs, ends))
        if reach > axes.get_xlim()[1]:
            axes.set_xlim(-reach, reach)
    return figure
