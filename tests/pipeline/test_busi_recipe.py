"""Breast ultrasound in two halves, on the real images."""

import os
from pathlib import Path

import polars as pl
import pytest

from labelassemble.experiments.lesion_detection import plan_lesion_detection
from labelassemble.experiments.table_changes import count_labels
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.recipe import read_recipe

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", ROOT.parent / "shared" / "data"))

FRAMES = ((61, 94, 108, 114), (116, 119, 122))
"""Benign images that the transducer took of one lesion as it moved on, seen by eye."""


@pytest.mark.skipif(not (REAL / "busi").is_dir(), reason=f"no real samples at {REAL}")
def test_each_half_keeps_one_lesion(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELASSEMBLE_REAL_DATA", str(REAL.resolve()))
    recipe = read_recipe(ROOT / "recipes" / "study_busi.toml")
    recipe = recipe.model_copy(update={"output": tmp_path / "busi"})
    assemble_sources(recipe)
    table, _ = open_assembled(recipe)
    # 780 images, two of which are one.
    assert table.records.height == 779
    for frames in FRAMES:
        names = [f"busi/images/benign ({number}).jpg" for number in frames]
        groups = table.records.filter(pl.col("record").is_in(names))["group"]
        assert len(groups) == len(frames)
        assert groups.n_unique() == 1
    train = table.records.filter(split="train").height
    assert train == pytest.approx(434, abs=10)
    plan = plan_lesion_detection(recipe, table, (0,))
    full, masked, alone = (
        count_labels(plan.arm(name).tables[0]) for name in ("full", "masked", "alone")
    )
    assert full.records == masked.records == train
    # An image that is said to be both benign and malignant stays unknown.
    assert full.unknown <= 2
    assert abs(masked.unknown - train) < 20
    assert alone.unknown == 0
    assert alone.records == pytest.approx(train / 2, abs=15)
