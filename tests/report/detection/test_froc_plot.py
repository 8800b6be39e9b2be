import numpy as np

from labelassemble.metrics.lesions.froc import RATES
from labelassemble.report.detection.froc_plot import MAX, MIN, draw_froc, sensitivity_at
from labelassemble.report.palette import style_methods


def test_the_drawn_range_is_the_one_of_the_mean():
    assert (RATES[0], RATES[-1]) == (MIN, MAX)


def test_a_line_a_method_that_ends_where_the_curve_ends():
    styles = style_methods(["a", "b"])
    curve = (np.array([0.0, 0.5, 4.0]), np.array([0.25, 0.5, 1.0]))
    never = (np.array([0.0]), np.array([0.0]))
    axes = draw_froc({"a": curve, "b": never}, styles).axes[0]
    first, second = axes.lines
    assert [line.get_color() for line in axes.lines] == [styles[name].colour for name in "ab"]
    x, y = np.asarray(first.get_xdata()), np.asarray(first.get_ydata())
    assert (x[0], x[-1], y[0], y[-1]) == (-3, 3, 0.25, 1.0)
    # One false positive a scan lies in the middle.
    assert y[np.searchsorted(x, 0.0)] == 0.5
    assert set(second.get_ydata()) == {0.0}


def test_the_rate_of_a_step_counts_with_it():
    """17 false positives on 136 scans are 1/8, whatever the division's last bit says."""
    curve = (np.array([0.0, 17 / 136 + 1e-12]), np.array([0.0, 0.5]))
    assert sensitivity_at(curve, np.array([0.125])).tolist() == [0.5]
