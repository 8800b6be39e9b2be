import dataclasses

import numpy as np
import pytest

from labelassemble.report.experiment.scatter_plot import draw_scatter, fit_line, has_point


@pytest.fixture
def scatter(content):
    return content.figures[0]


def test_points_stand_at_their_numbers(scatter):
    axes = draw_scatter(scatter).axes[0]
    drawn = has_point(scatter)
    points = next(line for line in axes.lines if line.get_marker() == "o")
    np.testing.assert_array_equal(points.get_xdata(), scatter.x[drawn])
    np.testing.assert_array_equal(points.get_ydata(), scatter.y[drawn])
    assert drawn.sum() == len(scatter.names) - 1
    written = [text.get_text() for text in axes.texts]
    assert written == [name for name, one in zip(scatter.names, drawn, strict=True) if one]
    bars = axes.collections[0].get_segments()
    ends = {tuple(bar[:, 1]) for bar in bars}
    barred = drawn & np.isfinite(scatter.low)
    assert ends == set(zip(scatter.low[barred], scatter.high[barred], strict=True))


def test_the_line_is_that_of_least_squares(scatter):
    drawn = has_point(scatter)
    slope, height = fit_line(scatter.x[drawn], scatter.y[drawn])
    np.testing.assert_allclose([slope, height], np.polyfit(scatter.x[drawn], scatter.y[drawn], 1))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_points_have_no_line(scatter, number):
    few = dataclasses.replace(
        scatter,
        names=scatter.names[:number],
        **{key: getattr(scatter, key)[:number] for key in ("x", "y", "low", "high")},
    )
    axes = draw_scatter(few).axes[0]
    assert fit_line(few.x, few.y) is None
    assert len(axes.texts) == number


def test_points_above_each_other_have_no_line():
    assert fit_line(np.ones(5), np.arange(5.0)) is None


def test_odd_and_long_names_are_written_as_they_are(scatter):
    names = ("<b>$x$ & $\\frac$", "y" * 90, *scatter.names[2:])
    written = draw_scatter(dataclasses.replace(scatter, names=names)).axes[0].texts
    assert written[0].get_text() == names[0]
    assert written[1].get_text() == "y" * 29 + "…"
