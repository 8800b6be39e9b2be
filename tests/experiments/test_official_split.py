import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.official_rows import (
    PRINTED,
    list_official_rows,
    say_rows,
    write_rows,
)
from labelassemble.experiments.official_split import OFFICIAL_SPLIT, plan_official_split
from labelassemble.experiments.system_variants import SYSTEM_ARMS
from labelassemble.report.experiment.paper_rows import find_arm
from labelassemble.training.run_folder import write_json


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
    published = (".821", "75,312 / 11,212", "512", "not known")
    assert told["rpsal"][0] == "rpsal"
    assert told["rpsal"][2:] == ("224", "0 of 2", "–", "–", *published)
    assert told["rpsal-recipe"][2] == "512"
    assert told["rpsal-recipe"][6:] == told["rpsal"][6:]
    assert told["swinchex-t"][6] == told["masked"][6] == "–"
    assert told["masked-recipe"][6] == ".822"
    assert all("reconstructed" in told[name][1] for name in told if name.startswith("ma-"))
    text = write_rows(rows)
    assert text.count("\n| ") == len(plan.arms) + 2
    assert set(PRINTED) <= set(told)
    # The page finds the arm of every printed number.
    found = [find_arm(what, list(told)) for what, _, _ in OFFICIAL_SPLIT.papers]
    assert set(found) == set(PRINTED)


def test_test_images_are_told_when_all_networks_are_there(table, make_recipe, tmp_path):
    recipe = make_recipe(experiment={"source": "west", "variants": ("masked", "rpsal")})
    plan = plan_official_split(recipe, table, (0, 1))
    arm = plan.arm("rpsal")
    place = tmp_path / arm.folder_name(arm.runs[0], 1)
    place.mkdir()
    write_json({"validation_auroc_score": 0.7512}, place / "done.json")
    # No predictions are there: had the table asked for a test score, it would fail.
    before = list_official_rows(plan, (0, 1), tmp_path).rows
    assert [row[3:6] for row in before] == [("0 of 2", "–", "–"), ("1 of 2", ".751", "–")]
    after = list_official_rows(plan, (0, 1), tmp_path, {"masked": 0.7, "rpsal": float("nan")})
    assert [row[5] for row in after.rows] == [".700", "–"]
    assert say_rows(after) == "1 of 2 rows of the table"
