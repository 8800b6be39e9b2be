"""Several runs and views: what is averaged, what cannot be, and which words are runs."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from tests.pipeline.conftest import write_tiny_run

import labelassemble as la
from labelassemble.cli import main
from labelassemble.errors import MetricError, RunError, SettingsError
from labelassemble.evaluation.fit_operation import make_operation
from labelassemble.images.shifted_views import list_views, shift_images
from labelassemble.inference.dicom_checks import TrainedHeaders
from labelassemble.inference.operating_file import (
    OPERATING,
    ClassOperation,
    ClassPoint,
    ShareInterval,
    hash_weights,
    write_operation,
)
from labelassemble.inference.pool_map import pool_quarters
from labelassemble.inference.unlike import UNLIKE, fit_unlike, write_unlike
from labelassemble.pipeline.predict_images import predict_images
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.pipeline.split_runs import split_runs
from labelassemble.settings import EvaluationSettings, ImageSettings

CPU = torch.device("cpu")
CLASSES = ("nodule", "nodule_or_mass", "edema")
SIZES = (32, 32, 48)


def operate(
    run: Path, slope: float, intercept: float, threshold: float, rule: str = "youden"
) -> None:
    """Calibration for a nodule and edema, and a call of edema."""
    nowhere = ShareInterval(score=None)
    point = ClassPoint(
        threshold=threshold,
        threshold_low=None,
        threshold_high=None,
        sensitivity=nowhere,
        specificity=nowhere,
    )
    told = {
        "nodule": ClassOperation(
            positive_patients=30, negative_patients=30, slope=slope, intercept=0.5
        ),
        "nodule_or_mass": ClassOperation(positive_patients=3, negative_patients=9, note="too few"),
        "edema": ClassOperation(
            positive_patients=30,
            negative_patients=30,
            slope=slope,
            intercept=intercept,
            points={rule: point},
        ),
    }
    settings = EvaluationSettings(threshold_rule=rule)
    write_operation(make_operation({"all": told}, "here", settings), run / OPERATING)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three networks of other seeds, calibrated each in its own way; one sees larger images."""
    folder = tmp_path_factory.mktemp("together")
    made = []
    for seed, size in enumerate(SIZES):
        run = write_tiny_run(folder / f"seed{seed}", seed, images=ImageSettings(size=size))
        operate(run, 0.5 + seed, 0.2 * seed, 0.45 + 0.05 * seed)
        made.append(run)
    return made


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, generator = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(9):
        image = generator.integers(0, 256, (6, 6), dtype=np.uint8)
        Image.fromarray(image).resize((60, 50), Image.Resampling.BICUBIC).save(
            folder / f"{number}.png"
        )
    return folder


def predict(runs: list[Path], images: Path, output: Path, **options: Any) -> pl.DataFrame:
    predict_images(runs, [images], str, str, PredictOptions(output=output, **options))
    return pl.read_parquet(output)


def test_rows_are_the_means_of_what_each_run_says_alone(
    runs: list[Path], images: Path, tmp_path: Path
) -> None:
    alone = [
        predict([run], images, tmp_path / f"{number}.parquet", views=3)
        for number, run in enumerate(runs)
    ]
    together = predict(runs, images, tmp_path / "all.parquet", views=3)
    for name in ("nodule", "edema", "edema_calibrated", "nodule_calibrated"):
        each = np.stack([frame[name].to_numpy() for frame in alone])
        np.testing.assert_allclose(together[name], each.mean(axis=0), rtol=1e-12)
    each = np.stack([frame["edema_calibrated"].to_numpy() for frame in alone])
    np.testing.assert_allclose(together["edema_spread"], each.std(axis=0, ddof=1), rtol=1e-9)
    assert together["nodule_or_mass_calibrated"].null_count() == together.height
    raw = np.stack([frame["nodule_or_mass"].to_numpy() for frame in alone])
    np.testing.assert_allclose(together["nodule_or_mass_spread"], raw.std(axis=0, ddof=1))
    # The mean threshold, each calibrated as its network is.
    cut = [
        1 / (1 + np.exp(-(0.5 + seed) * np.log(at / (1 - at)) - 0.2 * seed))
        for seed, at in enumerate((0.45, 0.5, 0.55))
    ]
    expected = np.where(each.mean(axis=0) >= np.mean(cut), "present", "absent")
    assert together["edema_call"].to_list() == expected.tolist()
    assert together["nodule_call"].null_count() == together.height
    assert "edema_spread" not in alone[0].columns


