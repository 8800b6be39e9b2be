import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.official_split import plan_official_split


def test_published_test_images_of_one_source_are_scored(table, make_recipe):
    plan = plan_official_split(make_recipe(experiment={"source": "west"}), table, (0,))
    scored = plan.reference.records.filter(split="test")
    assert set(scored["source"]) == {"west"}
    assert scored.height == 12
    assert plan.reference.records.height == table.records.height
    assert plan.arms[0].tables[0] is table
    assert "12 published test images of west" in plan.cautions[0]
    assert [arm.name for arm in plan.arms] == ["masked", "masked-both-views", "label-assemble"]


def test_nothing_published(table, make_recipe):
    drawn = type(table)(
        **{**vars(table), "records": table.records.with_columns(split_reason=pl.lit("joint"))}
    )
    with pytest.raises(SettingsError, match='split = "official"'):
        plan_official_split(make_recipe(), drawn, (0,))
    with pytest.raises(SettingsError, match="'east'"):
        plan_official_split(make_recipe(experiment={"source": "east"}), table, (0,))
