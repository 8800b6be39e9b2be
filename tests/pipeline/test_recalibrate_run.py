"""The command for a new hospital: list in, calibration out, errors before and after."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.cli import main
from labelassemble.inference.operating_file import read_operation, write_operation

CLASSES = ("nodule", "nodule_or_mass", "edema")


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 images of 60 patients: edema is told for each, a nodule for few."""
    folder, generator = tmp_path_factory.mktemp("hospital"), np.random.default_rng(0)
    for number in range(60):
        pixels = generator.integers(0, 256, (32, 32), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    (folder / "59.png").write_bytes(b"no image")
    pl.DataFrame(
        {
            "file": [f"{number:02}.png" for number in range(60)],
            "patient": [f"p{number}" for number in range(60)],
            "age": [50] * 60,
            "edema": [str(number % 2) for number in range(60)],
            "nodule": ["1", "0", *["-1"] * 58],
        }
    ).write_csv(folder / "mine.csv")
    return folder


def test_recalibrated_and_predicted_with_it(
    tiny_run: Path, hospital: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "mine.json"
    words = ["recalibrate", str(tiny_run), str(hospital / "mine.csv"), "--output", str(made)]
    assert main([*words, "--replicates", "30", "--threshold-rule", "sensitivity"]) == 0
    said = capsys.readouterr()
    assert "1 image cannot be read" in said.err
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == list(CLASSES)
    assert lines[1].split(maxsplit=3)[3] == "too few (1 positive patient and 1 negative patient)"
    assert lines[3].split()[1:3] == ["29", "30"]
    assert lines[3].count("->") == 2
    operation = read_operation(made)
    assert (operation.rule, operation.chosen_on) == ("sensitivity", "mine.csv")
    point = operation.sources["all"]["edema"].points["sensitivity"]
    assert point.sensitivity.score is not None
    assert point.sensitivity.score >= 0.9
    out = tmp_path / "a.csv"
    image = str(hospital / "00.png")
    assert (
        main(["predict", str(tiny_run), image, "--operating", str(made), "--output", str(out)]) == 0
    )
    row = pl.read_csv(out).row(0, named=True)
    assert row["edema_calibrated"] == pytest.approx(0.5, abs=0.2)
    assert row["edema_call"] in ("present", "absent")
    assert row["nodule_call"] is None
    assert main(words) == 2
    assert "no file yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"edemma": "1"}, "no class 'edemma'; nearest: edema"),
        ({"age": "50"}, "a column for a class of the run"),
        ({"edema": "yes"}, "Got      'yes'"),
        ({"edema": "1"}, "of edema, which has most: no known negative"),
        ({"edema": "1|0"}, "edema both 1 and 0 for"),
        ({"file": "..\\00.png", "edema": "1"}, "No such file or directory"),
    ],
)
def test_a_list_that_does_not_fit_is_told_and_nothing_is_written(
    columns: dict[str, str],
    said: str,
    tiny_run: Path,
    hospital: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = hospital / "wrong.csv"
    rows = {name: cell.split("|") for name, cell in columns.items()}
    pl.DataFrame({"file": "00.png", **rows}).write_csv(place)
    made = tmp_path / "mine.json"
    assert main(["recalibrate", str(tiny_run), str(place), "--output", str(made)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert not made.exists()


def test_an_image_named_twice_counts_once_and_blank_patients_are_not_one(
    tiny_run: Path, hospital: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pl.read_csv(hospital / "mine.csv", infer_schema=False).drop("age", "nodule")
    twice = pl.concat([rows, rows])
    for name, changed in {
        "twice": twice.drop("patient"),
        "blank": rows.with_columns(patient=pl.lit(" ")),
    }.items():
        place = hospital / f"{name}.csv"
        changed.write_csv(place)
        words = ["recalibrate", str(tiny_run), str(place), "--output", str(tmp_path / name)]
        assert main([*words, "--replicates", "0"]) == 0
        line = next(one for one in capsys.readouterr().out.splitlines() if one.startswith("edema"))
        assert line.split()[1:3] == ["29", "30"], name
        assert "nan" not in line


def test_what_another_run_was_calibrated_with_is_refused(
    tiny_run: Path, hospital: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "mine.json"
    words = [str(tiny_run), str(hospital / "mine.csv"), "--output", str(made)]
    assert main(["recalibrate", *words, "--replicates", "0"]) == 0
    # As the file of a run is, which says by where it lies whose it is.
    own = tmp_path / "operating.json"
    write_operation(read_operation(made).model_copy(update={"weights": None}), own)
    words = ["predict", str(tiny_run), str(hospital / "00.png"), "--operating"]
    assert main([*words, str(own)]) == 2
    assert "does not say of which network" in capsys.readouterr().err
    copy = tmp_path / "run"
    shutil.copytree(tiny_run, copy)
    shutil.copy(own, copy / "operating.json")
    assert main([*words, str(copy / "operating.json")]) == 0
    with (copy / "checkpoints" / "best.ckpt").open("ab") as file:
        file.write(b"another")
    assert main([*words, str(copy / "operating.json")]) == 2
