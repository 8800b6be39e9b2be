import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import write_table
from labelassemble.errors import ImageError, LabelAssembleError, RunError, SettingsError
from labelassemble.images.batch import LabelArrays, make_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.inference.predictions import predict_records
from labelassemble.inference.predictor import Predictor
from labelassemble.metrics.auroc import class_auroc
from labelassemble.settings import Method, Recipe, RunSettings
from labelassemble.training import data_module, model_choice
from labelassemble.training.csv_log import read_log
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.run import train_network

MakeRecipe = Callable[..., Recipe]
SCRIPT = Path(__file__).with_name("child_process.py")


class BrokenError(Exception):
    """Stands for whatever may stop a run."""


def break_at(monkeypatch: pytest.MonkeyPatch, epoch: int, error: BaseException) -> None:
    """Stop the run in this epoch after its row is logged, before its checkpoint is saved."""
    say = model_choice.EpochLines.write_epoch

    def write_epoch(self: Any, row: Any, is_best: bool) -> None:
        say(self, row, is_best)
        if row.epoch == epoch:
            raise error

    monkeypatch.setattr(model_choice.EpochLines, "write_epoch", write_epoch)


def assert_same(first: Any, second: Any, place: str = "") -> None:
    """Compare nested containers to the last bit."""
    assert type(first) is type(second), place
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second), place
    elif isinstance(first, dict):
        assert list(first) == list(second), place
        for key in first:
            assert_same(first[key], second[key], f"{place}.{key}")
    elif isinstance(first, list | tuple):
        assert len(first) == len(second), place
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_same(one, other, f"{place}[{number}]")
    else:
        assert first == second, place


def assert_same_run(first: Path, second: Path) -> None:
    """Checkpoints, log and predictions of two run folders are the same, but for the clock."""
    for name in ("last.ckpt", "best.ckpt"):
        states = []
        for folder in (first, second):
            state = torch.load(folder / "checkpoints" / name, weights_only=True)
            # Lightning counts how often loops were started again; nothing follows from it.
            del state["loops"]
            states.append(state)
        assert_same(*states, place=name)
    logs = [read_log(folder / "log.csv").drop("images_per_second") for folder in (first, second)]
    assert logs[0].equals(logs[1])
    read = [(folder / "predictions.parquet").read_bytes() for folder in (first, second)]
    assert read[0] == read[1]


def network_state(folder: Path, name: str = "last.ckpt") -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(folder / "checkpoints" / name, weights_only=True)[
        "state_dict"
    ]
    return state


