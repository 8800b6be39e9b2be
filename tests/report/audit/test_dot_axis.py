import itertools

import pytest

from labelassemble.report.audit.dot_axis import (
    MARGIN,
    MIN,
    WIDTH,
    DotAxis,
    choose_axis,
    draw_dot,
)
from labelassemble.report.audit.prevalence import Prevalence


def share(positive, known, low=0.0, high=1.0):
    ratio = positive / known if known else None
    return Prevalence(positive, known, known, ratio, low if known else None, high)


@pytest.mark.parametrize(
    ("shares", "low"),
    [([(1, 2)], 0.1), ([(1, 100)], 0.01), ([(1, 101)], 0.001), ([(0, 9)], 0.01), ([], 0.01)],
)
def test_the_axis_starts_at_the_power_of_ten_below_the_smallest_share(shares, low):
    assert choose_axis([share(*one) for one in shares]).low == pytest.approx(low)


def test_the_axis_ends_somewhere():
    axis = choose_axis([share(1, 10**9)])
    assert axis.low == pytest.approx(MIN)
    assert axis.place(1e-9) == MARGIN
    assert axis.place(0.0) == MARGIN
    assert axis.place(1.0) == WIDTH - MARGIN


def test_every_power_of_ten_is_marked():
    assert [text for _, text in DotAxis(0.001).ticks] == ["0.1", "1", "10", "100 %"]
    places = [at for at, _ in DotAxis(0.001).ticks]
    steps = [after - before for before, after in itertools.pairwise(places)]
    assert max(steps) - min(steps) < 0.2


def test_a_dot_lies_within_its_interval():
    axis = DotAxis(0.001)
    dot = draw_dot(share(20, 100, 0.15, 0.3), [share(1, 100), share(0, 0)], axis)
    assert dot.low < dot.at < dot.high
    assert dot.others == (axis.place(0.01),)
    assert dot.text == "20.0 %"
    assert dot.words.startswith("20 of 100 known images, 20.0 % [15.0 %, 30.0 %], 100 persons")
    assert not dot.none


def test_no_positive_and_nothing_known():
    assert draw_dot(share(0, 100, 0.0, 0.03), [], DotAxis(0.001)).none
    assert draw_dot(share(0, 0), [share(1, 2)], DotAxis(0.001)).at is None
