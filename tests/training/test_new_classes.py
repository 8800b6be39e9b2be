"""New classes learn alone: what the network knew stays, to the last bit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from pydantic import ValidationError

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.images.batch import make_labels
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.model.build import BY_CLASS
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.csv_log import read_log
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.keep_cells import keep_cells_of
from labelassemble.training.run import train_network
from labelassemble.training.run_folder import read_json

MakeRecipe = Callable[..., Recipe]
KINDS: dict[str, dict[str, Any]] = {
    "label-assemble": {},
    "masked": {"pooling": "logsumexp"},
    "cross": {"query_attention": "cross"},
}
"""Kind of head to the model settings that make it."""


def only_left(table: AssembledTable) -> AssembledTable:
    cells = table.cells.filter(pl.col("class") == "left")
    scopes = {name: tuple(set(scope) & {"left"}) for name, scope in table.scopes.items()}
    return replace(table, classes=("left",), cells=cells, scopes=scopes)


def train(
    recipe: Recipe, kind: str, table: AssembledTable, store: ImageStore, folder: Path
) -> Path:
    method = "masked" if kind == "masked" else "label-assemble"
    return train_network(Diagnosis(recipe, RunSettings(method=method), table, store), folder)


def begin_from(make_recipe: MakeRecipe, run: Path, kind: str, **training: Any) -> Recipe:
    fine_tune = {"frozen_stages": "all", "cached_views": 2, "new_classes_only": True}
    rates = {"learning_rate": 0.05, "adapter_rate": 1.0, "epochs": 4, "weight_decay": 0.1}
    training = {"start_from": run, "fine_tune": fine_tune, **rates, **training}
    return make_recipe(training=training, losses={"bce_views": "both"}, model=KINDS[kind])


@pytest.fixture(scope="module", params=KINDS)
def knows_left(
    request: pytest.FixtureRequest,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    make_recipe: MakeRecipe,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """A run that looked for squares on the left alone."""
    folder = tmp_path_factory.mktemp("left") / "run"
    recipe = make_recipe(training={"epochs": 1}, model=KINDS[request.param])
    return request.param, train(recipe, request.param, only_left(toy_table), toy_store, folder)


def test_one_row_learns_and_nothing_else(
    knows_left: tuple[str, Path],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    make_recipe: MakeRecipe,
    tmp_path: Path,
) -> None:
    kind, first = knows_left
    recipe = begin_from(make_recipe, first, kind)
    second = train(recipe, kind, toy_table, toy_store, tmp_path / "both")
    before, after = (load_network(run / "checkpoints" / "best.ckpt") for run in (first, second))
    assert (before.classes, after.classes) == (("left",), ("left", "right"))
    image = scale_grey(torch.from_numpy(toy_store.read(np.arange(len(toy_store)))))
    with torch.no_grad():
        old, new = (network(image).numpy() for network in (before, after))
    assert old[:, 0].tobytes() == new[:, 0].tobytes()
    own = after.state_dict()
    for name, value in before.state_dict().items():
        there = own[name][:1] if name in BY_CLASS else own[name]
        assert value.numpy().tobytes() == there.numpy().tobytes(), name
    log = read_log(second / "log.csv")
    assert log["bce_loss"][-1] < log["bce_loss"][0], "the new class learns"
    # West looked for nothing on the right: its images teach nothing, and are not read.
    assert log["known_count"].to_list() == [24] * 4
    card = (second / "card.md").read_text()
    assert "| left | 12 | 12 |" in card, "what the run it came from learned from counts"


def test_where_nothing_is_new_the_network_is_as_it_was(
    knows_left: tuple[str, Path],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    make_recipe: MakeRecipe,
    tmp_path: Path,
) -> None:
    kind, first = knows_left
    recipe = begin_from(make_recipe, first, kind)
    second = train(recipe, kind, only_left(toy_table), toy_store, tmp_path / "same")
    before, after = (load_network(run / "checkpoints" / "best.ckpt") for run in (first, second))
    for name, value in before.state_dict().items():
        assert value.numpy().tobytes() == after.state_dict()[name].numpy().tobytes()
    assert read_json(second / "done.json")["epochs"] == 0
    assert "Nothing was trained" in (second / "card.md").read_text()
    assert read_log(second / "log.csv").is_empty()
    assert (second / "predictions.parquet").is_file()


def test_the_network_to_start_from_must_be_there(
    toy_table: AssembledTable, toy_store: ImageStore, make_recipe: MakeRecipe, tmp_path: Path
) -> None:
    recipe = begin_from(make_recipe, tmp_path / "gone", "masked")
    with pytest.raises(RunError, match="no such"):
        train(recipe, "masked", toy_table, toy_store, tmp_path / "both")
    assert not (tmp_path / "both").exists()


def test_cells_of_other_classes_are_unknown(toy_table: AssembledTable) -> None:
    labels = make_labels(toy_table, toy_table.classes)
    kept = keep_cells_of(labels, ["right"])
    assert kept.known.any(axis=0).tolist() == [False, True]
    assert np.array_equal(kept.known[:, 1], labels.known[:, 1])
    unused = np.array([one == "unused" for one in kept.split])
    assert np.array_equal(unused, ~labels.known[:, 1])


def test_settings_that_do_not_fit_are_refused(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    alone = {"frozen_stages": "all", "new_classes_only": True}
    with pytest.raises(ValidationError, match=r"new_classes_only needs training\.start_from"):
        make_recipe(training={"fine_tune": alone})
    with pytest.raises(ValidationError, match="new_classes_only needs frozen_stages = 'all'"):
        make_recipe(training={"fine_tune": {"new_classes_only": True}, "start_from": tmp_path})
    with pytest.raises(ValidationError, match=r"needs training\.strategy = 'ddp'"):
        make_recipe(training={"fine_tune": alone, "start_from": tmp_path, "strategy": "fsdp"})
