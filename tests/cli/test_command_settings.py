"""The settings that ``--help`` shows of a command are those that it reads, and no others."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import labelassemble
from labelassemble.cli import main
from labelassemble.cli.command_help import EXAMPLE
from labelassemble.cli.command_settings import USES, every_setting, settings_of
from labelassemble.recipe import read_recipe
from labelassemble.settings import ExperimentSettings, Recipe, Settings

SHORT = ("--training.epochs", "1", "--methods", "label-assemble", "--evaluation.replicates", "20")
WORDS = {
    "diagnosis": [
        *(*SHORT, "--training.batch-size", "8", "--model.backbone", "small"),
        *("--pretrain.epochs", "1", "--pretrain.backbone", "vit_ti16"),
        *("--experiment.classes-of-interest", "mass"),
    ],
    "detection": [*SHORT, "--detection.patches-per-epoch", "4"],
}
COMMANDS = {
    "diagnosis": ("assemble", "pretrain", "train", "evaluate", "report", "advise"),
    "detection": ("assemble", "train", "evaluate", "report"),
}
ONLY_WHERE = {
    "assembly.allow_unscored_classes": "a class lacks a kind of label",
    "assembly.readers": "a source has several readers",
    "detection.complete_boxes": "a source has boxes",
    "detection.image_level_pooling": "detection.image_level_weight is above 0",
    "detection.image_level_share": "detection.image_level_weight is above 0",
    "detection.volumes.gantry_tilt": "volumes are DICOM series",
    "detection.volumes.slice_gaps": "volumes are DICOM series",
    "evaluation.correction": "two methods are compared",
    "losses.align_rate": 'losses.align = "prevalence"',
    "model.attention_heads": 'model.query_attention = "cross"',
    "model.dynamic_features": "the method dodnet",
    "model.sha256": "model.pretrained is a URL",
    "model.weights_cache": "model.pretrained is set",
    "training.resume": "a run has begun",
    "training.teacher_cells": "there are teachers",
}
"""Settings that our small recipes do not bring a command to read, and what would."""
TABLE = re.compile(r"(vocabulary|classes|sources|assembly|images)\b")
"""What every command on an assembled table holds against it; one line of the help says so."""
PACKAGE = Path(labelassemble.__file__).parent
AROUND = ("recipe.py", "settings.py", "dispatch.py", "command_settings.py")
"""Where settings are read for every command alike."""


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Note the dotted name of every setting that the package reads of a recipe."""
    names: set[str] = set()
    above: dict[int, tuple[Any, str]] = {}
    plain = Settings.__getattribute__

    def read(self: Settings, name: str) -> Any:
        value = plain(self, name)
        # Others, such as what a run's own file says, are no settings of the recipe.
        start = "" if type(self) is Recipe else above.get(id(self), (None, None))[1]
        if name not in type(self).__pydantic_fields__ or start is None:
            return value
        several = name == "sources" and type(self) is Recipe
        for one in value if several else (value,):
            if isinstance(one, Settings):
                above[id(one)] = one, f"{start}{name}.N." if several else f"{start}{name}."
        reader = Path(sys._getframe(1).f_code.co_filename)
        if PACKAGE in reader.parents and reader.name not in AROUND:
            names.add(start + name)
        return value

    with monkeypatch.context() as patched:
        patched.setattr(Settings, "__getattribute__", read)
        yield names


@pytest.fixture
def recipe_file(task: str, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if task == "diagnosis":
        return request.getfixturevalue("own_data") / "recipe.toml"
    size = ["--patients", "2", "--test-patients", "1", "--size", "24"]
    main(["simulate", str(tmp_path / "abdomen"), "--region", "abdomen", *size])
    return tmp_path / "abdomen" / "recipe.toml"


def examples() -> list[Recipe]:
    dense = EXAMPLE.detection.model_copy(update={"task": "detection"})
    return [EXAMPLE, EXAMPLE.model_copy(update={"detection": dense})]


@pytest.mark.parametrize("task", COMMANDS)
def test_the_settings_shown_are_those_that_the_command_reads(
    task: str, recipe_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = read_recipe(recipe_file)
    every = {one.name for one in every_setting(recipe)}
    for command in COMMANDS[task]:
        # The page scores anew, and so reads what `evaluate` reads.
        for name in ("results", "volumes"):
            shutil.rmtree(recipe.output / name, ignore_errors=True)
        with recorded(monkeypatch) as names:
            assert main([command, str(recipe_file), *WORDS[task]]) == 0
        shown = {one.name for one in settings_of(command, recipe)}
        read = names & every
        assert {name for name in read - shown if not TABLE.match(name)} == set(), command
        assert shown - read - ONLY_WHERE.keys() == set(), command


def test_what_runs_every_step_shows_the_settings_of_every_step() -> None:
    for recipe in examples():
        shown = {
            name: {one.name for one in settings_of(name, recipe)} - {"name", "methods"}
            for name in USES
        }
        assert shown["run"] >= shown["assemble"] - {"detection.chosen_by"}
        assert shown["run"] >= shown["train"] | shown["evaluate"] | shown["report"]
        assert shown["experiment"] >= shown["train"] | shown["evaluate"]


def test_every_setting_of_experiments_is_read_by_one() -> None:
    files = [*(PACKAGE / "experiments").glob("*.py"), *(PACKAGE / "pipeline").glob("*.py")]
    code = "\n".join(path.read_text("utf-8") for path in files)
    unread = [
        name
        for name in ExperimentSettings.model_fields
        if not re.search(rf"\bexperiment\.{name}\b|\b(asked|settings|choice)\.{name}\b", code)
    ]
    assert unread == []


def test_every_setting_is_shown_by_some_command() -> None:
    shown: set[str] = set()
    every: set[str] = set()
    for recipe in examples():
        every |= {one.name for one in every_setting(recipe)}
        shown |= {one.name for command in USES for one in settings_of(command, recipe)}
    assert every - shown == set()
