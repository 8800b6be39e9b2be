"""Parts whose tables name the same files: each row means the file of its own part."""

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.draft_manifest import draft_manifest

MANIFEST = """
name = "mine"
licence = "CC0"
citation = "nobody"
[table]
file = "**/*.csv"
image = "image"
[labels]
encoding = "class_column"
column = "label"
[scope]
terms = ["Mass"]
no_finding = ["Normal"]
"""
WORDS = ("Mass", "Normal")
COUNT = 4


def write(folder, tables, images):
    """Tables that all name 0.png to 3.png, of which every second is a mass, in turn."""
    for at, table in enumerate(tables):
        (folder / table).parent.mkdir(parents=True, exist_ok=True)
        rows = [f"{number}.png,{WORDS[(number + at) % 2]}" for number in range(COUNT)]
        (folder / table).write_text("\n".join(["image,label", *rows]) + "\n")
    for at, place in enumerate(images):
        for number in range(COUNT):
            path = folder / place / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng((at, number)).integers(0, 255, (8, 8), np.uint8)
            Image.fromarray(pixels).save(path)


def check(tmp_path, tables, images, manifest=MANIFEST):
    write(tmp_path / "set", tables, images)
    (tmp_path / "m.toml").write_text(manifest)
    return check_source(str(tmp_path / "m.toml"), tmp_path / "set")


TOLD = {
    "by name": (("train.csv", "test.csv"), ("train", "test")),
    "by a word of the name": (
        ("labels_val.csv", "labels_train.csv"),
        ("img/valid", "img/Training"),
    ),
    "in their folders": (("train/labels.csv", "test/labels.csv"), ("train", "test")),
    "above their images": (("train/a.csv", "test/a.csv"), ("train/images", "test/images")),
    "folders of hospitals": (("north/labels.csv", "south/labels.csv"), ("north", "south/png")),
    "called as hospitals": (("North.csv", "South.csv"), ("images/north", "images/south")),
}


@pytest.mark.parametrize(("tables", "images"), TOLD.values(), ids=TOLD)
def test_each_row_means_the_file_of_its_own_part(tables, images, tmp_path):
    found = check(tmp_path, tables, images)
    assert found.problems == ()
    assert found.table.images["image"].n_unique() == len(tables) * COUNT
    said = {
        row["image"]: row["assessment"] == "positive"
        for row in found.table.list_assessments().iter_rows(named=True)
    }
    wanted = {
        f"{place}/{number}.png": WORDS[(number + at) % 2] == "Mass"
        for at, place in enumerate(images)
        for number in range(COUNT)
    }
    assert said == wanted
    paths = found.table.images.select("image", "path").iter_rows()
    assert all(path.endswith(f"/set/{image}") for image, path in paths)
    assert any("4 names of images with several files" in str(one) for one in found.remarks)


NOT_TOLD = {
    "other names": (("a.csv", "b.csv"), ("train", "test")),
    "files beside the parts": (("train.csv", "test.csv"), ("train", "test", "all")),
    "masks of the same name": (("train.csv", "test.csv"), ("x/train", "x/test", "y/train")),
    "a table in each of two, one folder": (("a/one.csv", "a/two.csv"), ("a", "b")),
    "one table of no part": (("labels.csv",), ("labels", "images")),
}


@pytest.mark.parametrize(("tables", "images"), NOT_TOLD.values(), ids=NOT_TOLD)
def test_what_nothing_tells_apart_is_told(tables, images, tmp_path):
    found = check(tmp_path, tables, images)
    assert any("several files fit it" in str(one) for one in found.problems)


def test_one_table_of_a_part_means_the_files_of_it(tmp_path):
    found = check(tmp_path, ("train.csv",), ("train", "test"))
    assert found.problems == ()
    assert found.table.images["image"].to_list() == [f"train/{number}.png" for number in range(4)]


def test_images_that_no_row_names_are_those_of_the_other_part(tmp_path):
    every = MANIFEST.replace("[labels]", "every_image = true\n[labels]").replace(
        '["Normal"]', '["Normal", ""]'
    )
    found = check(tmp_path, ("train.csv",), ("train", "test"), every)
    assert found.problems == ()
    assert found.table.images.height == 2 * COUNT
    said = found.table.list_assessments().filter(pl.col("image").str.starts_with("test/"))
    assert said["assessment"].unique().to_list() == ["negative"]


@pytest.mark.parametrize("form", ["by name", "by a word of the name", "above their images"])
def test_the_draft_takes_all_parts(form, tmp_path):
    write(tmp_path / "set", *TOLD[form])
    drafted = draft_manifest(tmp_path / "set", tmp_path / "m.toml")
    assert drafted.check.problems == ()
    assert drafted.check.table.images.height == 2 * COUNT
    assert drafted.check.table.images["official_split"].null_count() == 0
    assert drafted.check.manifest.labels.encoding == "class_column"
