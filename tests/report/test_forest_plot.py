import numpy as np
import pytest

from labelassemble.report.differences import Difference
from labelassemble.report.forest_plot import draw_forest
from labelassemble.report.palette import BETTER, SAME, WORSE


def make(name, difference, low, high):
    return Difference(name, name.capitalize(), difference, low, high, None, None, 0.05, "")


ROWS = [
    make("up", 0.1, 0.05, 0.15),
    make("flat", 0.0, -0.02, 0.02),
    make("down", -0.1, -0.2, -0.01),
    make("bare", 0.03, None, None),
    make("gone", None, None, None),
    make("mean", 0.02, 0.01, 0.03),
]


def test_intervals_stand_at_their_numbers_in_the_colour_of_their_outcome():
    axes = draw_forest(ROWS, "single", "label-assemble").axes[0]
    intervals = [line for line in axes.lines[1:] if len(line.get_xdata()) == 2]
    assert [list(line.get_xdata()) for line in intervals] == [
        [0.05, 0.15],
        [-0.02, 0.02],
        [-0.2, -0.01],
        [0.01, 0.03],
    ]
    assert [line.get_color() for line in intervals] == [BETTER, SAME, WORSE, BETTER]
    points = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert [line.get_xdata()[0] for line in points] == [0.1, 0.0, -0.1, 0.03, 0.02]
    assert [line.get_marker() for line in points] == ["s", "s", "s", "s", "D"]


def test_zero_is_in_the_middle_and_everything_fits():
    axes = draw_forest(ROWS, "single", "label-assemble").axes[0]
    low, high = axes.get_xlim()
    assert low == -high
    assert high > 0.2
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [0, 0])


def test_every_class_and_number_is_written():
    words = [text.get_text() for text in draw_forest(ROWS, "single", "new").axes[0].texts]
    for row in ROWS:
        assert row.title in words
        assert row.text in words
    assert "← single better" in words
    assert "new better →" in words


@pytest.mark.parametrize("rows", [[], [make("gone", None, None, None)], [make("z", 0.0, 0.0, 0.0)]])
def test_nothing_to_draw_still_draws(rows):
    assert draw_forest(rows, "a", "b").axes[0].get_xlim() == (-0.1, 0.1)