@pytest.fixture(scope="module")
def whole(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A run of the toy that nothing interrupted; read it, do not change it."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return train_network(Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), folder)


def test_learns_and_writes_everything(
    whole: Path, toy_table: AssembledTable, toy_store: ImageStore
) -> None:
    assert sorted(entry.name for entry in whole.iterdir()) == [
        "came_from.json",
        "card.md",
        "checkpoints",
        "done.json",
        "learned.parquet",
        "licences.json",
        "log.csv",
        "made_with.json",
        "neighbours.safetensors",
        "predictions.parquet",
        "settings.json",
        "sums.json",
        "table.json",
        "unlike.safetensors",
    ]
    assert sorted(entry.name for entry in (whole / "checkpoints").iterdir()) == [
        "best.ckpt",
        "last.ckpt",
        "sums.json",
    ]
    log = read_log(whole / "log.csv")
    assert log["epoch"].to_list() == [0, 1, 2]
    assert log["step"].to_list() == [3, 6, 9]
    assert log["total_loss"][-1] < 0.6 * log["total_loss"][0]
    assert log["bce_loss"][-1] < 0.6 * log["bce_loss"][0]
    # Every source looked for one of two classes.
    assert log["known_count"].to_list() == [48, 48, 48]
    assert log["unknown_count"].to_list() == [48, 48, 48]
    total = log["bce_loss"] + log["pseudo_loss"] + log["consist_loss"]
    np.testing.assert_allclose(log["total_loss"], total, rtol=1e-6)
    predictions = read_predictions(whole / "predictions.parquet")
    held_out = toy_table.records.filter(pl.col("split").is_in(["validate", "test"]))
    assert predictions["record"].unique(maintain_order=True).equals(held_out["record"])
    assert predictions["class"].to_list() == ["left", "right"] * held_out.height
    # Also for the class that an image's own source never looked for.
    table = replace(toy_table, records=toy_table.records.filter(pl.col("split") == "test"))
    names = table.records["record"].to_list()
    table = replace(table, cells=table.cells.filter(pl.col("record").is_in(names)))
    labels = make_labels(table, table.classes)
    probability = (
        predictions.filter(pl.col("record").is_in(names))["probability"].to_numpy().reshape(-1, 2)
    )
    assert labels.known.all()
    assert class_auroc(probability, labels.label, labels.known).min() > 0.8


def test_best_is_chosen_on_validation(whole: Path, toy_table: AssembledTable) -> None:
    scores = read_log(whole / "log.csv")["validation_auroc_score"].to_list()
    best = torch.load(whole / "checkpoints" / "best.ckpt", weights_only=True)
    assert best["epoch"] == int(np.argmax(scores))
    done = json.loads((whole / "done.json").read_text())
    assert done["best_epoch"] == best["epoch"]
    assert done["validation_auroc_score"] == max(scores)
    # The score is that of the predictions on known validation cells.
    labels = make_labels(toy_table, toy_table.classes)
    rows = labels.rows("validate")
    names = [labels.record[row] for row in rows]
    predictions = read_predictions(whole / "predictions.parquet")
    probability = (
        predictions.filter(pl.col("record").is_in(names))["probability"].to_numpy().reshape(-1, 2)
    )
    by_class = class_auroc(probability, labels.label[rows], labels.known[rows])
    assert done["validation_auroc_by_class"] == dict(zip(("left", "right"), by_class, strict=True))
    assert max(scores) == pytest.approx(by_class.mean(), abs=1e-12)


def test_same_seed_same_run_other_seed_another(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    state = torch.get_rng_state()
    again = train_network(
        Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), tmp_path / "again"
    )
    assert torch.equal(state, torch.get_rng_state()), "the caller's random state was touched"
    assert_same_run(whole, again)
    recipe = make_recipe(training={"epochs": 1})
    other = train_network(
        Diagnosis(recipe, RunSettings(seed=1), toy_table, toy_store), tmp_path / "other"
    )
    assert (
        read_log(other / "log.csv")["total_loss"][0] != read_log(whole / "log.csv")["total_loss"][0]
    )


@pytest.mark.parametrize("method", ["label-assemble", "masked"])
def test_what_stands_in_unknown_cells_does_not_matter(
    method: str,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe, run = make_recipe(training={"epochs": 2}), RunSettings(method=method)
    first = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "first")

    def make_other_labels(table: AssembledTable, classes: tuple[str, ...]) -> LabelArrays:
        labels = make_labels(table, classes)
        assert not labels.known.all()
        return labels._replace(label=np.where(labels.known, labels.label, 1 - labels.label))

    monkeypatch.setattr(data_module, "make_labels", make_other_labels)
    assert_same_run(
        first, train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "second")
    )


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("full", {}),
        ("unknown-as-negative", {"training": {"balance": "none"}}),
        ("masked", {"losses": {"bce_views": "both"}}),
        ("label-assemble", {"model": {"class_queries": False}}),
        (
            "label-assemble",
            {"model": {"query_start": "names"}, "losses": {"threshold_rule": "prevalence"}},
        ),
    ],
)
def test_every_method_goes_from_the_table_to_predictions(
    method: Method,
    changes: dict[str, Any],
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    recipe, run = make_recipe(**changes), RunSettings(method=method)
    folder = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / run.folder_name)
    log = read_log(folder / "log.csv")
    assert log["total_loss"][-1] < log["total_loss"][0]
    # What is known is what somebody said, whatever the method makes of the rest.
    assert log["known_count"].to_list() == [48, 48, 48]
    assert (log["pseudo_loss"][0] > 0) == (method == "label-assemble")
    assert_predictions_come_back(folder, toy_store)
    card = (folder / "card.md").read_text()
    assert f"Toy: {method}, seed 0" in card
    assert ("never counted as negative" in card) == (method != "unknown-as-negative")


