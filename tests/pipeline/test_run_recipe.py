"""The whole way, from label tables to a page."""

from typing import Any

import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.settings import Recipe


def test_every_step_leaves_its_outputs(finished: Any) -> None:
    output = finished.recipe.output
    assert finished.report == output / "report.html"
    page = finished.report.read_text(encoding="utf-8")
    assert "Three simulated hospitals" in page
    assert "Pneumothorax" in page
    for name in ("assembled/settings.json", "assembled/sums.json", "store", "runs", "results"):
        assert (output / name).exists()
    runs = sorted(one.name for one in (output / "runs").iterdir() if one.is_dir())
    assert runs == [
        "masked-seed0",
        "single-east-seed0",
        "single-north-seed0",
        "single-west-seed0",
    ]
    scores = pl.read_parquet(output / "results" / "scores.parquet")
    assert set(scores["method"]) == {"single", "masked"}
    assert scores.filter(source="all", method="masked")["class"].to_list()[-1] == "mean"


def test_it_says_what_it_does(finished: Any) -> None:
    for words in ("1/4 Assemble 4 sources", "patients from 4 sources", "difference", "Report: "):
        assert words in finished.said


def test_a_second_run_repeats_nothing(finished: Any) -> None:
    best = finished.recipe.output / "runs" / "masked-seed0" / "checkpoints" / "best.ckpt"
    before, page = best.stat().st_mtime_ns, finished.report.read_bytes()
    run_recipe(finished.recipe, lambda words: None)
    assert best.stat().st_mtime_ns == before
    assert finished.report.read_bytes() == page


def test_several_devices_go_step_by_step(recipe: Recipe) -> None:
    training = recipe.training.model_copy(update={"devices": 2})
    with pytest.raises(SettingsError, match="torchrun"):
        run_recipe(recipe.model_copy(update={"training": training}), lambda words: None)
