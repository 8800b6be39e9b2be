"""Three tiny hospitals, carried through the whole pipeline once for all tests."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.model.build import build_network
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.recipe import read_recipe
from labelassemble.settings import ImageSettings, ModelSettings, Recipe
from labelassemble_phantoms.hospitals import simulate_hospitals


class Finished(NamedTuple):
    recipe: Recipe
    report: Path
    said: str


@pytest.fixture(scope="session")
def hospitals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "hospitals"
    return simulate_hospitals(folder, 24, 40, size=64)


def shorten(recipe: Recipe) -> Recipe:
    return recipe.model_copy(
        update={
            "images": recipe.images.model_copy(update={"size": 32}),
            "training": recipe.training.model_copy(update={"epochs": 1, "batch_size": 16}),
            "evaluation": recipe.evaluation.model_copy(update={"replicates": 50}),
            "assembly": recipe.assembly.model_copy(
                update={"validation_fraction": 0.3, "allow_unscored_classes": True}
            ),
        }
    )


@pytest.fixture(scope="session")
def recipe(hospitals: Path) -> Recipe:
    return shorten(read_recipe(hospitals))


@pytest.fixture(scope="session")
def finished(recipe: Recipe) -> Finished:
    said: list[str] = []
    say: Callable[[str], None] = said.append
    report = run_recipe(recipe, say)
    return Finished(recipe, report, "\n".join(said))


def write_tiny_run(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """A run folder of a network that was never trained, with three classes at 32 px."""
    description = NetworkDescription(
        version="1",
        method="label-assemble",
        source=None,
        seed=seed,
        classes=("nodule", "nodule_or_mass", "edema"),
        vocabulary="chest_radiograph",
        vocabulary_version="1",
        implied={"nodule": ("nodule_or_mass",)},
        model=ModelSettings(backbone="small", query_features=4, adapter_hidden=8),
        images=ImageSettings(size=32),
    ).model_copy(update=changes)
    parts = (description.model, description.method, description.classes)
    network = build_network(*parts, seed=seed, detection=description.detection)
    state = {PREFIX + name: value for name, value in network.state_dict().items()}
    (folder / "checkpoints").mkdir(parents=True)
    content = {CHECKPOINT_KEY: description.model_dump(mode="json"), "state_dict": state}
    torch.save(content, folder / "checkpoints" / "best.ckpt")
    return folder


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_run(tmp_path_factory.mktemp("run") / "tiny")


def pick_hospitals(hospitals: Path, output: Path, names: Sequence[str], **changes: Any) -> Recipe:
    """Hospitals in an order, whose patients are drawn; settings by table and name."""
    recipe = shorten(read_recipe(hospitals))
    known = {one.name: one.model_copy(update={"split": "joint"}) for one in recipe.sources}
    changed = {"training": {"epochs": 1}, **changes}
    return recipe.model_copy(
        update={
            "name": "+".join(names),
            "output": output,
            "sources": tuple(known[name] for name in names),
            "classes": (),
            "methods": ("label-assemble",),
            **{
                name: getattr(recipe, name).model_copy(update=update)
                for name, update in changed.items()
            },
        }
    )


@pytest.fixture(scope="session")
def two_hospitals(
    hospitals: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[AssembledTable, Path]:
    """Two hospitals' table, and their run in a folder that is not where it was trained."""
    folder = tmp_path_factory.mktemp("first")
    few = {"evaluation": {"min_patients": 2}}
    recipe = pick_hospitals(hospitals, folder / "out", ["north", "east"], **few)
    table = assemble_sources(recipe)
    run = train_networks(recipe, *open_assembled(recipe))[0]
    moved = folder / "elsewhere" / "two hospitals"
    shutil.copytree(run, moved)
    shutil.rmtree(recipe.output)
    return table, moved