def assert_predictions_come_back(folder: Path, store: ImageStore) -> pl.DataFrame:
    """The network that the checkpoint holds gives the predictions of the run, to the last bit."""
    predictions = read_predictions(folder / "predictions.parquet")
    network = load_network(folder / "checkpoints" / "best.ckpt", torch.device("cpu"))
    records = predictions["record"].unique(maintain_order=True).to_list()
    again = predict_records(network, store, records, 128, torch.device("cpu"))
    assert again.equals(predictions)
    return predictions


@pytest.mark.parametrize("method", ["med3d", "dodnet"])
def test_methods_with_a_head_a_source_learn_resume_and_prediction_without_it(
    method: Method,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe, run = make_recipe(training={"epochs": 8}), RunSettings(method=method)
    unbroken = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "unbroken")
    with monkeypatch.context() as patch:
        break_at(patch, 2, BrokenError())
        with pytest.raises(BrokenError):
            train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "broken")
    assert_same_run(
        unbroken, train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "broken")
    )
    # West teaches left and east teaches right: the network asks whom it learned from.
    state = network_state(unbroken)
    assert torch.equal(state["network.head.teaches"], torch.eye(2, dtype=torch.bool))
    description = torch.load(unbroken / "checkpoints" / "best.ckpt", weights_only=True)
    assert description["labelassemble"]["sources"] == ["west", "east"]
    predictions = assert_predictions_come_back(unbroken, toy_store)
    test = toy_table.records.filter(pl.col("split") == "test")["record"].to_list()
    table = replace(toy_table, records=toy_table.records.filter(pl.col("split") == "test"))
    table = replace(table, cells=table.cells.filter(pl.col("record").is_in(test)))
    labels = make_labels(table, table.classes)
    probability = (
        predictions.filter(pl.col("record").is_in(test))["probability"].to_numpy().reshape(-1, 2)
    )
    assert class_auroc(probability, labels.label, labels.known).min() > 0.8


def test_aligned_pseudo_labels_matter_and_resume_exactly(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = make_recipe(losses={"align": "prevalence", "align_rate": 0.5})
    unbroken = train_network(
        Diagnosis(recipe, RunSettings(), toy_table, toy_store), tmp_path / "unbroken"
    )
    plain, aligned = (network_state(folder) for folder in (whole, unbroken))
    assert not torch.equal(
        plain["network.head.queries.query"], aligned["network.head.queries.query"]
    )
    with monkeypatch.context() as patch:
        break_at(patch, 1, BrokenError())
        with pytest.raises(BrokenError):
            train_network(
                Diagnosis(recipe, RunSettings(), toy_table, toy_store), tmp_path / "broken"
            )
    resumed = train_network(
        Diagnosis(recipe, RunSettings(), toy_table, toy_store), tmp_path / "broken"
    )
    assert_same_run(unbroken, resumed)


def test_test_labels_are_never_looked_at(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    test = toy_table.records.filter(pl.col("split") == "test")["record"].to_list()
    is_test = pl.col("record").is_in(test)
    flipped = pl.when(is_test).then(1 - pl.col("label")).otherwise(pl.col("label"))
    table = replace(toy_table, cells=toy_table.cells.with_columns(label=flipped.cast(pl.Float32)))
    assert not table.cells.equals(toy_table.cells)
    assert_same_run(
        whole,
        train_network(Diagnosis(make_recipe(), RunSettings(), table, toy_store), tmp_path / "run"),
    )
    # A corrected test label does not make the finished run another one.
    marked = (whole / "done.json").stat().st_mtime_ns
    train_network(Diagnosis(make_recipe(), RunSettings(), table, toy_store), whole)
    assert (whole / "done.json").stat().st_mtime_ns == marked


@pytest.mark.parametrize("epoch", [0, 1])
def test_resumes_exactly_after_an_error(
    epoch: int,
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        break_at(patch, epoch, BrokenError())
        with pytest.raises(BrokenError):
            train_network(Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), folder)
    assert read_log(folder / "log.csv").height == epoch + 1
    assert not (folder / "done.json").exists()
    # The machine stopped in the middle of a row.
    with (folder / "log.csv").open("a") as file:
        file.write("2,9,0.00")
    capsys.readouterr()
    train_network(Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), folder)
    assert ("resuming after epoch 1" in capsys.readouterr().err) == (epoch == 1)
    assert_same_run(whole, folder)


def start_process(
    recipe: Recipe, table: AssembledTable, store_folder: Path, folder: Path, *more: str
) -> "subprocess.CompletedProcess[str]":
    (folder / "recipe.json").write_text(recipe.model_dump_json())
    write_table(table, folder / "assembled")
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), str(store_folder), *more],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_resumes_exactly_after_a_kill(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    store_folder: Path,
    tmp_path: Path,
) -> None:
    killed = start_process(make_recipe(), toy_table, store_folder, tmp_path, "2")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    folder = tmp_path / "run"
    assert read_log(folder / "log.csv").height == 2
    train_network(Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), folder)
    assert_same_run(whole, folder)


