import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.official_rows import PRINTED, list_official_rows, write_rows
from labelassemble.experiments.official_split import OFFICIAL_SPLIT, plan_official_split
from labelassemble.experiments.system_variants import SYSTEM_ARMS
from labelassemble.report.experiment.paper_rows import find_arm


def test_published_test_images_of_one_source_are_scored(table, make_recipe):
    plan = plan_official_split(make_recipe(experiment={"source": "west"}), table, (0,))
    scored = plan.reference.records.filter(split="test")
    assert set(scored["source"]) == {"west"}
    assert scored.height == 12
    assert plan.reference.records.height == table.records.height
    assert plan.arms[0].tables[0] is table
    assert "12 published test images of west" in plan.cautions[0]
    names = [arm.name for arm in plan.arms]
    assert (names[0], names[-1]) == ("masked", "label-assemble")
    assert names[1:-1] == list(SYSTEM_ARMS)
    assert {arm.recipe.model.backbone for arm in plan.arms} > {"vit_s16", "swin_l", "densenet121"}


def test_nothing_published(table, make_recipe):
    drawn = type(table)(
        **{**vars(table), "records": table.records.with_columns(split_reason=pl.lit("joint"))}
    )
    with pytest.raises(SettingsError, match='split = "official"'):
        plan_official_split(make_recipe(), drawn, (0,))
    with pytest.raises(SettingsError, match="'east'"):
        plan_official_split(make_recipe(experiment={"source": "east"}), table, (0,))


def test_backbones_have_weights_of_their_own_and_stand_in_for_others(table, make_recipe):
    recipe = make_recipe(
        model={"backbone": "densenet121", "pretrained": "imagenet.pth", "sha256": "0" * 64},
        experiment={
            "source": "west",
            "variants": ("masked", "medical-mae", "swinchex-l", "rpsal"),
            "judged": "masked",
            "weights": {"vit_s16": "encoder.safetensors"},
            "backbones": {"swin_l": "swin_t"},
        },
    )
    plan = plan_official_split(recipe, table, (0,))
    models = {arm.name: arm.recipe.model for arm in plan.arms}
    plain = recipe.model.model_copy(update={"pooling": "average"})
    assert models["masked"] == models["rpsal"] == plain
    assert models["medical-mae"].pretrained == "encoder.safetensors"
    assert (models["swinchex-l"].backbone, models["swinchex-l"].pretrained) == ("swin_t", None)
    assert plan.arm("swinchex-l").title.endswith("; swin_t in the place of swin_l")


def test_the_papers_numbers_stand_beside_ours(table, make_recipe, tmp_path):
    plan = plan_official_split(make_recipe(experiment={"source": "west"}), table, (0, 1))
    rows = list_official_rows(plan, (0, 1), tmp_path)
    told = {arm.name: row for arm, row in zip(plan.arms, rows.rows, strict=True)}
    assert told["rpsal"][1:] == (*("–", "0 of 2", ".821", "75,312 / 11,212", "512", "not known"),)
    assert told["rpsal-recipe"][3:] == told["rpsal"][3:]
    assert told["swinchex-t"][3] == told["masked"][3] == "–"
    assert told["masked-recipe"][3] == ".822"
    assert all("reconstructed" in told[name][0] for name in told if name.startswith("ma-"))
    text = write_rows(rows)
    assert text.count("\n| ") == len(plan.arms) + 2
    assert set(PRINTED) <= set(told)
    # The page finds the arm of every printed number.
    found = [find_arm(what, list(told)) for what, _, _ in OFFICIAL_SPLIT.papers]
    assert set(found) == set(PRINTED)
