"""Three tiny hospitals, carried through the whole pipeline once for all tests."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe
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
