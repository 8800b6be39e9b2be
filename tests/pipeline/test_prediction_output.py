"""Rows in a file: what a reader sees, and what a killed run finds."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.pipeline.prediction_output import PROBABILITY, FileOutput, StreamOutput

COLUMNS = {"file": "text", "mass": PROBABILITY, "size_mm3": "number", "error": "text"}
MADE: dict[str, Any] = {"run": "r", "list": "0" * 64}
ROWS: list[dict[str, Any]] = [
    {"file": 'a, "b"\nc.png', "mass": 0.123456789, "size_mm3": 1234.56789},
    {"file": "ü.png", "error": "an empty file (0 bytes)"},
    {"file": "d.png", "mass": 0.9999999876543, "size_mm3": None},
]


def write(path: Path, *parts: list[dict[str, Any]], finish: bool = True) -> FileOutput:
    output = FileOutput(path, COLUMNS, MADE)
    left = [row for part in parts for row in part][output.done :]
    for row in left:
        output.write([row], 1, "error" in row)
    if finish:
        output.finish()
    return output


def test_each_form_says_the_same(tmp_path: Path) -> None:
    for form in ("csv", "jsonl", "parquet"):
        output = write(tmp_path / f"a.{form}", ROWS)
        assert (output.done, output.refused) == (3, 1)
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [row["file"] for row in ROWS]
    assert [row["mass"] for row in rows] == ["0.1235", "", "0.99999998765"]
    assert rows[1]["error"] == "an empty file (0 bytes)"
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert told[0] == {"file": ROWS[0]["file"], "mass": 0.1235, "size_mm3": 1234.57, "error": None}
    frame = pl.read_parquet(tmp_path / "a.parquet")
    assert frame.columns == list(COLUMNS)
    assert frame["mass"].to_list() == [0.123456789, None, 0.9999999876543]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        f"a.{form}{end}" for form in ("csv", "jsonl", "parquet") for end in ("", ".run.json")
    )
    said: list[str] = []
    stream = StreamOutput(COLUMNS, said.append)
    stream.write(ROWS, 3, 1)
    assert "\n".join(said) + "\n" == (tmp_path / "a.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("torn", [b"", b'{"file": "half', b"half,0.1\nmore"])
def test_a_killed_run_goes_on_to_the_same_bytes(form: str, torn: bytes, tmp_path: Path) -> None:
    path, whole = tmp_path / f"a.{form}", tmp_path / f"whole.{form}"
    write(whole, ROWS)
    output = write(path, ROWS[:2], finish=False)
    with output.growing.open("ab") as file:
        file.write(torn)
    assert write(path, ROWS).done == 3
    assert path.read_bytes() == whole.read_bytes()
    # Once more: nothing is left to do.
    assert write(path, ROWS).refused == 1
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("other", "one of other run r (now q)"),
        ("foreign", "nobody knows how it was made"),
        ("cut", "lost rows"),
    ],
)
def test_a_file_of_something_else_stays(change: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    if change == "foreign":
        path.write_text("mine\n")
    else:
        write(path, ROWS, finish=change != "cut")
        if change == "cut":
            path.write_text("file\n")
    before = path.read_bytes()
    with pytest.raises(SettingsError) as caught:
        FileOutput(path, COLUMNS, {**MADE, "run": "q"} if change == "other" else MADE)
    assert said in caught.value.got
    assert path.read_bytes() == before


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\*\.csv, \*\.jsonl, \*\.parquet"):
        FileOutput(tmp_path / "a.txt", COLUMNS, MADE)
    with pytest.raises(SettingsError, match="a folder that can be written"):
        FileOutput(tmp_path / "none" / "a.csv", COLUMNS, MADE)
    assert list(tmp_path.iterdir()) == []


def test_no_rows(tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        write(tmp_path / f"a.{form}")
    assert pl.read_csv(tmp_path / "a.csv").columns == list(COLUMNS)
    assert pl.read_parquet(tmp_path / "a.parquet").schema["mass"] == pl.Float64
