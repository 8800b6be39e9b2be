import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import auc

from labelassemble.report.palette import style_methods
from labelassemble.report.roc_plot import draw_roc, thin_curve


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(10, 20_000))
def test_a_thinned_curve_keeps_its_ends_and_its_area(seed, cells):
    generator = np.random.default_rng(seed)
    label = generator.random(cells) < 0.1
    label[:2] = [True, False]
    found = label[np.argsort(-(generator.standard_normal(cells) + label))]
    false_rate = np.append(0, np.cumsum(~found) / (~found).sum())
    true_rate = np.append(0, np.cumsum(found) / found.sum())
    thin_false, thin_true = thin_curve(false_rate, true_rate)
    assert len(thin_false) == len(thin_true) <= max(len(false_rate), 0) <= cells + 1
    assert len(thin_false) <= 2 * 160 + 2
    assert (thin_false[0], thin_true[0]) == (false_rate[0], true_rate[0])
    assert (thin_false[-1], thin_true[-1]) == (1, 1)
    assert (np.diff(thin_false) >= 0).all()
    assert abs(auc(thin_false, thin_true) - auc(false_rate, true_rate)) < 0.01


def test_every_method_has_a_line_over_the_diagonal():
    styles = style_methods(["a", "b"])
    curve = (np.array([0.0, 0.2, 1.0]), np.array([0.0, 0.9, 1.0]))
    axes = draw_roc({"a": curve, "b": curve}, styles).axes[0]
    assert len(axes.lines) == 3
    assert [line.get_color() for line in axes.lines[1:]] == [styles[n].colour for n in "ab"]
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), curve[0])
