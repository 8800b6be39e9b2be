"""A folder of data as a user has it, and a way to run a command on it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from labelassemble.cli.dispatch import main

MANIFEST = """
name = "mine"
table.file = "reports.csv"
table.image = "image_id"
table.patient = "patient_id"
labels.encoding = "delimited_list"
labels.column = "findings"
scope.terms = ["Effusion", "Mass"]
scope.no_finding = ["No Finding"]
"""
RECIPE = """
name = "Mine"
output = "results"
[[sources]]
name = "mine"
manifest = "mine/manifest.toml"
folder = "mine"
[images]
size = 32
[assembly]
test_fraction = 0.3
validation_fraction = 0.3
"""


class Readings(NamedTuple):
    status: int
    out: str
    error: str


Run = Callable[..., Readings]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str | Path) -> Readings:
        status = main([str(word) for word in words])
        return Readings(status, *capsys.readouterr())

    return call


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    """Thirty images of fifteen patients, a table, a manifest and a recipe."""
    folder = tmp_path / "mine"
    (folder / "images").mkdir(parents=True)
    generator = np.random.default_rng(0)
    rows = ["image_id,patient_id,findings"]
    words = ("Effusion", "Mass|Effusion", "No Finding")
    for number in range(30):
        coarse = generator.integers(0, 255, (6, 6), dtype=np.uint8)
        record = cv2.resize(coarse, (64, 64), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / "images" / f"{number:03}.png"), record)
        rows.append(f"{number:03}.png,p{number // 2},{words[number % 3]}")
    (folder / "reports.csv").write_text("\n".join(rows) + "\n")
    (folder / "manifest.toml").write_text(MANIFEST)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path
