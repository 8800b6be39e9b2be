"""Four tiny hospitals of simulated abdomens, from the recipe that comes with them to the scores."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from labelassemble.cli import main
from labelassemble.detection.candidates import candidate_rows, read_candidates
from labelassemble.errors import RunError
from labelassemble.evaluation.compare_detections import DETECTION_COMPARISON_COLUMNS
from labelassemble.evaluation.detection_measures import MEASURES
from labelassemble.evaluation.detection_scores import DETECTION_COLUMNS
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.evaluate_networks import (
    describe_results,
    evaluate_networks,
    read_all_predictions,
)
from labelassemble.pipeline.make_report import make_report
from labelassemble.pipeline.plan_runs import plan_runs, single_sources
from labelassemble.pipeline.score_lesions import open_test_cases, read_all_candidates
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe
from labelassemble_phantoms.abdominal_ct.hospitals import simulate_abdominal_hospitals


def shorten(recipe: Recipe) -> Recipe:
    """One epoch of few patches on the grid that the files have."""
    settings = recipe.model_dump()
    settings["training"] |= {"epochs": 1, "accelerator": "cpu"}
    settings["model"] |= {"query_features": 8, "adapter_hidden": 16}
    settings["evaluation"] |= {"replicates": 20}
    settings["assembly"] |= {"validation_fraction": 0.3, "allow_unscored_classes": True}
    settings["detection"] |= {"levels": 2, "patches_per_epoch": 4, "batch_size": 2}
    settings["detection"]["volumes"] |= {"spacing_mm": None}
    settings["detection"]["patches"] |= {"size": (16, 16, 16)}
    return Recipe.model_validate(settings)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recipe]:
    """Everything trained."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("abdomens") / "hospitals"
    recipe = shorten(read_recipe(simulate_abdominal_hospitals(folder, 5, 4, shape=(32, 32, 16))))
    table = assemble_sources(recipe)
    train_networks(recipe, table, open_assembled(recipe)[1])
    yield recipe
    torch.set_num_threads(before)


def test_hospitals_without_lesions_do_not_teach_alone(recipe: Recipe) -> None:
    table, store = open_assembled(recipe)
    clinics = ["pdac_clinic", "cyst_clinic", "pannet_clinic"]
    assert single_sources(table) == [*clinics, "normals"]
    assert single_sources(table, "detection") == clinics
    names = [run.folder_name for run in plan_runs(recipe, table)]
    assert names == [*(f"single-{name}-seed0" for name in clinics), "label-assemble-seed0"]
    # Volumes stay files; and what is trained is trained.
    assert store.row == {}
    stamps = {file: file.stat().st_mtime_ns for file in recipe.output.glob("runs/*/done.json")}
    train_networks(recipe, table, store)
    assert stamps == {file: file.stat().st_mtime_ns for file in stamps}
    assert len(stamps) == 4


def test_lesions_are_scored(recipe: Recipe) -> None:
    table, _ = open_assembled(recipe)
    results = evaluate_networks(recipe, table)
    lesions = results.lesions
    assert lesions is not None
    assert lesions.differences is not None
    folder = recipe.output / "results"
    for name, frame, columns in (
        ("detection_scores", lesions.scores, DETECTION_COLUMNS),
        ("detection_differences", lesions.differences, DETECTION_COMPARISON_COLUMNS),
    ):
        assert dict(frame.schema) == columns
        assert pl.read_parquet(folder / f"{name}.parquet").equals(frame, null_equal=True)
        assert pl.read_csv(folder / f"{name}.csv").height == frame.height
    pooled = lesions.scores.filter(source="all")
    assert pooled["method"].unique(maintain_order=True).to_list() == ["single", "label-assemble"]
    # The lesions are those that the simulation says.
    truth = pl.read_csv(recipe.output.parent / "lesions.csv").filter(folder="reference")
    for name in recipe.classes:
        row = pooled.filter(pl.col("class") == name).row(0, named=True)
        assert row["n_lesions"] == truth.filter(kind=name).height
        assert row["n_positive"] == truth.filter(kind=name)["image"].n_unique()
        assert row["n_scans"] == row["n_patients"] == 4
    said = describe_results(results).splitlines()
    assert "sensitivity of patients at a specificity of 98 %" in said
    assert sum(line.startswith("pancreatic_cyst") for line in said) == 4


