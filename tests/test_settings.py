"""Every setting is frozen, bounded and explained."""

import ast
from pathlib import Path

import pytest
from pydantic import ValidationError

from labelassemble import settings, weights_settings
from labelassemble.settings import DetectionSettings, Recipe, RunSettings, TrainingSettings


def test_settings_are_frozen_and_refuse_unknown_keys() -> None:
    training = TrainingSettings()
    with pytest.raises(ValidationError, match="frozen"):
        training.epochs = 3
    with pytest.raises(ValidationError, match="epoch"):
        TrainingSettings.model_validate({"epoch": 3})
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        TrainingSettings(epochs=0)


@pytest.mark.parametrize("file", [settings.__file__, weights_settings.__file__])
def test_every_setting_says_what_it_is(file: str) -> None:
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    silent = []
    for model in tree.body:
        if isinstance(model, ast.ClassDef) and model.name != "Settings":
            for place, node in enumerate(model.body):
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    after = model.body[place + 1] if place + 1 < len(model.body) else None
                    explained = isinstance(after, ast.Expr) and isinstance(
                        after.value, ast.Constant
                    )
                    if not explained:
                        silent.append(f"{model.name}.{node.target.id}")
    assert silent == []


@pytest.mark.parametrize(
    ("run", "name"),
    [
        (RunSettings(), "label-assemble-seed0"),
        (RunSettings(method="single", source="nih", seed=2), "single-nih-seed2"),
    ],
)
def test_run_folders_are_named_after_their_run(run: RunSettings, name: str) -> None:
    assert run.folder_name == name


def test_detection_settings_fit_the_dimensions() -> None:
    assert DetectionSettings(dimensions=2).task == "diagnosis", "then they do not count"
    with pytest.raises(
        ValidationError, match=r"patches.size has 3 numbers; dimensions = 2 needs 2"
    ):
        DetectionSettings(task="detection", dimensions=2)
    flat = {"size": (64, 64)}, {"flip": (0.5, 0.0), "rotation_degrees": (10.0,)}
    patches, augment = flat
    settings = DetectionSettings.model_validate(
        {"task": "detection", "dimensions": 2, "patches": patches, "augment": augment}
    )
    assert settings.patches.size == (64, 64)


def test_dice_is_for_detection_alone() -> None:
    source = {"name": "a", "manifest": "a", "folder": "."}
    recipe = {"name": "x", "output": "o", "sources": [source], "losses": {"dice_weight": 1.0}}
    with pytest.raises(ValidationError, match="dice_weight is for detection"):
        Recipe.model_validate(recipe)
    Recipe.model_validate({**recipe, "detection": {"task": "detection"}})