def test_two_processes_share_the_work(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    store_folder: Path,
    tmp_path: Path,
) -> None:
    recipe = make_recipe(training={"devices": 2, "epochs": 2, "batch_size": 8})
    done = start_process(recipe, toy_table, store_folder, tmp_path)
    assert done.returncode == 0, done.stderr
    log = read_log(tmp_path / "run" / "log.csv")
    assert log["epoch"].to_list() == [0, 1]
    assert log["step"].to_list() == [3, 6]
    assert log["known_count"].to_list() == [48, 48]
    assert log["validation_auroc_score"].is_between(0, 1).all()
    assert (tmp_path / "run" / "done.json").exists()
    # The gathered score is that of the predictions of one process.
    by_class = json.loads((tmp_path / "run" / "done.json").read_text())
    mean = np.mean(list(by_class["validation_auroc_by_class"].values()))
    assert by_class["validation_auroc_score"] == pytest.approx(mean, abs=0.01)
    lines = [line for line in done.stderr.splitlines() if "epoch" in line]
    assert len(lines) == 2, done.stderr


def test_two_processes_with_aligned_pseudo_labels_resume_exactly(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    store_folder: Path,
    tmp_path: Path,
) -> None:
    recipe = make_recipe(
        training={"devices": 2, "epochs": 2, "batch_size": 8},
        losses={"align": "prevalence", "align_rate": 0.5, "warm_up_epochs": 0.0},
    )
    for name, killed_in in (("unbroken", ()), ("broken", ("1",)), ("broken", ())):
        (tmp_path / name).mkdir(exist_ok=True)
        ended = start_process(recipe, toy_table, store_folder, tmp_path / name, *killed_in)
        assert ended.returncode == (-signal.SIGKILL if killed_in else 0), ended.stderr
    unbroken, broken = (network_state(tmp_path / name / "run") for name in ("unbroken", "broken"))
    assert unbroken.keys() == broken.keys()
    assert [name for name, one in unbroken.items() if not torch.equal(one, broken[name])] == []


def test_two_processes_share_the_weights_and_resume_exactly(
    make_recipe: MakeRecipe, toy_table: AssembledTable, store_folder: Path, tmp_path: Path
) -> None:
    recipe = make_recipe(training={"devices": 2, "epochs": 2, "batch_size": 8, "strategy": "fsdp"})
    for name, killed_in in (("unbroken", ()), ("broken", ("1",)), ("broken", ())):
        (tmp_path / name).mkdir(exist_ok=True)
        ended = start_process(recipe, toy_table, store_folder, tmp_path / name, *killed_in)
        assert ended.returncode == (-signal.SIGKILL if killed_in else 0), ended.stderr
    unbroken, broken = (network_state(tmp_path / name / "run") for name in ("unbroken", "broken"))
    assert unbroken.keys() == broken.keys()
    assert [name for name, one in unbroken.items() if not torch.equal(one, broken[name])] == []
    predictor = Predictor(tmp_path / "broken" / "run")
    assert predictor.network.state_dict().keys() == {one.partition(".")[2] for one in broken}


