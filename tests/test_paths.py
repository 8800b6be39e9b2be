"""Paths are names of files, whatever signs stand in them."""

import ast
from pathlib import Path

import polars as pl
import pytest
from tests.code_files import CODE_FILES

from labelassemble.evaluation.result_table import RESULT_COLUMNS, write_results
from labelassemble.inference.prediction_file import (
    PREDICTION_COLUMNS,
    read_predictions,
    write_predictions,
)
from labelassemble.training.csv_log import LOG_COLUMNS, EpochRow, append_row, read_log

FILES = ("file", "data")
"""What a file that is open, and what bytes are called where Polars reads them."""


def paths_given_to_polars(code: str) -> list[int]:
    """Lines on which Polars may be given a path, which it would take for a pattern."""
    lines = []
    for call in ast.walk(ast.parse(code)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        name = call.func.attr
        if ast.unparse(call.func.value) != "pl" or not name.startswith(("read_", "scan_")):
            continue
        given = ast.unparse(call.args[0]) if call.args else ""
        if "glob=False" in map(ast.unparse, call.keywords):
            continue
        if given not in FILES and not given.startswith(("io.BytesIO(", "io.StringIO(")):
            lines.append(call.lineno)
    return lines


def test_polars_never_reads_a_path() -> None:
    found = {str(path): paths_given_to_polars(path.read_text("utf-8")) for path in CODE_FILES}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_path_given_to_polars_is_found() -> None:
    assert paths_given_to_polars(
        "pl.read_parquet(path)\npl.read_csv(file)\npl.scan_csv('a')\npl.scan_csv(a, glob=False)"
    ) == [
        1,
        3,
    ]


@pytest.fixture(params=["[1]", "*", "?", "{a}", "a b", "ü'\"$(x)"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An odd folder, beside others that its name as a pattern would mean."""
    for name in ("1", "a", "x", request.param):
        (tmp_path / f"out{name}").mkdir(exist_ok=True)
    return tmp_path / f"out{request.param}"


def everywhere(folder: Path) -> list[Path]:
    return [folder, *(one for one in folder.parent.iterdir() if one != folder)]


def test_predictions_are_those_of_the_folder_named(folder: Path) -> None:
    for number, place in enumerate(everywhere(folder)):
        frame = pl.DataFrame([[str(number), "a", 0.5]], PREDICTION_COLUMNS, orient="row")
        write_predictions(frame, place / "predictions.parquet")
    assert read_predictions(folder / "predictions.parquet")["record"].to_list() == ["0"]


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_results_are_those_of_the_folder_named(folder: Path, ending: str) -> None:
    for number, place in enumerate(everywhere(folder)):
        row = {
            name: str(number) if kind == pl.String else number
            for name, kind in RESULT_COLUMNS.items()
        }
        write_results(pl.DataFrame([row], RESULT_COLUMNS), place / f"results{ending}")
    with (folder / f"results{ending}").open("rb") as file:
        read = pl.read_csv(file) if ending == ".csv" else pl.read_parquet(file)
    assert read.height == 1
    assert [str(one) for one in read["class"]] == ["0"]


def test_logs_are_those_of_the_folder_named(folder: Path) -> None:
    for number, place in enumerate(everywhere(folder)):
        append_row(place / "log.csv", EpochRow(number, *[1] * (len(LOG_COLUMNS) - 1)))
    assert read_log(folder / "log.csv")["epoch"].to_list() == [0]
