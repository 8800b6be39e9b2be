from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pytest

from labelassemble.pipeline import demo
from labelassemble.pipeline.demo import read_lesion_mask, run_demo
from labelassemble.settings import Recipe
from labelassemble_phantoms.finding_model import FINDINGS


def test_masks_of_the_reference_agree_with_its_table(hospitals: Path) -> None:
    folder = hospitals.parent
    table = pl.read_csv(folder / "reference" / "labels.csv")
    checked = 0
    for row in table.iter_rows(named=True):
        for name in FINDINGS:
            mask = read_lesion_mask(folder, f"reference/{row['image']}", name)
            assert mask is not None
            assert mask.dtype == np.bool_
            assert mask.any() == (row[name.capitalize()] == 1)
            checked += 1
    assert checked == 40 * len(FINDINGS)


def test_other_sources_have_no_masks(hospitals: Path) -> None:
    assert read_lesion_mask(hospitals.parent, "north/N00000_000.png", "mass") is None
    assert read_lesion_mask(hospitals.parent, "reference/R00000_000.png", "hernia") is None


def test_the_demo_simulates_once_and_runs_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated: list[Path] = []
    plain = demo.simulate

    def simulate(region: Literal["chest"], folder: Path, *_: int, **__: object) -> Path:
        simulated.append(folder)
        return plain(region, folder, 2, 2, size=64, workers=1)

    ran: list[Recipe] = []

    def run(recipe: Recipe, say: object, outline: object) -> Path:
        ran.append(recipe)
        assert callable(outline)
        outline("north/x.png", "mass")
        return recipe.output / "report.html"

    monkeypatch.setattr(demo, "simulate", simulate)
    monkeypatch.setattr(demo, "run_recipe", run)
    said: list[str] = []
    for _ in range(2):
        report = run_demo(tmp_path, 3, said.append)
    assert report.name == "report.html"
    assert simulated == [tmp_path / "hospitals-seed3"]
    assert len(ran) == 2
    assert "minutes" in said[-1]