def test_from_python_and_by_the_command_the_same(
    runs: list[Path], images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(images.glob("*.png"))
    predictor = la.Predictor([str(run) for run in runs], CPU, views=2)
    each = predictor.predict_each(paths)
    assert each.shape == (3, 9, 3)
    np.testing.assert_array_equal(predictor.predict(paths), each.mean(axis=0))
    assert predictor.predict(paths[0]).shape == (3,)
    with pytest.raises(MetricError, match="probabilities of 3 networks"):
        predictor.calibrate(predictor.predict(paths))
    # One network, view by view.
    one, member = la.Predictor(runs[0], CPU, views=2), la.Predictor(runs[0], CPU).members[0]
    stack = np.stack([one.prepare_file(path) for path in paths])
    slow = [
        member.look_at(shift_images(stack, view), list_views(1)).probability
        for view in list_views(2)
    ]
    np.testing.assert_allclose(one.predict(paths), np.mean(slow, axis=0), atol=1e-6)
    out = tmp_path / "a.parquet"
    words = [str(runs[0]), str(runs[1]), "--views", "2", str(runs[2]), str(images)]
    assert main(["predict", *words, "--output", str(out)]) == 0
    frame = pl.read_parquet(out)
    np.testing.assert_allclose(frame["edema_calibrated"], predictor.calibrate(each)[:, 2])
    assert frame["edema_call"].to_list() == [
        "present" if one else "absent" for one in predictor.call(each)[:, 2]
    ]
    # Stopped halfway and called again; other views are another output.
    states = out.with_suffix(".csv")
    asked = PredictOptions(output=states, batch_size=4, views=2)

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_images(runs, [images], str, str, asked, stop)
    predict_images(runs, [images], str, str, asked)
    predict_images(runs, [images], str, str, asked._replace(output=tmp_path / "whole.csv"))
    assert states.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    for other in (runs[:2], runs[::-1]):
        with pytest.raises(SettingsError, match="weights"):
            predict_images(other, [images], str, str, asked)
    with pytest.raises(SettingsError, match=r"views 2 \(now 3\)"):
        predict_images(runs, [images], str, str, asked._replace(views=3))


def test_calibrations_are_given_one_a_run(runs: list[Path], images: Path, tmp_path: Path) -> None:
    files = []
    for number, run in enumerate(runs):
        operate(tmp_path, 0.7, -1.0, 0.5)
        bound = (
            la.Predictor(run, CPU)
            .operations[0]
            .model_copy(update={"weights": hash_weights(run), "sources": {**_read(tmp_path)}})
        )
        files.append(tmp_path / f"{number}.json")
        write_operation(bound, files[-1])
    told = predict(runs, images, tmp_path / "a.parquet", operating=tuple(files))
    own = predict(runs, images, tmp_path / "b.parquet")
    assert (told["edema_calibrated"] - own["edema_calibrated"]).abs().min() > 0.01
    with pytest.raises(RunError, match="another run's"):
        predict(runs, images, tmp_path / "c.parquet", operating=tuple(files[::-1]))
    with pytest.raises(SettingsError, match="once for each of the 3 runs"):
        predict(runs, images, tmp_path / "c.parquet", operating=tuple(files[:1]))


def _read(folder: Path) -> Any:
    from labelassemble.inference.operating_file import read_operation

    return read_operation(folder / OPERATING).sources


def test_the_mean_distance_tells_unlike_images(tmp_path: Path) -> None:
    """Each network by its own threshold: where the mean of the shares of it is above 1."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (32, 32), dtype=np.uint8) for _ in range(60)]
    places, shares = [], []
    for seed in range(2):
        run = write_tiny_run(tmp_path / f"seed{seed}", seed)
        alone = la.Predictor(run, CPU).members[0]
        stack = torch.from_numpy(np.stack(images).astype(np.float32) / 255)[:, None]
        with torch.inference_mode():
            pooled = pool_quarters(alone.network.backbone(stack))
        found = fit_unlike(pooled[:30], pooled[30:], TrainedHeaders())
        assert found is not None
        # A threshold in the middle, so that networks disagree.
        found = found._replace(threshold=float(np.median(found.measure(pooled[30:]))))
        write_unlike(found, hash_weights(run), run / UNLIKE)
        places.append(run)
        shares.append(found.measure(pooled[30:]) / found.threshold)
    told = la.Predictor(places, CPU).find_unlike(images[30:])
    expected = np.mean(shares, axis=0) > 1
    disagree = (shares[0] > 1) != (shares[1] > 1)
    assert disagree.any()
    assert told == ["yes" if one else "no" for one in expected]


def test_what_cannot_be_averaged_is_refused_in_one_error(
    runs: list[Path], images: Path, tmp_path: Path
) -> None:
    changes: dict[str, dict[str, Any]] = {
        "classes": {"classes": ("nodule", "nodule_or_mass", "mass")},
        "vocabulary": {"vocabulary_version": "2"},
        "policies": {"policies": {"uncertain": "positive"}},
        "unknown cells": {"method": "unknown-as-negative"},
    }
    others = [
        write_tiny_run(tmp_path / f"other{number}", 5, **change)
        for number, change in enumerate(changes.values())
    ]
    with pytest.raises(RunError) as caught:
        la.Predictor([runs[0], runs[1], *others, runs[1]], CPU)
    said = caught.value.got
    for number, what in enumerate(changes):
        assert f"other{number}: {what}" in said
    assert "named twice" in said
    assert f"{runs[1]}: a network" in said
    uncalibrated = write_tiny_run(tmp_path / "uncalibrated", 7)
    with pytest.raises(RunError, match="1 of 2 runs that are calibrated"):
        predict([runs[0], uncalibrated], images, tmp_path / "a.parquet")
    operate(uncalibrated, 1.0, 0.0, 0.5, "sensitivity")
    with pytest.raises(RunError, match="calls by youden and by sensitivity"):
        predict([runs[0], uncalibrated], images, tmp_path / "a.parquet")
    assert not (tmp_path / "a.parquet").exists()


def test_run_folders_and_packs_are_runs_and_stand_first(runs: list[Path], images: Path) -> None:
    pack, first = Path("no/model.laz"), images / "0.png"
    assert split_runs([runs[1], pack, images, first]) == ([runs[1], pack], [images, first])
    assert split_runs([first]) == ([], [first])
    with pytest.raises(SettingsError, match="seed9 before the run"):
        split_runs([runs[1], runs[0].parent / "seed9", pack, first])
