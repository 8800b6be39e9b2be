"""Boxes drawn on originals, images made smaller: where training takes the lesion to be."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelassemble.detection.open_cases import open_annotated
from labelassemble.errors import SourceError
from labelassemble.images.build_store import build_store
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import POSITIVE

ORIGINAL = (1000, 1400)
COUNT = 12

HEAD = """name = "mine"
evidence = "radiologist"
table.file = "boxes.csv"
labels.encoding = "box_rows"
labels.term = "Mass"
labels.box = ["x", "y", "w", "h"]
"""
TABLE = """name = "mine"
evidence = "radiologist"
table.file = "labels.csv"
labels.encoding = "class_column"
labels.column = "found"
scope.terms = ["Mass"]
boxes.file = "boxes.csv"
boxes.image = "image"
boxes.term = "Mass"
boxes.box = ["x", "y", "w", "h"]
"""
SIZES = 'frame_table = { file = "sizes.csv", image = "name", width = "dim1", height = "dim0" }\n'
JOIN = '[[table.join]]\nfile = "meta.csv"\non = "image"\n'
SAID = {
    "fixed": f"{HEAD}labels.frame = [1000, 1400]\n",
    "columns": f'{HEAD}labels.frame_columns = ["width", "height"]\n',
    "joined": f'{HEAD}labels.frame_columns = ["dim1", "dim0"]\n{JOIN}',
    "second table": f"{HEAD}labels.{SIZES}",
    "boxes apart": f"{TABLE}boxes.frame = [1000, 1400]\n",
    "boxes apart, columns": f'{TABLE}boxes.frame_columns = ["width", "height"]\n',
    "boxes apart, second table": f"{TABLE}boxes.{SIZES}",
}


def write(folder, manifest, side, fit):
    """Images with one bright square each, of which boxes tell in pixels of the original."""
    random = np.random.default_rng(3)
    rows, labels, sizes, meta = [], [], [], []
    for number in range(COUNT):
        record = random.integers(0, 120, (ORIGINAL[1], ORIGINAL[0])).astype(np.uint8)
        left, top = (int(random.integers(20, limit - 420)) for limit in ORIGINAL)
        wide, tall = int(random.integers(250, 400)), int(random.integers(250, 400))
        # Alike images would be joined, and moved upon each other.
        record[:: number + 2, :: number + 3] = random.integers(0, 160)
        record[top : top + tall, left : left + wide] = 255
        small = Image.fromarray(record)
        if fit == "stretch":
            small = small.resize((side, side), Image.Resampling.BOX)
        elif fit == "pad":
            small.thumbnail((side, side), Image.Resampling.BOX)
            square = Image.new("L", (side, side))
            square.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
            small = square
        else:
            small.thumbnail((side, side), Image.Resampling.BOX)
        small.save(folder / f"i{number}.png", compress_level=1)
        rows.append(f"i{number},{left},{top},{wide},{tall},{ORIGINAL[0]},{ORIGINAL[1]}")
        labels.append(f"i{number},Mass")
        sizes.append(f"folder/i{number}.dicom,{ORIGINAL[1]},{ORIGINAL[0]}")
        meta.append(f"i{number},{ORIGINAL[1]},{ORIGINAL[0]}")
    for name, head, lines in (
        ("boxes", "image,x,y,w,h,width,height", rows),
        ("labels", "image,found", labels),
        ("sizes", "name,dim0,dim1", sizes),
        ("meta", "image,dim0,dim1", meta),
    ):
        (folder / f"{name}.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    (folder / "mine.toml").write_text(manifest, encoding="utf-8")
    return Recipe.model_validate(
        {
            "name": "toy",
            "output": folder / "out",
            "vocabulary": "chest_radiograph",
            "sources": [{"name": "mine", "manifest": str(folder / "mine.toml"), "folder": folder}],
            "images": {"size": 64, "fit": "stretch" if fit != "ratio" else "pad"},
            "assembly": {"allow_unscored_classes": True},
            "detection": {
                "task": "detection",
                "dimensions": 2,
                "patches": {"size": (64, 64)},
                "augment": {"flip": (0.0, 0.0), "rotation_degrees": (5.0,)},
            },
        }
    )


def overlaps(recipe):
    table = assemble_sources(recipe)
    files = {name: Path(path) for name, path in table.records.select("record", "path").rows()}
    store = build_store(files, recipe.images, recipe.output / "store")
    names = table.records["record"].to_list()
    annotated = open_annotated(recipe, table, names, store=store, drawn_on=set(names))
    place = table.classes.index("mass")
    found = []
    for one in annotated.values():
        drawn = one.state()[place] == POSITIVE
        bright = one.image() > 0.75
        found.append((drawn & bright).sum() / (drawn | bright).sum())
    return np.array(found)


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("fit", ["stretch", "ratio"])
def test_boxes_land_on_the_lesion(tmp_path, said, fit):
    found = overlaps(write(tmp_path, SAID[said], 128, fit))
    assert len(found) == COUNT
    assert found.min() > 0.75


def test_boxes_on_padded_images(tmp_path):
    recipe = write(tmp_path, SAID["fixed"], 128, "pad")
    with pytest.raises(SourceError, match=r'labels\.resized = "pad"'):
        assemble_sources(recipe)
    (tmp_path / "mine.toml").write_text(SAID["fixed"] + 'labels.resized = "pad"\n')
    assert overlaps(recipe).min() > 0.75


def test_nothing_said_is_refused(tmp_path):
    with pytest.raises(SourceError, match="boxes inside their images") as caught:
        assemble_sources(write(tmp_path, HEAD, 128, "stretch"))
    assert "labels.frame_columns" in caught.value.do


def test_a_small_frame_on_large_images(tmp_path):
    recipe = write(tmp_path, HEAD, 2000, "stretch")
    with pytest.raises(SourceError, match="upper left corner"):
        assemble_sources(recipe)
    (tmp_path / "mine.toml").write_text(SAID["columns"])
    assert overlaps(recipe).min() > 0.75
