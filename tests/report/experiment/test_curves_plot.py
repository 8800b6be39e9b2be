import dataclasses

import numpy as np
import pytest

from labelassemble.report.experiment.curves_plot import draw_curves, place_along
from labelassemble.report.palette import style_methods


@pytest.fixture
def curves(content):
    return content.figures[1]


def test_series_stand_at_their_numbers_on_a_logarithmic_axis(curves):
    styles = style_methods(list(curves.series))
    axes = draw_curves(curves, styles).axes[0]
    for line, (name, values) in zip(axes.lines, curves.series.items(), strict=True):
        np.testing.assert_allclose(line.get_xdata(), np.log10(curves.x))
        np.testing.assert_array_equal(line.get_ydata(), values[:, 0])
        assert line.get_color() == styles[name].colour
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    first = curves.series["masked"]
    assert band.min() == pytest.approx(first[:, 1].min())
    assert band.max() == pytest.approx(first[:, 2].max())
    assert [text.get_text() for text in axes.get_xticklabels()] == list(curves.x_names)
    assert axes.get_legend() is None


def test_a_legend_names_every_series(curves):
    odd = dataclasses.replace(
        curves, series={"_a$b$c": curves.series["masked"], "x": curves.series["med3d"]}
    )
    axes = draw_curves(odd, style_methods(list(odd.series)), legend=True).axes[0]
    written = [text.get_text() for text in axes.get_legend().get_texts()]
    assert written == [r"a\$b\$c", "x"]


def test_zero_stands_left_of_the_smallest():
    np.testing.assert_allclose(place_along((0.0, 100.0, 1000.0)), [1, 2, 3])
    np.testing.assert_allclose(place_along((0.0, 10.0)), [0, 1])
    np.testing.assert_allclose(place_along((0.0,)), [0])


def test_nothing_to_draw_still_draws(curves):
    empty = dataclasses.replace(curves, x=(), x_names=(), series={})
    assert draw_curves(empty, {}, legend=True).axes[0].lines[:] == []