def test_perfect_candidates_score_one(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    from labelassemble.pipeline import score_lesions

    table, _ = open_assembled(recipe)
    rows = [
        candidate_rows(case.lesions(), case.record, table.classes)
        for case in open_test_cases(recipe, table, None)
    ]
    monkeypatch.setattr(score_lesions, "read_candidates", lambda path: pl.concat(rows))
    predictions = read_all_predictions(recipe, table)
    results = score_lesions.score_lesions(recipe, table, None, predictions)
    pooled = results.scores.filter(pl.col("source") == "all", pl.col("n_lesions") > 0)
    assert pooled.height > 2
    assert pooled["froc_score"].to_list() == [1.0] * pooled.height
    assert pooled["average_precision_score"].to_list() == [1.0] * pooled.height
    assert results.differences is not None
    froc = results.differences.filter(pl.col("measure") == "froc", pl.col("n_lesions") > 0)
    assert set(froc.filter(source="all")["difference"]) == {0.0}
    evaluate_networks(recipe, table)  # leave the tables as they were


def test_single_candidates_come_from_the_network_that_predicts(recipe: Recipe) -> None:
    table, _ = open_assembled(recipe)
    predictions = read_all_predictions(recipe, table)
    for own in predictions["single"]:
        chosen = dict(own.select("class", "source").unique().iter_rows())
        assert chosen["pdac"] == "pdac_clinic"
        assert chosen["pancreatic_cyst"] == "cyst_clinic"
    found = read_all_candidates(recipe, predictions)["single"][0]
    own = pl.read_parquet(recipe.output / "runs" / "single-pdac_clinic-seed0/candidates.parquet")
    pdac = pl.col("class") == "pdac"
    assert found.filter(pdac).equals(own.filter(pdac))
    assert own.height > 0


def test_one_method_and_lost_candidates(recipe: Recipe, tmp_path: Path) -> None:
    table, _ = open_assembled(recipe)
    alone = recipe.model_copy(update={"methods": ("label-assemble",)})
    results = evaluate_networks(alone, table)
    assert results.lesions is not None
    assert results.lesions.differences is None
    assert "difference" not in describe_results(results).splitlines()[1]
    file = recipe.output / "runs" / "label-assemble-seed0" / "candidates.parquet"
    moved = file.rename(tmp_path / "moved")
    with pytest.raises(RunError, match=r"(?i)no such file"):
        evaluate_networks(alone, table)
    moved.rename(file)
    evaluate_networks(recipe, table)


def test_every_measure_is_told_of_every_class(recipe: Recipe) -> None:
    scores = pl.read_parquet(recipe.output / "results" / "detection_scores.parquet")
    for row in scores.filter(source="all").iter_rows(named=True):
        for name in MEASURES:
            assert 0 <= row[f"{name}_score"] <= 1 or np.isnan(row[f"{name}_score"])
            assert not np.isnan(row[f"{name}_score"]) or row["note"]


def test_predict_finds_what_the_run_found(
    recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = recipe.output / "runs" / "single-pdac_clinic-seed0"
    file = recipe.output.parent / "reference" / "images" / "RF00000.nii.gz"
    assert main(["predict", str(run), str(file), "--masks", str(tmp_path / "masks")]) == 0
    said = pl.read_csv(capsys.readouterr().out.encode())
    kept = read_candidates(run / "candidates.parquet").filter(
        record=f"reference/images/{file.name}"
    )
    assert said.height == kept.height > 0
    assert set(said["file"]) == {str(file)}
    # The cache keeps half as many bits of each voxel.
    for name in ("score", "x_mm", "y_mm", "z_max_mm"):
        np.testing.assert_allclose(said[name], kept[name], rtol=0.01, atol=1.0)
    assert {one.name for one in (tmp_path / "masks").iterdir()} == {
        "RF00000.json",
        "RF00000.nii.gz",
    }


def test_the_report_shows_lesions_on_slices(recipe: Recipe) -> None:
    table, store = open_assembled(recipe)
    page = make_report(recipe, table, store).read_text()
    assert 'id="lesions"' in page
    positive = pl.read_csv(recipe.output.parent / "lesions.csv").filter(folder="reference")
    assert page.count("reference, test volume, axial slice") == positive["kind"].n_unique()
    assert page.count("lesion outlined") == positive["kind"].n_unique()
