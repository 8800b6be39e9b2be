"""From a run to a reader's list, and from the list back into the table."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.assembly.table_folder import read_assembled
from labelassemble.cli import main
from labelassemble.errors import RunError, SettingsError
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.audit_assembled import audit_assembled
from labelassemble.pipeline.review_run import Reviewed, review_run
from labelassemble.pipeline.write_description import write_description


@pytest.fixture(scope="module")
def run(finished: Any) -> Path:
    return finished.recipe.output / "runs" / "masked-seed0"


@pytest.fixture(scope="module")
def reviewed(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    output = tmp_path_factory.mktemp("review") / "list"
    return review_run(run, output, folds=2, share=0.1, shown=5)


def test_every_label_is_judged_by_a_network_that_did_not_see_its_patient(
    finished: Any, run: Path, reviewed: Reviewed
) -> None:
    table = read_assembled(finished.recipe.output / "assembled")
    records = table.records.filter(pl.col("split").is_in(["train", "validate"]))
    folds = [
        set(read_predictions(run / "review" / f"fold{n}-of-2" / "predictions.parquet")["record"])
        for n in (0, 1)
    ]
    assert folds[0] | folds[1] == set(records["record"])
    persons = [set(records.filter(pl.col("record").is_in(list(f)))["patient"]) for f in folds]
    assert not persons[0] & persons[1]
    labels = reviewed.ranked.labels
    sure = table.cells.filter(
        pl.col("state").cast(pl.String).is_in(["positive", "negative"])
        & pl.col("record").is_in(records["record"].implode())
    )
    assert labels.height == sure.height
    assert labels.join(sure, on=["record", "class"], how="semi").height == labels.height
    assert reviewed.lines == round(0.1 * labels.height)
    page = reviewed.page.read_text()
    assert page.count("data:image/") == 5
    assert "https://" not in page


def test_quick_judges_the_same_labels_and_trains_nothing(
    run: Path, reviewed: Reviewed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(run.rglob("*"))
    words = ["review", str(run), "--quick", "--folds", "2", "--share", "0.1"]
    assert main([*words, "--shown", "2", "--output", str(tmp_path)]) == 0
    assert sorted(run.rglob("*")) == before
    assert "labels of" in capsys.readouterr().out
    rows, full = (pl.read_csv(one) for one in (tmp_path / "review.csv", reviewed.listed))
    assert (rows.columns, rows.height) == (full.columns, full.height)
    page = (tmp_path / "review.html").read_text()
    assert "without <code>--quick</code>" in page
    assert "without <code>--quick</code>" not in reviewed.page.read_text()


def test_the_answers_come_back_as_corrections(
    finished: Any, reviewed: Reviewed, tmp_path: Path
) -> None:
    with reviewed.listed.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == reviewed.lines
    assert all(row["answer"] == "" for row in rows)
    other = {"present": "absent", "absent": "present"}
    for row, answer in zip(rows, (other[rows[0]["given"]], rows[1]["given"]), strict=False):
        row["answer"], row["reader"] = answer, "Dr. A"
    with (tmp_path / "mine.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    settings = {"corrections": (tmp_path / "mine.csv",)}
    recipe = finished.recipe.model_copy(
        update={
            "output": tmp_path / "again",
            "assembly": finished.recipe.assembly.model_copy(update=settings),
        }
    )
    table = assemble_sources(recipe)
    said = f"Corrections, mine.csv: 2 of {len(rows)} lines answered (Dr. A); 1 confirmed, 1 "
    assert said in write_description(table)
    before = read_assembled(finished.recipe.output / "assembled")
    changed = before.cells.join(table.cells, on=["record", "class"]).filter(
        pl.col("label") != pl.col("label_right")
    )
    names = [(f"{row['source']}/{row['image']}", row["class"]) for row in rows[:2]]
    assert changed.select("record", "class").rows() == names[:1]
    own = table.cells.filter(pl.col("evidence").cast(pl.String) == "review")
    assert set(own.select("record", "class").rows()) == set(names)
    page = audit_assembled(recipe.output).page.read_text()
    assert "mine.csv" in page
    assert "Dr. A" in page


def test_what_cannot_be_reviewed_is_refused(
    finished: Any,
    run: Path,
    reviewed: Reviewed,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = reviewed.listed.read_bytes()
    with pytest.raises(SettingsError, match="a reader may have filled in"):
        review_run(run, reviewed.listed.parent, folds=2)
    assert reviewed.listed.read_bytes() == before
    # A page alone is of a review that was stopped before its list.
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    shutil.copy(reviewed.page, stopped)
    assert review_run(run, stopped, folds=2, share=0.1, shown=5).listed.read_bytes() == before
    with pytest.raises(RunError, match="no such folder"):
        review_run(tmp_path / "nothing")
    shutil.copytree(run, tmp_path / "frozen", ignore=shutil.ignore_patterns("review"))
    settings = json.loads((run / "settings.json").read_text())
    settings["recipe"]["training"]["start_from"] = str(run)
    settings["recipe"]["training"]["fine_tune"]["frozen_stages"] = "all"
    (tmp_path / "frozen" / "sums.json").unlink()
    (tmp_path / "frozen" / "settings.json").write_text(json.dumps(settings))
    with pytest.raises(RunError, match="kept parts of"):
        review_run(tmp_path / "frozen")
    with pytest.raises(RunError, match="as many as there are groups"):
        review_run(run, tmp_path / "out", folds=10_000)
    # Finished folds are kept: this takes a second.
    assert main(["review", str(run), "--output", str(tmp_path / "out"), "--folds", "2"]) == 0
    told = capsys.readouterr().out
    assert "believed other" in told
    assert f"List: {tmp_path / 'out' / 'review.csv'}" in told
