import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.report.experiment.score_strip import (
    MARGIN,
    WIDTH,
    ScoreAxis,
    choose_score_axis,
    draw_strip,
)
from labelassemble.report.score_summary import EMPTY, Score

SCORES = st.floats(0, 1)


@given(st.lists(st.tuples(SCORES, SCORES, SCORES), min_size=1, max_size=5))
def test_every_score_is_on_the_axis(rows):
    scores = [Score(mid, min(rest), max(rest), {0: mid, 1: rest[0]}) for mid, *rest in rows]
    axis = choose_score_axis(scores)
    assert 2 <= len(axis.ticks) <= 8
    for score in scores:
        strip = draw_strip(score, axis)
        for at in (strip.at, strip.low, strip.high, *strip.seeds):
            assert MARGIN - 0.1 <= at <= WIDTH - MARGIN + 0.1
        assert strip.low <= strip.high


def test_nothing_is_drawn_of_nothing():
    axis = choose_score_axis([EMPTY])
    assert axis == ScoreAxis(0.5, 1.0, 0.1)
    assert draw_strip(EMPTY, axis) is None


def test_one_seed_is_not_drawn_twice():
    axis = ScoreAxis(0.5, 1.0, 0.1)
    strip = draw_strip(Score(0.75, None, None, {0: 0.75}), axis)
    assert strip.at == pytest.approx(WIDTH / 2)
    assert strip.low is strip.high is None
    assert strip.seeds == ()
