"""A column that says yes or no, and is called just the class."""

import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.sources.draft.lone_class import says_only_class


def draft(folder, table, head):
    folder.mkdir(parents=True)
    rows = "".join(f"{n}.png,{n % 2}\n" for n in range(30))
    (folder / table).write_text(f"{head}\n{rows}")
    for n in range(30):
        pixels = np.random.default_rng(n).integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{n}.png")
    drafted = draft_manifest(folder, folder.parent / "m.toml")
    return drafted.check, (folder.parent / "m.toml").read_text()


@pytest.mark.parametrize(
    ("folder", "table", "head"),
    [
        ("pneumonia", "labels.csv", "file,cls"),
        ("chest-pneumonia-xrays", "train.csv", "file,target"),
        ("data", "pneumonia_train.csv", "file,y_label"),
    ],
)
def test_the_name_of_a_folder_or_table_says_of_what(tmp_path, folder, table, head):
    check, text = draft(tmp_path / folder, table, head)
    column = head.partition(",")[2]
    assert f'{column} = "pneumonia"' in text
    assert [(one.name, one.positive) for one in check.terms] == [("pneumonia", 15)]


@pytest.mark.parametrize("head", ["file,cls", "file,Binary Label"])
def test_where_nothing_says_it_it_is_asked(tmp_path, head):
    check, text = draft(tmp_path / "data", "labels.csv", head)
    assert "which finding does it mean?" in text
    assert [one.name for one in check.terms] == [None]
    assert not (tmp_path / "m_vocabulary.toml").exists()


def test_a_column_that_says_what_it_is_keeps_its_name(tmp_path):
    _, text = draft(tmp_path / "pneumonia", "labels.csv", "file,cardiomegaly")
    assert "cardiomegaly: positive on 15 rows -> cardiomegaly" in text
    assert not says_only_class("edema label")
    assert not says_only_class("lesion")
