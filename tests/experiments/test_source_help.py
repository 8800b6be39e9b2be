import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.source_help import WHOLE, plan_source_help
from labelassemble.experiments.table_changes import count_labels, hide_cells, keep_records


def test_each_source_is_excluded_in_turn(table, make_recipe):
    plan = plan_source_help(make_recipe(), table, (0,))
    assert [arm.name for arm in plan.arms] == [WHOLE, "without-north", "without-west"]
    assert [count_labels(arm.tables[0]).records for arm in plan.arms] == [48, 24, 24]
    assert {pair.second for pair in plan.comparisons} == {WHOLE}
    assert {arm.recipe.training.images_per_epoch for arm in plan.arms} == {48}


def test_one_source_is_not_enough(table, make_recipe):
    north = table.records["record"].filter(table.records["source"] == "north")
    with pytest.raises(SettingsError, match="two sources or more"):
        plan_source_help(make_recipe(), keep_records(table, north), (0,))
    with pytest.raises(SettingsError, match="none without north"):
        plan_source_help(make_recipe(), hide_cells(table, {"west": []}), (0,))
