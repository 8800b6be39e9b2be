"""Files dealt out to parts: the rows of one call, to the byte."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from tests.pipeline.conftest import write_tiny_run

from labelassemble.cli import main

BROKEN = 7
COUNT = 10


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_run(tmp_path_factory.mktemp("run") / "tiny run")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, generator = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(COUNT):
        path = folder / f"{number}, of\n{COUNT}.png"
        if number == BROKEN:
            path.write_bytes(b"no image")
        else:
            Image.fromarray(generator.integers(0, 256, (40, 50), dtype=np.uint8)).save(path)
    return folder


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_parts_give_what_one_call_gives(
    run: Path, images: Path, tmp_path: Path, suffix: str
) -> None:
    words = [str(run), str(images), "--batch-size", "2", "--ranked", "2", "--views", "2"]
    one, parts = tmp_path / f"one.{suffix}", tmp_path / f"parts.{suffix}"
    assert main(["predict", *words, "--output", str(one)]) == 3
    asked = ["submit", "predict", *words, "--output", str(parts), "--local", "--nodes", "2"]
    assert main(asked) == 3
    assert len(list(tmp_path.glob("parts.*.parts/*.list"))) == 2
    if suffix == "csv":
        assert parts.read_bytes() == one.read_bytes()
    else:
        assert pl.read_parquet(parts).equals(pl.read_parquet(one))
    before = [one.stat().st_mtime_ns for one in tmp_path.glob("*.parts/000?.csv")]
    assert main(asked) == 3
    assert before == [one.stat().st_mtime_ns for one in tmp_path.glob("*.parts/000?.csv")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "an output called"),
        (["--output", "a.txt"], "an output called"),
        (["--output", "a.csv", "--ids-key", "key"], "--ids-key"),
        (["--output", "a.csv", "--masks", "masks"], "--masks"),
        (["--output", "there.csv"], "nobody knows"),
    ],
)
def test_what_parts_cannot_do_is_refused(
    run: Path,
    images: Path,
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.csv").write_text("mine")
    assert main(["submit", "predict", str(run), str(images), *options, "--local"]) == 2
    assert said in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["there.csv"]


def test_other_options_are_not_mixed_with_parts_that_are_there(
    run: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["submit", "predict", str(run), str(images), "--output", str(tmp_path / "a.csv")]
    assert main([*words, "--local"]) == 3
    before = (tmp_path / "a.csv").read_bytes()
    assert main([*words, "--local", "--ranked", "1"]) == 2
    assert "one of other ranked 0 (now 1)" in capsys.readouterr().err
    assert (tmp_path / "a.csv").read_bytes() == before
