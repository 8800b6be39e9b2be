"""Relatives in one recipe, from their folders to the audit: no image or person on two sides."""

import json
import uuid

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.audit_assembled import audit_assembled
from labelassemble.pipeline.write_description import write_description
from labelassemble.recipe import read_recipe

MAPPING = "pneumonia-challenge-dataset-mappings_2018.json"
NAMES = [f"{patient:08d}_{number:03d}.png" for patient in range(1, 41) for number in range(2)]
UIDS = [str(uuid.UUID(int=1000 + number)) for number in range(len(NAMES))]

RECIPE = """
name = "kin"
output = "out"
images.size = 64
[assembly]
similar_images = "ignore"
allow_unscored_classes = true
[[sources]]
name = "hospital"
manifest = "mine.toml"
folder = "nih"
[[sources]]
name = "rsna"
manifest = "rsna_pneumonia"
folder = "rsna"
[[sources]]
name = "boxed"
manifest = "boxed.toml"
folder = "boxed"
"""

# As ChestX-Det: a part of NIH's images, made smaller, under their names.
BOXED = """
name = "boxed"
vocabulary = "chest_radiograph"
table.file = "boxes.csv"
[labels]
encoding = "box_rows"
column = "class"
box = ["x1", "y1", "x2", "y2"]
format = "corners"
[scope]
terms = ["Mass"]
no_finding = ["None"]
[[overlaps]]
source = "nih_chestxray14"
whole = true
"""


@pytest.fixture
def folder(tmp_path):
    def save(path, number, side, turn=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = np.random.default_rng(number).random((12, 12))
        grey = (np.kron(coarse, np.ones((20, 20))) * 255).astype(np.uint8)
        Image.fromarray(255 - grey if turn else grey).resize((side, side)).save(path)

    rows = []
    for number, name in enumerate(NAMES):
        save(tmp_path / "nih" / "images" / name, number, 120)
        word = ("Pneumothorax", "No Finding", "Effusion|Mass")[number % 3]
        rows.append(f"{name},{word},{int(name[:8])},050Y,M,PA")
    head = "Image Index,Finding Labels,Patient ID,Patient Age,Patient Gender,View Position"
    (tmp_path / "nih" / "Data_Entry_2017.csv").write_text("\n".join([head, *rows]))
    rows = ["patientId,class"]
    for number in range(0, len(NAMES), 2):
        save(tmp_path / "rsna" / "images" / f"{UIDS[number]}.png", number, 90, turn=True)
        rows.append(f"{UIDS[number]},{('Normal', 'Lung Opacity')[number % 4 // 2]}")
    (tmp_path / "rsna" / "stage_2_detailed_class_info.csv").write_text("\n".join(rows))
    rows = ["image,class,x1,y1,x2,y2"]
    for number in range(1, len(NAMES), 4):
        save(tmp_path / "boxed" / NAMES[number], number, 60)
        rows.append(f"{NAMES[number]},{'Mass,20,20,50,50' if number % 8 == 1 else 'None,,,,'}")
    (tmp_path / "boxed" / "boxes.csv").write_text("\n".join(rows))
    (tmp_path / "boxed.toml").write_text(BOXED)
    (tmp_path / "mine.toml").write_text('extends = "nih_chestxray14"\nname = "my_nih"\n')
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path


def test_relatives_are_joined_exactly_told_and_on_one_side(folder):
    pairs = [
        {"img_id": name, "subset_img_id": uid, "orig_labels": ["Mass", "Nodule"]}
        for name, uid in zip(NAMES, UIDS, strict=True)
    ]
    (folder / "rsna" / MAPPING).write_text(json.dumps(pairs))
    table = assemble_sources(read_recipe(folder / "recipe.toml"))
    assert table.records.height == len(NAMES)
    records = dict(table.members.select(pl.format("{}/{}", "source", "image"), "record").rows())
    for number in range(0, len(NAMES), 2):
        assert records[f"rsna/{UIDS[number]}"] == f"hospital/{NAMES[number]}"
    for number in range(1, len(NAMES), 4):
        assert records[f"boxed/{NAMES[number]}"] == f"hospital/{NAMES[number]}"
    sides = table.records.group_by(pl.col("record").str.slice(9, 8)).agg(pl.col("split").n_unique())
    assert set(sides["split"]) == {1}
    # Boxes keep the pixels of the small copy that they were drawn on.
    frames = table.boxes.select("frame_width", "frame_height").unique().rows()
    assert frames == [(60, 60)]
    words = write_description(table)
    told = "rsna (rsna_pneumonia) and hospital (nih_chestxray14) share images: 40 joined by ids"
    assert told in words
    assert "boxed and hospital (nih_chestxray14) share images: 20 joined by ids" in words
    assert "may stand in train and test" not in words
    audited = audit_assembled(folder / "out")
    assert audited.leaks == []
    assert told in audited.summary
    page = audited.page.read_text()
    assert told in page
    assert "RSNA published which is which" in page


def test_without_the_published_table_a_leak_is_warned_of(folder):
    words = write_description(assemble_sources(read_recipe(folder / "recipe.toml")))
    assert f"Put {MAPPING}" in words
    assert 'nobody looked (similar_images = "ignore")' in words
    text = (folder / "recipe.toml").read_text().replace('"ignore"', '"join"')
    (folder / "recipe.toml").write_text(text)
    words = write_description(assemble_sources(read_recipe(folder / "recipe.toml")))
    assert f"{MAPPING} tells which and is not there: 40 joined by content or fingerprints" in words
    assert "nobody looked" not in words
