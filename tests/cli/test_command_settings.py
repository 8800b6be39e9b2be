"""Which settings each command is said to read; ``test_settings_read.py`` runs the commands."""

import re
from pathlib import Path
from typing import get_args

import labelassemble
from labelassemble.cli.command_help import example_recipe
from labelassemble.cli.command_settings import USES, every_setting, settings_of
from labelassemble.settings import ExperimentSettings, Method, Recipe

PACKAGE = Path(labelassemble.__file__).parent


def examples() -> list[Recipe]:
    dense = example_recipe().detection.model_copy(update={"task": "detection"})
    every = example_recipe().model_copy(update={"methods": get_args(Method)})
    return [example_recipe(), example_recipe().model_copy(update={"detection": dense}), every]


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
