"""Accents composed or apart: folders, files, tables, lists and manifests mean the same."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.check_source import check_source

COMPOSED, APART = (unicodedata.normalize(form, "Ödem") for form in ("NFC", "NFD"))


def save(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 255, (16, 16), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.mark.parametrize("folder", [COMPOSED, APART], ids=["composed", "apart"])
@pytest.mark.parametrize("term", [COMPOSED, APART], ids=["composed", "apart"])
def test_a_class_that_is_a_folder(tmp_path: Path, folder: str, term: str) -> None:
    for number in range(3):
        save(tmp_path / "source" / folder / f"a{number}.png", number)
        save(tmp_path / "source" / "normal" / f"b{number}.png", 10 + number)
    manifest = tmp_path / "m.toml"
    manifest.write_text(
        'name = "m"\nlabels.encoding = "folder_names"\n'
        "labels.patterns = ['(?P<term>[^/]+)/.*']\n"
        f'scope.terms = ["{term}"]\nscope.no_finding = ["normal"]\n',
        encoding="utf-8",
    )
    check = check_source(str(manifest), tmp_path / "source")
    assert not check.problems
    assert check.table is not None
    assert check.table.assessments.column(COMPOSED).tolist() in (
        [3] * 3 + [1] * 3,
        [1] * 3 + [3] * 3,
    )


@pytest.mark.parametrize("file", [COMPOSED, APART], ids=["composed", "apart"])
@pytest.mark.parametrize("listed", [COMPOSED, APART], ids=["composed", "apart"])
def test_an_image_of_a_published_list(tmp_path: Path, file: str, listed: str) -> None:
    source = tmp_path / "source"
    for number in range(3):
        save(source / f"{file} {number}.png", number)
    (source / "test.txt").write_text(f"{listed} 1.jpg\n", encoding="utf-8")
    (source / "train.txt").write_text(f"{listed} 0\n{listed} 2\n", encoding="utf-8")
    manifest = tmp_path / "m.toml"
    manifest.write_text(
        'name = "m"\nsplit.lists = { train = "train.txt", test = "test.txt" }\n', encoding="utf-8"
    )
    check = check_source(str(manifest), source)
    assert not check.problems
    assert check.table is not None
    assert check.table.images["official_split"].to_list() == ["train", "test", "train"]
