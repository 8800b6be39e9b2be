"""Many images through one network that was never trained."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image

from labelassemble.errors import BusyError, ImageError, RunError, SettingsError
from labelassemble.evaluation.fit_operation import make_operation
from labelassemble.inference.operating_file import (
    OPERATING,
    ClassOperation,
    ClassPoint,
    ShareInterval,
    hash_weights,
    read_operation,
    write_operation,
)
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.predict_images import predict_images
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.settings import EvaluationSettings
from labelassemble.storage.hold_folder import hold_output

CLASSES = ("nodule", "nodule_or_mass", "edema")
BROKEN = (3, 4, 10)


@pytest.fixture
def run(tiny_run: Path) -> Path:
    return tiny_run


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, generator = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(12):
        path = folder / f"{number:02}.png"
        if number in BROKEN:
            path.write_bytes(b"no image")
        else:
            Image.fromarray(generator.integers(0, 256, (40, 50), dtype=np.uint8)).save(path)
    return folder


def predict(run: Path, *images: Path, **options: object) -> tuple[int, list[str]]:
    lines: list[str] = []
    refused = predict_images(run, images, lines.append, str, PredictOptions(**options))  # type: ignore[arg-type]
    return refused, lines


def test_batches_threads_and_files_give_what_single_images_give(run: Path, images: Path) -> None:
    refused, lines = predict(run, images, batch_size=5, workers=3)
    assert refused == len(BROKEN)
    predictor = Predictor(run, torch.device("cpu"))
    assert lines[0] == ",".join(["file", *CLASSES, "error", "unlike"])
    for number, line in enumerate(lines[1:]):
        name, *cells, rest = line.split(",", 4)
        error, unlike = rest.rsplit(",", 1)
        assert unlike == "", "a run that does not tell"
        assert name == str(images / f"{number:02}.png")
        if number in BROKEN:
            assert cells == ["", "", ""]
            assert "no image of a known kind" in error
        else:
            alone = predictor.predict(images / f"{number:02}.png")
            np.testing.assert_allclose(np.array(cells, dtype=float), alone, rtol=1e-3)
            assert float(cells[1]) >= float(cells[0]), "a nodule is a nodule or mass"
            assert error == ""


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_stopped_after_a_batch_it_goes_on_to_the_same_bytes(
    form: str, run: Path, images: Path, tmp_path: Path
) -> None:
    whole, stopped = tmp_path / f"whole.{form}", tmp_path / f"stopped.{form}"
    assert predict(run, images, output=whole, batch_size=4, ranked=2) == (3, [])
    options = PredictOptions(output=stopped, batch_size=4, ranked=2)

    def stop(done: int, total: int) -> None:
        assert total == 12
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_images(run, [images], str, str, options, stop)
    seen: list[int] = []
    predict_images(run, [images], str, str, options, lambda done, total: seen.append(done))
    assert seen == [8, 12]
    assert stopped.read_bytes() == whole.read_bytes()
    if form == "csv":
        first = pl.read_csv(whole)["findings"][0]
        assert [part.split()[0] in CLASSES for part in first.split("; ")] == [True, True]


def test_another_list_or_batch_size_is_another_output(
    run: Path, images: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    predict(run, images / "00.png", output=path)
    before = path.read_bytes()
    for given, options, said in (
        (images / "01.png", {}, "list"),
        (images / "00.png", {"ranked": 1}, "ranked"),
        (images, {}, "images 1 (now 12)"),
    ):
        with pytest.raises(SettingsError) as caught:
            predict(run, given, output=path, **options)
        assert said in caught.value.got
        assert path.read_bytes() == before


def test_strict_keeps_what_came_before(run: Path, images: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(ImageError, match=r"03\.png"):
        predict(run, images, output=path, strict=True)
    rows = pl.read_csv(path)
    assert rows["file"].to_list() == [str(images / f"0{number}.png") for number in range(3)]
    # Without --strict the same file goes on.
    assert predict(run, images, output=path)[0] == 3
    assert pl.read_csv(path).height == 12


def test_memory_does_not_grow_with_the_list(
    run: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[int] = []
    done = 0
    prepare = Predictor._read

    def count(self: Predictor, path: Path) -> Any:
        waiting.append(1)
        assert len(waiting) - done <= 3 * 4 + 2
        return prepare(self, path)

    def tell(now: int, total: int) -> None:
        nonlocal done
        done = now

    monkeypatch.setattr(Predictor, "_read", count)
    options = PredictOptions(batch_size=4, workers=2)
    predict_images(run, [images / "00.png"] * 200, str, str, options, tell)
    assert len(waiting) == 200


def test_predicting_for_images_starts_without_what_only_tables_and_dicom_need() -> None:
    code = (
        "import sys, labelassemble.pipeline.predict_images as images\n"
        "from labelassemble.pipeline.progress import show_progress\n"
        "with show_progress(images.__name__): print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert "torch" in roots
    unwanted = {"polars", "scipy", "pydicom", "matplotlib", "lightning", "monai", "rich"}
    assert not roots & unwanted


def operate(run: Path, tmp_path: Path, *classes: str) -> Path:
    """A copy of the run with calibration and a threshold for these classes, and none for others."""
    copy = tmp_path / "operated"
    shutil.copytree(run, copy)
    nothing = ClassOperation(positive_patients=3, negative_patients=90, note="too few (3 positive)")
    nowhere = ShareInterval(score=None)
    told: dict[str, ClassOperation] = dict.fromkeys(CLASSES, nothing)
    for place, name in enumerate(classes):
        point = ClassPoint(
            threshold=place / 10,
            threshold_low=None,
            threshold_high=None,
            sensitivity=nowhere,
            specificity=nowhere,
        )
        told[name] = ClassOperation(
            positive_patients=30,
            negative_patients=30,
            slope=0.5,
            intercept=1.0 - 3 * place,
            points={"youden": point},
        )
    settings = EvaluationSettings()
    write_operation(make_operation({"all": told}, "here", settings), copy / OPERATING)
    return copy


def test_calibrated_probabilities_and_calls_are_coherent_and_few_patients_have_none(
    run: Path, images: Path, tmp_path: Path
) -> None:
    # By themselves a nodule would be likelier than a nodule or mass, and be called alone.
    copy, out = operate(run, tmp_path, "nodule", "nodule_or_mass"), tmp_path / "a.parquet"
    said: list[str] = []
    options = PredictOptions(output=out, ranked=1)
    assert predict_images(copy, [images], str, said.append, options) == 3
    assert "edema is not called: too few (3 positive)" in said
    frame = pl.read_parquet(out)
    assert frame.columns == [
        "file",
        *CLASSES,
        *(f"{name}_calibrated" for name in CLASSES),
        *(f"{name}_call" for name in CLASSES),
        "findings",
        "error",
        "unlike",
    ]
    read = frame.filter(pl.col("error").is_null())
    predictor = Predictor(copy, torch.device("cpu"))
    probability = read.select(CLASSES).to_numpy()
    calibrated = predictor.calibrate(probability)
    assert read["nodule_calibrated"].to_list() == pytest.approx(calibrated[:, 0].tolist())
    logit = np.log(probability[:, 0] / (1 - probability[:, 0]))
    np.testing.assert_allclose(calibrated[:, 0], 1 / (1 + np.exp(-logit / 2 - 1)))
    assert (read["nodule_or_mass_calibrated"] >= read["nodule_calibrated"]).all()
    assert set(read["nodule_call"]) == set(read["nodule_or_mass_call"]) == {"present"}
    assert read["edema_calibrated"].null_count() == read["edema_call"].null_count() == read.height
    with pytest.raises(SettingsError, match="no source 'north'"):
        predict(copy, images, source="north")


def test_what_is_said_of_another_calibration_is_another_output(
    run: Path, images: Path, tmp_path: Path
) -> None:
    copy, out = operate(run, tmp_path, "edema"), tmp_path / "a.csv"
    predict(copy, images / "00.png", output=out)
    with pytest.raises(SettingsError) as caught:
        predict(run, images / "00.png", output=out)
    assert "operating" in caught.value.got
    other = Path(shutil.copy(copy / OPERATING, tmp_path / "other.json"))
    assert predict(copy, images / "00.png", output=out, operating=(other,))[0] == 0
    (copy / OPERATING).unlink()
    with pytest.raises(RunError, match="does not say of which network"):
        predict(copy, images / "00.png", operating=(other,))
    with pytest.raises(RunError, match=r"no\.json"):
        predict(copy, images / "00.png", operating=(tmp_path / "no.json",))
    with pytest.raises(RunError, match=r"a run with operating\.json"):
        Predictor(copy, torch.device("cpu")).call(np.full((1, 3), 0.5))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": "0" * 64}, "another run's"),
        ({"sources": {"all": {"gout": ClassOperation(positive_patients=9, negative_patients=9)}}},
         "classes gout"),
    ],
)  # fmt: skip
def test_a_calibration_of_another_run_is_refused(
    change: dict[str, object], said: str, run: Path, images: Path, tmp_path: Path
) -> None:
    copy, other = operate(run, tmp_path, "edema"), tmp_path / "other.json"
    operation = read_operation(copy / OPERATING)
    write_operation(operation.model_copy(update=change), other)
    with pytest.raises(RunError) as caught:
        predict(run, images / "00.png", operating=(other,))
    assert said in caught.value.got
    write_operation(operation.model_copy(update={"weights": hash_weights(run)}), other)
    assert predict(run, images / "00.png", operating=(other,))[0] == 0


def test_a_file_that_another_command_writes_is_refused(
    run: Path, images: Path, tmp_path: Path
) -> None:
    table = tmp_path / "mine.csv"
    busy = pytest.raises(BusyError, match="one prediction at a time")
    with hold_output(table, work="prediction"), busy:
        predict_images(run, [images], print, print, PredictOptions(output=table))
    assert [*tmp_path.iterdir()] == []
