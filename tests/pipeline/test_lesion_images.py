"""Lesions of images, from a folder of masks to the report: bright and dark squares on grey."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.recipe import read_recipe

ROOT = Path(__file__).parents[2]
RECIPE = f"""
name = "Squares"
output = "out"
vocabulary = "{ROOT}/recipes/busi/vocabulary.toml"
classes = ["malignant_lesion", "benign_lesion"]
methods = ["masked", "label-assemble"]
[[sources]]
name = "squares"
manifest = "{ROOT}/recipes/busi/manifest.toml"
folder = "squares"
[assembly]
test_fraction = 0.4
validation_fraction = 0.2
similar_images = "ignore"
allow_unscored_classes = true
[images]
size = 32
[losses]
dice_weight = 0.5
[training]
epochs = 1
accelerator = "cpu"
[detection]
task = "detection"
dimensions = 2
width = 4
levels = 2
patches_per_epoch = 16
batch_size = 4
exclusive = ["malignant_lesion", "benign_lesion"]
chosen_by = "last"
[detection.patches]
size = [32, 32]
[detection.augment]
flip = [0.0, 0.5]
rotation_degrees = [10.0]
[evaluation]
replicates = 20
[report]
heat_maps = 2
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Twenty-four images: benign squares are bright, malignant ones dark, some have none."""
    generator = np.random.default_rng(0)
    for kind in ("images", "masks"):
        (tmp_path / "squares" / kind).mkdir(parents=True)
    for number in range(24):
        record = generator.normal(120, 10, (40, 40)).clip(0, 255).astype(np.uint8)
        mask = np.zeros_like(record)
        of_class = number % 3
        top, left = generator.integers(2, 28, 2)
        if of_class:
            mask[top : top + 9, left : left + 9] = of_class
            record[mask > 0] = 220 if of_class == 1 else 30
        Image.fromarray(record).save(tmp_path / "squares" / "images" / f"{number:02d}.jpg")
        Image.fromarray(mask).save(tmp_path / "squares" / "masks" / f"{number:02d}.png")
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path / "recipe.toml"


def test_the_report_shows_lesions_of_images(recipe: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        report = run_recipe(read_recipe(recipe), lambda words: None)
    finally:
        torch.set_num_threads(before)
    page = report.read_text(encoding="utf-8")
    assert page.count("squares, test image") == 2
    assert "Malignant breast lesion" in page
