"""The commands on a recipe, as a user types them."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.cli import dispatch, main

WORDS = [
    "--images.size",
    "32",
    "--training.epochs",
    "1",
    "--training.batch-size",
    "16",
    "--evaluation.replicates",
    "50",
    "--assembly.validation-fraction",
    "0.3",
    "--assembly.allow-unscored-classes",
]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("assemble", "patients from 4 sources"),
        ("train", ""),
        ("evaluate", "difference"),
        ("report", "report.html"),
        ("run", "4/4 Report"),
    ],
)
def test_every_command_works_on_a_finished_recipe(
    command: str, said: str, finished: Any, hospitals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(hospitals), *WORDS]) == 0
    assert said in capsys.readouterr().out


def test_predict_predictions_as_csv(
    finished: Any, hospitals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = finished.recipe.output / "runs" / "masked-seed0"
    images = sorted((hospitals.parent / "reference" / "images").glob("*.png"))[:3]
    assert main(["predict", str(run), *map(str, images)]) == 0
    said = capsys.readouterr()
    rows = list(csv.DictReader(said.out.splitlines()))
    classes = finished.recipe.classes
    calibrated, calls = ([f"{name}_{kind}" for name in classes] for kind in ("calibrated", "call"))
    assert list(rows[0]) == ["file", *classes, *calibrated, *calls, "error", "unlike"]
    # Of 24 patients a hospital hardly any are left to calibrate on.
    assert f"{classes[0]} is not called: too few" in said.err
    # The same predictions as in the run's own predictions of those images.
    saved = pl.read_parquet(run / "predictions.parquet")
    for path, row in zip(images, rows, strict=True):
        own = saved.filter(record=f"reference/{path.name}")
        for name in classes:
            expected = own.filter(pl.col("class") == name)["probability"].item()
            assert float(row[name]) == pytest.approx(expected, abs=1e-4)


def test_what_predict_cannot_read_is_a_row_with_its_reason(
    finished: Any, hospitals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = finished.recipe.output / "runs" / "masked-seed0"
    images = sorted((hospitals.parent / "reference" / "images").glob("*.png"))[:2]
    (tmp_path / "deep").mkdir()
    for path, name in zip(images, ("a.png", "deep/z.png"), strict=True):
        (tmp_path / name).write_bytes(path.read_bytes())
    (tmp_path / "bad.png").write_bytes(b"no image")
    (tmp_path / "notes.txt").write_text("none of our business")
    assert main(["predict", str(run), str(tmp_path), str(tmp_path / "gone.png")]) == 3
    said = capsys.readouterr()
    rows = list(csv.DictReader(said.out.splitlines()))
    names = ("a.png", "bad.png", "deep/z.png", "gone.png")
    assert [row["file"] for row in rows] == [str(tmp_path / name) for name in names]
    reasons = [row["error"] for row in rows]
    assert "no image of a known kind" in reasons[1]
    assert "No such file" in reasons[3]
    assert reasons[0] == reasons[2] == ""
    assert {row[name] for row in (rows[1], rows[3]) for name in finished.recipe.classes} == {""}
    assert "2 of 4 images cannot be read" in said.err
    assert main(["predict", str(run), str(tmp_path / "a.png")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == said.out.splitlines()[1]
    (tmp_path / "empty").mkdir()
    assert main(["predict", str(run), str(tmp_path / "empty")]) == 2
    assert "no image files in that folder" in capsys.readouterr().err
    assert main(["predict", str(run), str(tmp_path), "--strict"]) == 2
    said = capsys.readouterr()
    assert [line.split(",")[0] for line in said.out.splitlines()] == [
        "file",
        str(tmp_path / "a.png"),
    ]
    assert str(tmp_path / "bad.png") in said.err


def test_predicting_for_whole_images_does_not_pay_for_detection(
    finished: Any, hospitals: Path
) -> None:
    run = finished.recipe.output / "runs" / "masked-seed0"
    image = next((hospitals.parent / "reference" / "images").glob("*.png"))
    code = (
        "import sys\n"
        "from labelassemble.cli import main\n"
        "main(sys.argv[1:])\n"
        "unwanted = ('labelassemble.detection', 'labelassemble.training', 'lightning', 'monai')\n"
        "sys.exit(str([one for one in unwanted if one in sys.modules]) if any(\n"
        "    one in sys.modules for one in unwanted) else 0)"
    )
    words = [sys.executable, "-c", code, "predict", str(run), str(image)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_masks_are_for_runs_that_find_lesions(
    finished: Any, hospitals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = finished.recipe.output / "runs" / "masked-seed0"
    image = next((hospitals.parent / "reference" / "images").glob("*.png"))
    assert main(["predict", str(run), str(image), "--masks", str(tmp_path)]) == 2
    assert "a run that finds lesions" in capsys.readouterr().err


def test_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from labelassemble.pipeline import demo

    called: list[tuple[Path, int]] = []

    def run(output: Path, seed: int, say: Any) -> None:
        called.append((output, seed))
        say("done")

    monkeypatch.setattr(demo, "run_demo", run)
    assert main(["demo", "--output", str(tmp_path), "--seed", "4"]) == 0
    assert called == [(tmp_path, 4)]
    assert dispatch.COMMANDS["demo"].__name__ == "Demo"
