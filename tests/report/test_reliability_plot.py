import numpy as np
import pytest

from labelassemble.report.palette import style_methods
from labelassemble.report.reliability_plot import count_cells, draw_reliability

RARE = (np.array([0.01, 0.04]), np.array([0.0, 0.07]), np.array([500, 500]))
OFTEN = (np.array([0.1, 0.62]), np.array([0.2, 0.9]), np.array([12, 1043]))


def test_every_method_has_its_line():
    bins = {"single": RARE, "label-assemble": OFTEN}
    axes = draw_reliability(bins, style_methods(list(bins))).axes[0]
    diagonal, *lines = axes.get_lines()
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    for line, (answer, rate, _) in zip(lines, bins.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), answer)
        np.testing.assert_array_equal(line.get_ydata(), rate)


@pytest.mark.parametrize(("bins", "end"), [(RARE, 0.1), (OFTEN, 1.0)])
def test_axes_end_where_the_numbers_do(bins, end):
    axes = draw_reliability({"masked": bins}, style_methods(["masked"])).axes[0]
    assert axes.get_xticks()[-1] == pytest.approx(end)
    assert axes.get_ylim() == axes.get_xlim()


def test_counts_are_told():
    assert count_cells(RARE) == "2 dots of 500 predictions"
    assert count_cells(OFTEN) == "2 dots of 12 to 1,043 predictions"
