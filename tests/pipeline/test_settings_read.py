"""The settings that ``--help`` shows of a command are those that it reads, and no others.

Here and not beside the command line: every step of a recipe runs.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import labelassemble
from labelassemble.cli import main
from labelassemble.cli.command_settings import every_setting, settings_of
from labelassemble.object_settings import ObjectStoreSettings
from labelassemble.recipe import read_recipe
from labelassemble.setting_types import Settings
from labelassemble.settings import Recipe

SHORT = (
    *("--training.epochs", "1", "--methods", "label-assemble", "--evaluation.replicates", "20"),
    "--assembly.allow-unscored-classes",
)
WORDS = {
    "diagnosis": [
        *(*SHORT, "--training.batch-size", "8", "--model.backbone", "small"),
        *("--pretrain.epochs", "1", "--pretrain.backbone", "vit_ti16"),
        *("--experiment.classes-of-interest", "nodule"),
    ],
    "detection": [*SHORT, "--detection.patches-per-epoch", "4"],
}
SIZES = {
    "diagnosis": ["--patients", "10", "--test-patients", "10", "--size", "32", "--workers", "1"],
    "detection": [
        *("--region", "abdomen", "--patients", "2", "--test-patients", "1", "--size", "24"),
        *("--workers", "1"),
    ],
}
COMMANDS = {
    "diagnosis": ("assemble", "pretrain", "train", "evaluate", "report", "advise"),
    "detection": ("assemble", "train", "evaluate", "report"),
}
ONLY_WHERE = {
    "assembly.allow_unscored_classes": "a class lacks a kind of label",
    "assembly.look_alikes": "assembly.similar_images is not ignore",
    "assembly.readers": "a source has several readers",
    "augment.rand_magnitude": "augment.rand_layers is above 0",
    "augment.rand_views": "augment.rand_layers is above 0",
    "detection.complete_boxes": "a source has boxes",
    "detection.image_level_pooling": "detection.image_level_weight is above 0",
    "detection.image_level_fraction": "detection.image_level_weight is above 0",
    "detection.volumes.gantry_tilt": "volumes are DICOM series",
    "detection.volumes.slice_gaps": "volumes are DICOM series",
    "evaluation.correction": "two methods are compared",
    "losses.align_rate": 'losses.align = "prevalence"',
    "losses.attention_weight": "the method ma-reconstructed",
    "losses.class_counts": "the methods xprotonet and ma-reconstructed",
    "losses.cluster_weight": "the method xprotonet",
    "losses.focus": "the methods xprotonet and ma-reconstructed",
    "losses.occurrence_weight": "the method xprotonet",
    "losses.separation_weight": "the method xprotonet",
    "losses.smoothing": "the method swinchex",
    "losses.weighted_factor": "the method rpsal",
    "model.attention_heads": 'model.query_attention = "cross"',
    "model.dynamic_features": "the method dodnet",
    "model.head_layers": "the method swinchex",
    "model.product_features": "the method ma-reconstructed",
    "model.prototype_features": "the method xprotonet",
    "model.prototypes": "the method xprotonet",
    "model.region_pretrained": "model.region_backbone is set",
    "model.sha256": "model.pretrained is a URL",
    "model.weights_cache": "model.pretrained is set",
    "pretrain.preset": "a recipe is checked: it stands for the settings beside it",
    "training.prototypes.extractor_epochs": "the method xprotonet",
    "training.prototypes.joint_epochs": "the method xprotonet",
    "training.prototypes.weight_epochs": "the method xprotonet",
    "training.region_epochs": "the method rpsal with model.region_backbone",
    "training.resume": "a run has begun",
    "training.teacher_cells": "there are teachers",
    **dict.fromkeys(
        (f"object_stores.{name}" for name in ObjectStoreSettings.model_fields),
        "a source lies in an object store: `recipe.py` hands them over for every command alike",
    ),
}
"""Settings that our small recipes do not bring a command to read, and what would."""
TABLE = re.compile(r"(vocabulary|classes|sources|assembly|images)\b")
"""What every command on an assembled table holds against it; one line of the help says so."""
PACKAGE = Path(labelassemble.__file__).parent
AROUND = ("recipe.py", "settings.py", "weights_settings.py", "dispatch.py", "command_settings.py")
"""Where settings are read for every command alike."""


@cache
def is_a_reader(file: str) -> bool:
    return PACKAGE in Path(file).parents and Path(file).name not in AROUND


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
        if is_a_reader(sys._getframe(1).f_code.co_filename):
            names.add(start + name)
        return value

    with monkeypatch.context() as patched:
        patched.setattr(Settings, "__getattribute__", read)
        yield names


@pytest.fixture
def recipe_file(task: str, tmp_path: Path) -> Path:
    words = SIZES[task]
    assert main(["simulate", str(tmp_path / "new"), *words]) == 0
    return tmp_path / "new" / "recipe.toml"


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
