import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.candidates import candidate_columns, read_candidates
from labelassemble.detection.lesion_finding import LesionFinding
from labelassemble.detection.predict_files import predict_each
from labelassemble.errors import ImageError, ModelError, SettingsError
from labelassemble.images.store import ImageStore
from labelassemble.inference.predictor import Predictor
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.run import train_network

BRIEF = {"patches_per_epoch": 8}
ONE_EPOCH = {"epochs": 1}


@pytest.fixture(scope="module")
def volume_run(
    make_recipe: Callable[..., Recipe],
    volume_table: AssembledTable,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    # Predictions of a network that learned little: candidates reach down to what it gives.
    detection = {**BRIEF, "candidates": {"rule": "dynamic_threshold", "threshold": 0.05}}
    recipe = make_recipe(training=ONE_EPOCH, detection=detection)
    folder = tmp_path_factory.mktemp("volumes") / "run"
    return train_network(LesionFinding(recipe, RunSettings(), volume_table, None), folder)


def test_volumes_are_predicted_as_by_the_run_itself(
    volume_run: Path, volume_table: AssembledTable, tmp_path: Path
) -> None:
    test = volume_table.records.filter(split="test")
    paths = [Path(path) for path in test["path"]]
    found = pl.concat(list(predict_each(Predictor(volume_run), paths, tmp_path / "out")))
    assert dict(found.schema) == candidate_columns(3)
    own = read_candidates(volume_run / "candidates.parquet")
    for path, record in zip(paths, test["record"], strict=True):
        mine, kept = found.filter(record=str(path)), own.filter(record=record)
        assert mine.height > 0
        # The cache keeps half as many bits of each voxel.
        best = [one.sort("score").tail(1) for one in (mine, kept)]
        assert best[0]["score"].item() == pytest.approx(best[1]["score"].item(), abs=2e-3)
        name = path.name.removesuffix(".nii.gz")
        probability, source = nibabel.load(tmp_path / "out" / f"{name}.nii.gz"), nibabel.load(path)
        assert probability.shape == (*source.shape, 2)
        np.testing.assert_allclose(probability.affine, source.affine, atol=1e-5)
        lesions = json.loads((tmp_path / "out" / f"{name}.json").read_text())["lesions"]
        assert [one["class"] for one in lesions] == mine["class"].to_list()
        np.testing.assert_allclose(
            [one["centre_mm"] for one in lesions], mine.select("x_mm", "y_mm", "z_mm"), atol=1e-3
        )


def test_images_are_predicted_as_by_the_run_itself(
    make_flat_recipe: Callable[..., Recipe],
    record_table: AssembledTable,
    record_store: ImageStore,
    tmp_path: Path,
) -> None:
    recipe = make_flat_recipe(**BRIEF, candidates={"threshold": 0.05})
    recipe = recipe.model_copy(update={"training": recipe.training.model_copy(update=ONE_EPOCH)})
    run = train_network(
        LesionFinding(recipe, RunSettings(), record_table, record_store), tmp_path / "run"
    )
    test = record_table.records.filter(split="test")
    paths = [Path(path) for path in test["path"]]
    found = pl.concat(list(predict_each(Predictor(run), paths)))
    name = dict(zip(test["path"], test["record"], strict=True))
    renamed = found.with_columns(pl.col("record").replace_strict(name))
    own = read_candidates(run / "candidates.parquet").filter(
        pl.col("record").is_in(test["record"].implode())
    )
    assert renamed.height == own.height > 0
    for column in ("score", "size_px", "x_px", "y_min_px"):
        np.testing.assert_allclose(renamed[column], own[column], rtol=1e-5, atol=1e-5)
    with pytest.raises(SettingsError, match="a run on images"):
        next(predict_each(Predictor(run), paths, tmp_path / "out"))


def test_what_cannot_be_predicted(volume_run: Path, tmp_path: Path) -> None:
    predictor = Predictor(volume_run)
    assert list(predict_each(predictor, [])) == []
    [told] = predict_each(predictor, [tmp_path / "absent.nii.gz"])
    assert isinstance(told, ImageError)
    assert "no such file" in str(told)
    twice = [tmp_path / "a" / "x.nii.gz", tmp_path / "b" / "x.nii.gz"]
    with pytest.raises(SettingsError, match="several called x"):
        next(predict_each(predictor, twice, tmp_path / "out"))
    first = predictor.members[0]
    first.description = first.description.model_copy(update={"detection": None})
    with pytest.raises(ModelError, match="predicts whole images"):
        next(predict_each(predictor, twice))