def test_interrupt_stays_an_interrupt(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    break_at(monkeypatch, 0, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        train_network(
            Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), tmp_path / "run"
        )
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_scheduler_that_ends_a_job_leaves_no_success(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    say = model_choice.EpochLines.write_epoch

    def write_epoch(self: Any, row: Any, is_best: bool) -> None:
        say(self, row, is_best)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(model_choice.EpochLines, "write_epoch", write_epoch)
    with pytest.raises(KeyboardInterrupt):
        train_network(
            Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), tmp_path / "run"
        )
    assert not (tmp_path / "run" / "done.json").exists()
    assert signal.getsignal(signal.SIGTERM) is handler


def test_says_one_line_an_epoch_and_nothing_else(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    recipe, folder = make_recipe(training={"epochs": 2}), tmp_path / "masked-seed0"
    train_network(Diagnosis(recipe, RunSettings(method="masked"), toy_table, toy_store), folder)
    said = capfd.readouterr()
    assert said.out == ""
    first, second, done = said.err.splitlines()
    assert first.startswith("masked-seed0  epoch 1/2  loss 0.")
    assert "(best)" in first
    assert second.startswith("masked-seed0  epoch 2/2  loss 0.")
    assert second.endswith("0 s left")
    assert re.fullmatch(
        rf"masked-seed0  done: {re.escape(str(folder))} \(\d+ s, [\d,]+ MiB\)", done
    )
    log = read_log(folder / "log.csv")
    assert log["pseudo_loss"].to_list() == log["consist_loss"].to_list() == [0.0, 0.0]
    # The same settings: it returns at once and says nothing.
    train_network(Diagnosis(recipe, RunSettings(method="masked"), toy_table, toy_store), folder)
    assert capfd.readouterr().err == ""


def test_single_learns_its_own_classes_from_its_own_images(
    make_recipe: MakeRecipe, toy_table: AssembledTable, toy_store: ImageStore, tmp_path: Path
) -> None:
    run = RunSettings(method="single", source="east")
    recipe = make_recipe(training={"epochs": 1})
    folder = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "run")
    log = read_log(folder / "log.csv")
    assert (log["known_count"][0], log["unknown_count"][0]) == (24, 0)
    predictions = read_predictions(folder / "predictions.parquet")
    assert predictions["class"].unique().to_list() == ["right"]
    assert predictions.height == toy_table.records.filter(pl.col("split") != "train").height
    assert load_network(folder / "checkpoints" / "best.ckpt").classes == ("right",)
    card = (folder / "card.md").read_text()
    assert "the source east" in card
    assert "West" not in card


@pytest.mark.parametrize(
    ("recipe_changes", "run", "said"),
    [
        (
            {"training": {"learning_rate": 0.5}},
            RunSettings(),
            "training.learning_rate = 0.5 (there: 0.003)",
        ),
        ({"losses": {"temperature": 3.0}}, RunSettings(), "losses.temperature = 3.0 (there: 2.0)"),
        ({}, RunSettings(seed=4), "run.seed = 4 (there: 0)"),
    ],
)
def test_other_settings_in_the_same_folder_are_refused(
    recipe_changes: dict[str, Any],
    run: RunSettings,
    said: str,
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    with pytest.raises(RunError) as caught:
        train_network(Diagnosis(make_recipe(**recipe_changes), run, toy_table, toy_store), whole)
    assert said in caught.value.got
    assert "--training.no-resume" in caught.value.do
    assert (whole / "done.json").exists()


def test_settings_that_do_not_change_the_network_are_let_pass(
    whole: Path, make_recipe: MakeRecipe, toy_table: AssembledTable, toy_store: ImageStore
) -> None:
    changes = {
        "report": {"examples": 1},
        "evaluation": {"replicates": 3},
        "training": {"accelerator": "auto"},
    }
    before = (whole / "settings.json").read_bytes()
    assert (
        train_network(Diagnosis(make_recipe(**changes), RunSettings(), toy_table, toy_store), whole)
        == whole
    )
    assert (whole / "settings.json").read_bytes() == before


def test_resume_false_starts_again(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    train_network(
        Diagnosis(make_recipe(training={"epochs": 1}), RunSettings(seed=3), toy_table, toy_store),
        folder,
    )
    (folder / "note.txt").write_text("mine")
    train_network(
        Diagnosis(make_recipe(training={"resume": False}), RunSettings(), toy_table, toy_store),
        folder,
    )
    assert_same_run(whole, folder)
    assert (folder / "note.txt").read_text() == "mine"


def test_stops_early_and_stays_stopped(
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = iter([0.7, 0.9, 0.8, 0.9, 0.95])
    monkeypatch.setattr(
        "labelassemble.training.module.TrainingModule._score", lambda *_: next(scores)
    )
    recipe = make_recipe(training={"epochs": 5, "patience": 2})
    folder = train_network(Diagnosis(recipe, RunSettings(), toy_table, toy_store), tmp_path / "run")
    log = read_log(folder / "log.csv")
    assert log["validation_auroc_score"].to_list() == [0.7, 0.9, 0.8, 0.9]
    best = torch.load(folder / "checkpoints" / "best.ckpt", weights_only=True)
    assert best["epoch"] == 1
    done = json.loads((folder / "done.json").read_text())
    assert (done["epochs"], done["best_epoch"]) == (4, 1)
    # Killed before it was done: the network is there, only the end is made again.
    (folder / "done.json").unlink()
    (folder / "predictions.parquet").unlink()
    train_network(Diagnosis(recipe, RunSettings(), toy_table, toy_store), folder)
    assert read_log(folder / "log.csv").equals(log)
    assert (folder / "predictions.parquet").exists()


def test_start_from_keeps_old_predictions(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = whole / "checkpoints" / "best.ckpt"
    # A class put first: predictions go by name, not by place.
    cells = toy_table.cells.filter(pl.col("class") == "left").with_columns(
        pl.lit("both").alias("class")
    )
    table = replace(
        toy_table,
        classes=("both", *toy_table.classes),
        cells=pl.concat([toy_table.cells, cells]),
        scopes={**toy_table.scopes, "west": ("both", "left")},
    )
    recipe = make_recipe(training={"epochs": 1, "start_from": start})
    first: list[torch.Tensor] = []
    image = torch.from_numpy(toy_store.read(np.arange(8)))[:, None].float() / 255.0

    def note(self: Any) -> None:
        self.network.eval()
        first.append(self.network(image.to(self.device)).detach().cpu())
        self.network.train()

    monkeypatch.setattr("labelassemble.training.module.TrainingModule.on_train_start", note)
    folder = train_network(Diagnosis(recipe, RunSettings(), table, toy_store), tmp_path / "run")
    with torch.inference_mode():
        old = load_network(start)(image)
        new = load_network(folder / "checkpoints" / "best.ckpt")(image)
    # A class at another place of its block may round otherwise: which, depends on the processor.
    # A GPU rounds its matrix products to TF32.
    close = 1e-2 if torch.cuda.is_available() else 1e-6
    torch.testing.assert_close(first[0][:, 1:], old, rtol=0.0, atol=close)
    assert new.shape == (8, 3)
    assert not torch.equal(new[:, 1:], old), "training went on"


def test_broken_start_from_run_resumes_from_itself(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = tmp_path / "start.ckpt"
    start.write_bytes((whole / "checkpoints" / "best.ckpt").read_bytes())
    recipe = make_recipe(training={"epochs": 2, "start_from": start})
    one = train_network(Diagnosis(recipe, RunSettings(), toy_table, toy_store), tmp_path / "one")
    with monkeypatch.context() as patch:
        break_at(patch, 1, BrokenError())
        with pytest.raises(BrokenError):
            train_network(Diagnosis(recipe, RunSettings(), toy_table, toy_store), tmp_path / "two")
    start.unlink()
    assert_same_run(
        one, train_network(Diagnosis(recipe, RunSettings(), toy_table, toy_store), tmp_path / "two")
    )


def test_where_nothing_can_be_scored_the_last_epoch_is_kept(
    make_recipe: MakeRecipe, toy_table: AssembledTable, toy_store: ImageStore, tmp_path: Path
) -> None:
    records = toy_table.records.with_columns(split=pl.col("split").replace("validate", "unused"))
    recipe = make_recipe(training={"epochs": 2})
    folder = train_network(
        Diagnosis(recipe, RunSettings(), replace(toy_table, records=records), toy_store),
        tmp_path / "run",
    )
    assert read_log(folder / "log.csv")["validation_auroc_score"].to_list() == [None, None]
    best = torch.load(folder / "checkpoints" / "best.ckpt", weights_only=True)
    assert best["epoch"] == 1
    assert "no class could be scored" in (folder / "card.md").read_text()
    predictions = read_predictions(folder / "predictions.parquet")
    assert predictions.height == 2 * toy_table.records.filter(pl.col("split") == "test").height
    # A loss that runs away is reported also where no validation sees it.
    wild = make_recipe(training={"learning_rate": 1e30, "gradient_clip": 0.0})
    with pytest.raises(RunError, match="finite losses in epoch 1"):
        train_network(
            Diagnosis(wild, RunSettings(), replace(toy_table, records=records), toy_store),
            tmp_path / "wild",
        )


def test_images_per_epoch_and_tensorboard(
    make_recipe: MakeRecipe, toy_table: AssembledTable, toy_store: ImageStore, tmp_path: Path
) -> None:
    settings = {"epochs": 1, "images_per_epoch": 20, "batch_size": 8, "tensorboard": True}
    folder = train_network(
        Diagnosis(make_recipe(training=settings), RunSettings(), toy_table, toy_store),
        tmp_path / "run",
    )
    log = read_log(folder / "log.csv")
    assert log["step"].to_list() == [3]
    assert log["known_count"][0] + log["unknown_count"][0] == 40
    assert len(list((folder / "tensorboard").iterdir())) == 1


@pytest.mark.parametrize(
    ("changes", "run", "kind", "said"),
    [
        (
            {"training": {"learning_rate": 1e30, "gradient_clip": 0.0}},
            RunSettings(),
            RunError,
            "the training diverged",
        ),
        (
            {"losses": {"threshold_by_class": {"lefft": 0.2}}},
            RunSettings(),
            SettingsError,
            "no class 'lefft'; nearest: left",
        ),
        (
            {"training": {"batch_size": 1}, "losses": {"bce_views": "weak"}},
            RunSettings(method="masked"),
            SettingsError,
            "48 images an epoch in batches of 1 on 1 device",
        ),
        (
            {"training": {"start_from": "/nowhere/best.ckpt"}},
            RunSettings(),
            RunError,
            "no such file",
        ),
    ],
)
def test_mistakes_are_told(
    changes: dict[str, Any],
    run: RunSettings,
    kind: type[LabelAssembleError],
    said: str,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    with pytest.raises(kind) as caught:
        train_network(
            Diagnosis(make_recipe(**changes), run, toy_table, toy_store), tmp_path / "run"
        )
    assert said in caught.value.got
    assert not (tmp_path / "run" / "done.json").exists()


def test_images_that_are_not_in_the_store_are_told_before_training(
    make_recipe: MakeRecipe, toy_table: AssembledTable, toy_store: ImageStore, tmp_path: Path
) -> None:
    records = toy_table.records.with_columns(
        record=pl.col("record").replace("east/test003", "east/test999")
    )
    table = replace(toy_table, records=records)
    with pytest.raises(ImageError, match="1 of 88 are not there: east/test999"):
        train_network(Diagnosis(make_recipe(), RunSettings(), table, toy_store), tmp_path / "run")


def test_a_damaged_checkpoint_is_told(
    whole: Path,
    make_recipe: MakeRecipe,
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("settings.json", "table.json"):
        (folder / name).write_bytes((whole / name).read_bytes())
    whole_file = (whole / "checkpoints" / "last.ckpt").read_bytes()
    (folder / "checkpoints" / "last.ckpt").write_bytes(whole_file[: len(whole_file) // 2])
    with pytest.raises(RunError, match="cannot be read"):
        train_network(Diagnosis(make_recipe(), RunSettings(), toy_table, toy_store), folder)
