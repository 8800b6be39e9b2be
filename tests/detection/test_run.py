"""Whole runs on toys: they learn, resume to the bit, and never count unknown as negative."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.candidates import read_candidates
from labelassemble.detection.lesion_finding import LesionFinding
from labelassemble.detection.match_candidates import match_candidates
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.errors import RunError, SettingsError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.lesions.froc import froc
from labelassemble.settings import SYSTEMS, Method, Recipe, RunSettings
from labelassemble.training import model_choice
from labelassemble.training.csv_log import read_log
from labelassemble.training.run import train_network

MakeRecipe = Callable[..., Recipe]

LEARNS: dict[str, Any] = {
    "training": {"epochs": 12},
    "losses": {"dice_weight": 0.5},
    "detection": {"patches_per_epoch": 40, "chosen_by": "froc"},
}
"""As little as the toy is learned with."""
BRIEF: dict[str, Any] = {"detection": {"patches_per_epoch": 12}}
"""As little as shows whether two runs are the same."""


class BrokenError(Exception):
    """Stands for whatever may stop a run."""


def assert_same_run(first: Path, second: Path) -> None:
    """Weights, log and predictions of two runs are the same, but for the clock."""
    for name in ("last.ckpt", "best.ckpt"):
        states = [
            torch.load(folder / "checkpoints" / name, weights_only=True)
            for folder in (first, second)
        ]
        one, other = (state["state_dict"] for state in states)
        assert list(one) == list(other)
        assert all(torch.equal(one[key], other[key]) for key in one), name
        assert states[0]["model_choice"] == states[1]["model_choice"]
    logs = [read_log(folder / "log.csv").drop("images_per_second") for folder in (first, second)]
    assert logs[0].equals(logs[1])
    for name in ("predictions.parquet", "candidates.parquet"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.fixture(scope="module")
def whole(
    make_recipe: MakeRecipe, volume_table: AssembledTable, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A short run that nothing interrupted; read it, do not change it."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return train_network(
        LesionFinding(make_recipe(**BRIEF), RunSettings(), volume_table, None), folder
    )


def test_learns_where_lesions_lie(
    make_recipe: MakeRecipe, volume_table: AssembledTable, tmp_path: Path
) -> None:
    recipe = make_recipe(**LEARNS)
    whole = train_network(
        LesionFinding(recipe, RunSettings(), volume_table, None), tmp_path / "run"
    )
    assert sorted(entry.name for entry in whole.iterdir()) == [
        "came_from.json",
        "candidates.parquet",
        "card.md",
        "checkpoints",
        "done.json",
        "learned.parquet",
        "licences.json",
        "log.csv",
        "made_with.json",
        "predictions.parquet",
        "settings.json",
        "sums.json",
        "table.json",
    ]
    log = read_log(whole / "log.csv")
    assert log["bce_loss"][-1] < 0.5 * log["bce_loss"][0]
    assert 0 < log["dice_loss"][-1] < log["dice_loss"][0]
    assert log["unknown_count"].min() > 0
    assert log["image_level_loss"].to_list() == [0.0] * log.height
    test = volume_table.records.filter(pl.col("split") == "test")
    names = test["record"].to_list()
    labels = make_labels(volume_table, volume_table.classes)
    predictions = read_predictions(whole / "predictions.parquet")
    probability = (
        predictions.filter(pl.col("record").is_in(names))["probability"].to_numpy().reshape(-1, 2)
    )
    rows = labels.rows("test")
    assert labels.known[rows].all()
    assert class_auroc(probability, labels.label[rows], labels.known[rows]).min() > 0.8
    annotated = open_annotated(recipe, volume_table, names, store=None, drawn_on=set(names))
    cases = make_cases(annotated, labels, volume_table.classes, rows)
    candidates = read_candidates(whole / "candidates.parquet")
    matches = match_candidates(candidates, cases, volume_table.classes, recipe.detection)
    assert [froc(matches, place).truths for place in (0, 1)] == [4, 4]
    assert min(froc(matches, place).score for place in (0, 1)) > 0.5
    # In patient millimetres: the lesions lie where the files say.
    assert candidates["x_mm"].is_between(50 - 24, 51).all()
    assert candidates["z_mm"].is_between(7, 7 + 16).all()
    card = (whole / "card.md").read_text()
    assert "unet_small, volumes on 1 x 1 x 1 mm, -200 to 200 HU" in card
    done = json.loads((whole / "done.json").read_text())
    assert done["validation_froc_score"] == max(log["validation_froc_score"])
    chosen = log.filter(pl.col("epoch") == done["best_epoch"])
    assert done["validation_auroc_score"] == chosen["validation_auroc_score"].item()
    settings = json.loads((whole / "settings.json").read_text())
    assert settings["recipe"]["detection"]["network"] == "unet_small"


def test_the_last_epoch_is_kept_on_request(
    whole: Path, make_recipe: MakeRecipe, volume_table: AssembledTable, tmp_path: Path
) -> None:
    recipe = make_recipe(detection={"patches_per_epoch": 12, "chosen_by": "last"})
    folder = train_network(
        LesionFinding(recipe, RunSettings(), volume_table, None), tmp_path / "run"
    )
    done = json.loads((folder / "done.json").read_text())
    assert done["best_epoch"] == done["epochs"] - 1
    assert done["validation_froc_score"] is None
    assert done["validation_auroc_score"] is not None
    card = (folder / "card.md").read_text()
    assert "the last, as detection.chosen_by says; its mean validation AUROC is" in card
    assert "the best of all epochs" not in card
    log = read_log(folder / "log.csv")
    assert log["validation_auroc_score"].null_count() == log.height
    # What chooses has no part in what is learned.
    last, other = (
        torch.load(one / "checkpoints" / name, weights_only=True)["state_dict"]
        for one, name in ((folder, "best.ckpt"), (whole, "last.ckpt"))
    )
    assert all(torch.equal(last[key], other[key]) for key in last)


def test_resumes_to_the_bit(
    whole: Path,
    make_recipe: MakeRecipe,
    volume_table: AssembledTable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say = model_choice.EpochLines.write_epoch

    def write_epoch(self: Any, row: Any, is_best: bool) -> None:
        say(self, row, is_best)
        if row.epoch == 1:
            raise BrokenError

    recipe, folder = make_recipe(**BRIEF), tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(model_choice.EpochLines, "write_epoch", write_epoch)
        with pytest.raises(BrokenError):
            train_network(LesionFinding(recipe, RunSettings(), volume_table, None), folder)
    assert not (folder / "done.json").exists()
    train_network(LesionFinding(recipe, RunSettings(), volume_table, None), folder)
    assert_same_run(whole, folder)
    # Finished: it returns at once; with other settings it refuses.
    marked = (folder / "done.json").stat().st_mtime_ns
    train_network(LesionFinding(recipe, RunSettings(), volume_table, None), folder)
    assert (folder / "done.json").stat().st_mtime_ns == marked
    other = make_recipe(detection={"patches_per_epoch": 12, "width": 4})
    with pytest.raises(RunError, match=r"detection.width = 4 \(there: 8\)"):
        train_network(LesionFinding(other, RunSettings(), volume_table, None), folder)


def test_neither_labels_nor_masks_of_test_images_matter(
    whole: Path, make_recipe: MakeRecipe, volume_table: AssembledTable, tmp_path: Path
) -> None:
    test = volume_table.records.filter(pl.col("split") == "test")["record"].to_list()
    # Without their cells, and their members, which name the masks.
    table = replace(
        volume_table,
        cells=volume_table.cells.filter(~pl.col("record").is_in(test)),
        members=volume_table.members.filter(~pl.col("record").is_in(test)),
    )
    recipe = make_recipe(**BRIEF)
    assert_same_run(
        whole, train_network(LesionFinding(recipe, RunSettings(), table, None), tmp_path / "run")
    )


@pytest.mark.parametrize(
    "method", [name for name in get_args(Method) if name not in ("label-assemble", *SYSTEMS)]
)
def test_every_method_goes_from_the_table_to_candidates(
    method: Method, make_recipe: MakeRecipe, volume_table: AssembledTable, tmp_path: Path
) -> None:
    run = RunSettings(method=method, source="north" if method == "single" else None)
    recipe = make_recipe(training={"epochs": 1}, detection={"patches_per_epoch": 16})
    folder = train_network(
        LesionFinding(recipe, run, volume_table, None), tmp_path / run.folder_name
    )
    log = read_log(folder / "log.csv")
    assert log["pseudo_loss"].to_list() == log["consist_loss"].to_list() == [0.0]
    assert (log["unknown_count"][0] == 0) == (method == "single")
    asked = {"pdac"} if method == "single" else {"pdac", "pancreatic_cyst"}
    predictions = read_predictions(folder / "predictions.parquet")
    assert set(predictions["class"]) == asked
    assert set(read_candidates(folder / "candidates.parquet")["class"]) <= asked
    if method in ("med3d", "dodnet"):
        state = torch.load(folder / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
        # The third hospital taught nothing.
        taught = [[True, False], [True, True], [False, False]]
        assert state["network.head.teaches"].tolist() == taught


def test_images_with_boxes(
    make_flat_recipe: MakeRecipe,
    record_table: AssembledTable,
    record_store: ImageStore,
    tmp_path: Path,
) -> None:
    recipe = make_flat_recipe(
        complete_boxes=("west",), image_level_weight=0.2, chosen_by="froc", match_limit=0.3
    )
    folder = train_network(
        LesionFinding(recipe, RunSettings(), record_table, record_store), tmp_path / "run"
    )
    log = read_log(folder / "log.csv")
    assert log["total_loss"][-1] < log["total_loss"][0]
    assert log["image_level_loss"].min() > 0
    done = json.loads((folder / "done.json").read_text())
    assert done["validation_froc_score"] == max(log["validation_froc_score"]) > 0.3
    assert done["validation_auroc_by_class"]["mass"] is None
    assert "mean validation FROC score" in (folder / "card.md").read_text()
    candidates = read_candidates(folder / "candidates.parquet")
    assert not any("mm" in name or name.startswith("z") for name in candidates.columns)
    boxed = record_table.boxes.row(-1, named=True)
    best = candidates.filter(
        (pl.col("record") == boxed["record"]) & (pl.col("class") == "nodule")
    ).row(0, named=True)
    assert best["x_px"] == pytest.approx((boxed["x_min"] + boxed["x_max"]) / 2, abs=2)
    assert best["y_min_px"] == pytest.approx(boxed["y_min"], abs=4)


def test_what_does_not_fit_is_refused(
    make_recipe: MakeRecipe,
    make_flat_recipe: MakeRecipe,
    volume_table: AssembledTable,
    record_table: AssembledTable,
    record_store: ImageStore,
    tmp_path: Path,
) -> None:
    diagnosis = make_recipe(detection={"task": "diagnosis"})
    with pytest.raises(SettingsError, match=r"detection.task = 'detection'"):
        train_network(LesionFinding(diagnosis, RunSettings(), volume_table, None), tmp_path)
    with pytest.raises(SettingsError, match=r"images, as detection.dimensions says"):
        train_network(
            LesionFinding(make_flat_recipe(), RunSettings(), volume_table, None), tmp_path
        )
    bare = replace(record_table, boxes=record_table.boxes.clear())
    with pytest.raises(SettingsError, match="a lesion that is drawn"):
        train_network(
            LesionFinding(make_flat_recipe(), RunSettings(), bare, record_store), tmp_path / "bare"
        )


def test_a_start_that_has_seen_test_volumes_is_refused(
    whole: Path, make_recipe: MakeRecipe, volume_table: AssembledTable, tmp_path: Path
) -> None:
    recipe = make_recipe(**{**BRIEF, "training": {"start_from": whole}})
    turned = volume_table.records.with_columns(
        split=pl.when(pl.col("source") == "south").then(pl.lit("test")).otherwise("split")
    )
    other = replace(volume_table, records=turned)
    with pytest.raises(RunError, match=r"of 18 that it has seen: south/images/south00\.nii\.gz, "):
        LesionFinding(recipe, RunSettings(), other, None).prepare(tmp_path / "leaks", True)
    (tmp_path / "run").mkdir()
    LesionFinding(recipe, RunSettings(), volume_table, None).prepare(tmp_path / "run", True)
    learned = pl.read_parquet(tmp_path / "run" / "learned.parquet")
    assert learned["sha256"].null_count() == 0
    assert {"train", "inherited train", "validate", "test"} <= set(learned["split"])
    told = json.loads((tmp_path / "run" / "came_from.json").read_text())["came_from"]
    assert [one["run"] for one in told] == ["run"]
