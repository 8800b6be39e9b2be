from pathlib import Path

from labelassemble.report.settings_rows import list_settings
from labelassemble.settings import Recipe, SourceSettings


def test_every_setting_of_a_recipe_is_listed_and_no_folder_is_told():
    recipe = Recipe(
        name="Two",
        output=Path("/home/somebody/secret/out"),
        sources=(SourceSettings(name="a", manifest="nih", folder=Path("/home/somebody/secret/a")),),
    )
    rows = dict(list_settings(recipe.model_dump(mode="json")))
    assert rows["output"] == "…/out"
    assert rows["sources.0.folder"] == "…/a"
    assert rows["losses.temperature"] == "4.0"
    assert rows["assembly.same_content"] == "yes"
    assert rows["training.tensorboard"] == "no"
    assert rows["classes"] == "none"
    assert rows["model.pretrained"] == "none"
    assert rows["methods"] == "single, masked"
    assert not any("somebody" in value for value in rows.values())
    assert len(rows) > 60


def test_other_kinds_of_values():
    rows = dict(
        list_settings(
            {
                "path": Path("/a/b"),
                "drive": r"C:\data\x",
                "mixed": [{"a": 1}, "plain"],
                "empty": {},
                "text": "a/b: relative",
            }
        )
    )
    assert rows == {
        "path": "…/b",
        "drive": "…/x",
        "mixed.0.a": "1",
        "mixed.1": "plain",
        "empty": "none",
        "text": "a/b: relative",
    }
