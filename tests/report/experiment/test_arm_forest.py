import dataclasses

from labelassemble.report.experiment.arm_differences import list_main_differences
from labelassemble.report.experiment.arm_forest import draw_arm_forest


def test_both_intervals_stand_at_their_numbers(content):
    rows = list_main_differences(content)
    axes = draw_arm_forest(rows).axes[0]
    drawn = [sorted(line.get_xdata()) for line in axes.lines[1:] if len(line.get_xdata()) == 2]
    for row in rows:
        assert [row.low, row.high] in drawn
        assert [row.low_seeds, row.high_seeds] in drawn
        assert axes.get_xlim()[1] > row.high_seeds
    assert axes.get_xlim()[0] == -axes.get_xlim()[1]


def test_arms_are_named_where_there_is_one_pair(content):
    rows = list_main_differences(content)
    words = [text.get_text() for text in draw_arm_forest(rows).axes[0].texts]
    assert "← the latter better" in words
    words = [text.get_text() for text in draw_arm_forest(rows[:1]).axes[0].texts]
    assert "label-assemble better →" in words


def test_without_seeds_there_is_one_interval(content):
    rows = [
        dataclasses.replace(one, low_seeds=None, high_seeds=None)
        for one in list_main_differences(content)
    ]
    axes = draw_arm_forest(rows).axes[0]
    assert sum(len(line.get_xdata()) == 2 for line in axes.lines) == 1 + len(rows)
