"""Folders with a label file an image, as programs lay them out: a draft of each is read."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source

SIDE = 32
BOX = (8, 4, 24, 28)
FIRST, SECOND, NONE = "0 0.5 0.5 0.5 0.75\n", "1 0.25 0.25 0.5 0.375 0.75 0.5\n", ""
YAML = "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: [Mass, Edema]\n"


def voc(term: str | None) -> str:
    sides = zip(("xmin", "ymin", "xmax", "ymax"), BOX, strict=True)
    box = "".join(f"<{name}>{value}</{name}>" for name, value in sides)
    said = f"<object><name>{term}</name><bndbox>{box}</bndbox></object>" if term else ""
    size = f"<size><width>{SIDE}</width><height>{SIDE}</height><depth>3</depth></size>"
    return f"<annotation><folder>x</folder><filename>a.png</filename>{size}{said}</annotation>"


def labelme(term: str | None) -> str:
    shapes = [{"label": term, "points": [BOX[:2], BOX[2:]], "shape_type": "rectangle"}]
    return json.dumps(
        {"version": "5.0", "flags": {}, "shapes": shapes if term else [], "imagePath": "a.png",
         "imageData": None, "imageHeight": SIDE, "imageWidth": SIDE}
    )  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A folder, and what a draft of it must give."""

    name: str
    images: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    positive: dict[str, int] = field(default_factory=lambda: {"Mass": 2, "Edema": 1})
    split: dict[str, int] = field(default_factory=dict)
    known: int = 4
    """Images that somebody looked at."""
    patients: int = 0


FORMS = [
    Form(
        "YOLO, kinds above parts",
        images=("images/train/a.png", "images/train/b.png", "images/val/a.png", "images/val/d.png"),
        files={
            "labels/train/a.txt": FIRST, "labels/train/b.txt": FIRST + FIRST,
            "labels/val/a.txt": SECOND, "labels/val/d.txt": NONE, "data.yaml": YAML,
            "labels/train.cache": "x",
        },
        split={"train": 2, "validate": 2},
    ),
    Form(
        "YOLO, parts above kinds",
        images=(
            "train/images/p1_a.png", "train/images/p1_b.png", "valid/images/p2_a.png",
            "test/images/p3_a.png", "test/images/p3_b.png",
        ),
        files={
            "train/labels/p1_a.txt": FIRST, "train/labels/p1_b.txt": FIRST,
            "valid/labels/p2_a.txt": SECOND, "test/labels/p3_a.txt": NONE,
            "data.yaml": YAML, "README.roboflow.txt": "Exported on 1 May\n\nIt has 5 images.\n",
        },
        split={"train": 2, "validate": 1, "test": 2},
        patients=3,
    ),
    Form(
        "darknet, files beside images",
        images=tuple(f"obj_train_data/{name}.png" for name in "abcd"),
        files={
            "obj_train_data/a.txt": FIRST, "obj_train_data/b.txt": FIRST,
            "obj_train_data/c.txt": SECOND, "obj_train_data/d.txt": NONE,
            "obj.names": "Mass\nEdema\n",
            "obj.data": "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\n",
            "train.txt": "".join(f"data/obj_train_data/{name}.png\n" for name in "abc"),
            "valid.txt": "data/obj_train_data/d.png\n",
        },
        split={"train": 3, "validate": 1},
    ),
    Form(
        "names among the label files",
        images=tuple(f"images/{name}.png" for name in "abcd"),
        files={
            "labels/a.txt": FIRST, "labels/b.txt": FIRST, "labels/c.txt": SECOND,
            "labels/classes.txt": "Mass\nEdema\n",
        },
        known=3,
    ),
    Form(
        "letters of either case, as Windows keeps them",
        images=tuple(f"Images/{name}.png" for name in "abcd"),
        files={
            "Labels/A.TXT": FIRST, "Labels/b.TXT": FIRST, "Labels/c.txt": SECOND,
            "Labels/D.txt": NONE, "Labels/Classes.txt": "Mass\nEdema\n",
        },
    ),
    Form(
        "nobody names the classes",
        images=tuple(f"images/{name}.png" for name in "abcd"),
        files={
            "labels/a.txt": FIRST, "labels/b.txt": FIRST, "labels/c.txt": SECOND,
            "labels/d.txt": NONE,
        },
        positive={"class_0": 2, "class_1": 1},
    ),
    Form(
        "Pascal VOC",
        images=tuple(f"VOC2012/JPEGImages/{name}.png" for name in "abcd"),
        files={
            **{f"VOC2012/Annotations/{name}.xml": voc(term)
               for name, term in zip("abcd", ("Mass", "Mass", "Edema", None), strict=True)},
            "VOC2012/ImageSets/Main/train.txt": "a\nb\n",
            "VOC2012/ImageSets/Main/val.txt": "c\nd\n",
            "VOC2012/ImageSets/Main/trainval.txt": "a\nb\nc\nd\n",
        },
        split={"train": 2, "validate": 2},
    ),
    Form(
        "LabelMe",
        images=tuple(f"{name}.png" for name in "abcd"),
        files={f"{name}.json": labelme(term)
               for name, term in zip("abcd", ("Mass", "Mass", "Edema", None), strict=True)},
    ),
]  # fmt: skip


def build(folder: Path, form: Form) -> None:
    generator = np.random.default_rng(1)
    for name in form.images:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 255, (SIDE, SIDE), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    for name, text in form.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_draft_is_read_as_it_stands(form, packed, tmp_path):
    folder, output = tmp_path / "source", tmp_path / "drafted.toml"
    folder.mkdir()
    build(folder, form)
    if packed:
        shutil.make_archive(str(tmp_path / "packed" / "all"), "zip", folder)
        folder = tmp_path / "packed"
    drafted = draft_manifest(folder, output)
    assert drafted.check is not None
    assert drafted.check.problems == ()
    assert not [
        one for one in drafted.passed if "a.txt" in one.lower() or "a.xml" in one or ".json" in one
    ]
    assert "labels.missing" in drafted.text
    manifest = load_manifest(str(output))
    assert manifest.labels.encoding == "box_files"
    table = read_source(SourceSettings(name="mine", manifest="m", folder=folder), manifest)
    assert table.images.height == len(form.images)
    assert table.images["path"].null_count() == 0
    assert {one.term: one.positive for one in drafted.check.terms} == form.positive
    assert {one.term: one.positive + one.negative for one in drafted.check.terms} == dict.fromkeys(
        form.positive, form.known
    )
    parts = table.images["official_split"].drop_nulls().value_counts()
    assert dict(parts.iter_rows()) == form.split
    assert table.images["patient"].drop_nulls().n_unique() == form.patients
    assert {"a.txt", "a.xml", "a.json"}.isdisjoint(
        name.rpartition("/")[2].lower() for name in table.not_taken["file"]
    )
    first = table.boxes.filter(pl.col("image").str.contains(r"a\.png$")).row(0, named=True)
    assert tuple(first[name] for name in ("x_min", "y_min", "x_max", "y_max")) == BOX
