import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def assembled(run: Run, own_data: Path) -> Path:
    said = run("assemble", own_data / "recipe.toml")
    assert said.status == 0
    assert "30 images of 15 patients" in said.out
    return own_data / "results"


def test_an_audit_of_its_own_split_finds_nothing(run: Run, assembled: Path) -> None:
    said = run("audit", assembled)
    assert said.status == 0
    assert (assembled / "audit.html").stat().st_size > 10_000
    assert "leak" in said.out.lower()


def test_an_audit_of_another_split_finds_its_leak(
    run: Run, assembled: Path, tmp_path: Path
) -> None:
    (tmp_path / "theirs.csv").write_text("image,split\n000.png,train\n001.png,test\n")
    said = run("audit", assembled, "--split", tmp_path / "theirs.csv")
    assert said.status == 2
    assert "000.png" in said.out
    assert "001.png" in said.out
    (tmp_path / "theirs.csv").write_text("image,split\n999.png,train\n")
    assert "999.png" in run("audit", assembled, "--split", tmp_path / "theirs.csv").error


def test_an_export_is_written_and_refused_where_something_else_lies(
    run: Run, assembled: Path, tmp_path: Path
) -> None:
    said = run("export", assembled / "assembled", "monai", tmp_path / "list.json")
    assert said.status == 0
    content = json.loads((tmp_path / "list.json").read_text())
    assert set(content) >= {"training", "validation", "test"}
    (tmp_path / "mine.csv").write_text("mine")
    refused = run("export", assembled / "assembled", "csv", tmp_path / "mine.csv")
    assert refused.status == 2
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert "no form 'cvs'" in run("export", assembled / "assembled", "cvs", tmp_path / "x").error
