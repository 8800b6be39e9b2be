"""A finished run that something is added to: its settings and what its network knows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from labelassemble import __version__
from labelassemble.errors import RunError
from labelassemble.inference.checkpoint_file import (
    NetworkDescription,
    describe_network,
    read_checkpoint,
)
from labelassemble.settings import LossSettings, Recipe, RunSettings, TrainingSettings
from labelassemble.training.lineage import find_run, read_recipe_of
from labelassemble.training.run_folder import (
    BEST,
    CHECKPOINTS,
    DONE,
    SETTINGS,
    is_done,
    read_json,
)
from labelassemble.training.start_network import head_kind


@dataclass(frozen=True)
class FinishedRun:
    """A finished run.

    Attributes:
        folder: where it lies; absolute.
        recipe: that it was trained with; paths are as they were then.
        run: method and seed.
        network: what is said of its network.
    """

    folder: Path
    recipe: Recipe
    run: RunSettings
    network: NetworkDescription

    @property
    def checkpoint(self) -> Path:
        """Its network."""
        return self.folder / CHECKPOINTS / BEST


def read_finished_run(folder: Path) -> FinishedRun:
    """Read a run that classes or sources can be added to.

    Args:
        folder: that ``train`` made.

    Raises:
        RunError: no run, one that is not finished, one of another version, or one whose network
            cannot take a class: it finds lesions, learned from one source, or its head has no row
            a class.
    """
    folder = folder.absolute()
    if find_run(folder) is None or not folder.is_dir():
        raise RunError(
            f"a run folder at {folder}",
            "a file, which does not say whose images it has seen"
            if folder.is_file()
            else "a folder without settings.json"
            if folder.is_dir()
            else "no such folder",
            "Name a folder below OUTPUT/runs, such as OUTPUT/runs/label-assemble-seed0",
        )
    if not is_done(folder):
        raise RunError(
            f"a finished run at {folder}",
            "a run that is not finished",
            "Train it to its end: labelassemble train RECIPE",
        )
    recipe, run = _read_settings(folder)
    checkpoint = folder / CHECKPOINTS / BEST
    network = describe_network(read_checkpoint(checkpoint), checkpoint)
    _refuse_kind(folder, network)
    return FinishedRun(folder, recipe, run, network)


def first_training(found: FinishedRun) -> tuple[LossSettings, TrainingSettings]:
    """Give how a run was trained when all of its network learned.

    A run to which something was added by ``--quick`` was not: it is that of the run that it came
    from, through any number of them.

    Raises:
        RunError: such a run is not there.
    """
    recipe, folder = found.recipe, found.folder
    while recipe.training.fine_tune.new_classes_only and recipe.training.start_from is not None:
        before = recipe.training.start_from
        if find_run(before) is None:
            raise RunError(
                f"the run that {folder} came from by --quick, whose settings --full takes up",
                f"none at {before}",
                "Put it there again, or add with --quick",
            )
        folder = before
        recipe, _ = _read_settings(folder)
    return recipe.losses, recipe.training


def _read_settings(folder: Path) -> tuple[Recipe, RunSettings]:
    told: Any = read_json(folder / SETTINGS)
    try:
        return (
            Recipe.model_validate(read_recipe_of(folder)),
            RunSettings.model_validate(told.get("run")),
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        version = read_json(folder / DONE).get("version", "unknown")
        raise RunError(
            f"a run of this version ({__version__}) at {folder}",
            f"version {version}, with {place or 'settings'}: {first['msg']}",
            "Train it again with this version: labelassemble train RECIPE",
        ) from error


def _refuse_kind(folder: Path, network: NetworkDescription) -> None:
    kinds = {
        "one that finds lesions": network.detection is not None,
        f"one that learned from {network.source} alone": network.source is not None,
        f"one of the method {network.method}, whose head has no such rows": (
            head_kind(network) == "another"
        ),
    }
    for kind, it_is in kinds.items():
        if it_is:
            raise RunError(
                f"a run with a row a class at {folder}: class queries (label-assemble), or one "
                "linear head (masked, full, unknown-as-negative)",
                kind,
                "Add to a run of such a method, or name all classes and sources in a recipe and "
                "train anew: labelassemble train RECIPE",
            )
