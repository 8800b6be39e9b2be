"""Built-in sources made up from their manifests, and copies of them under other names."""

import csv
import io
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from labelassemble.sources.columns_read import name_columns
from labelassemble.sources.encodings.box_rows import BoxRows
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.encodings.list_literal import ListLiteral
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.vocabulary import DEFAULT_VOCABULARY, load_vocabulary

IMAGE = ("img", "file", "image_id", "filename", "Image", "record", "image name", "x-ray file")
CALLED = {
    "table.patient": ("pid", "patient", "Subject", "patient no", "PATIENT_ID"),
    "table.view": ("projection", "View", "view of image", "orientation of view"),
    "table.age": ("age at exam", "AGE", "Age (years)"),
    "table.sex": ("gender", "SEX", "sex of patient"),
    "table.reader": ("reader", "annotator", "Radiologist"),
    "split.column": ("subset", "fold", "Partition"),
}
LABEL = ("labels", "diagnosis", "classes", "Target", "finding", "Pathology")
BOX = {"corners": ("xmin", "ymin", "xmax", "ymax"), "corner_size": ("left", "top", "w", "h")}


@dataclass
class Copy:
    """A table, and the images that it names."""

    header: list[str]
    rows: list[list[str]]
    images: list[str]
    file: str

    def write(self, folder: Path, sign: str = ",", ending: str = ".png") -> None:
        """Write the table and the images."""
        (folder / self.file).parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        lines = csv.writer(text, delimiter=sign, lineterminator="\n")
        lines.writerows([self.header, *self.rows])
        (folder / self.file).write_text(text.getvalue(), encoding="utf-8")
        for at, name in enumerate(self.images):
            path = folder / "images" / f"{name}{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(at).integers(0, 255, (64, 64), dtype=np.uint8)
            Image.fromarray(pixels).save(path)


def make_original(manifest: Manifest, name_image, count: int = 24, seed: int = 0) -> Copy:
    """A table as published, with made-up rows: every finding is there once, and away once.

    Args:
        manifest: the built-in one.
        name_image: from a number to what an image is called.
        count: of images.
        seed: of what is drawn.
    """
    rng = random.Random(seed)
    wanted = name_columns(manifest)
    layout, labels = manifest.table, manifest.labels
    assert layout is not None
    assert layout.file is not None
    count = max(count, len(getattr(labels, "columns", ())) + 4, len(manifest.scope.terms) + 4)
    rows, images = [], []
    read_as_labels = getattr(labels, "columns_read", ())
    for n in range(count):
        image = name_image(n)
        images.append(image)
        cells = _label(manifest, n, rng)
        for column, key in wanted.items():
            if column in read_as_labels:
                continue
            cells[column] = {
                "table.image": image,
                "table.patient": f"{n // 2 + 1}",
                "table.view": ("PA", "AP")[n % 2],
                "table.age": str(30 + n % 50),
                "table.sex": "MF"[n // 2 % 2],
                "split.column": [*manifest.split.values][n % max(len(manifest.split.values), 1)]
                if manifest.split.values
                else ("train", "test")[n % 2],
            }.get(key, "")
            keep = layout.keep.get(column)
            if keep:
                cells[column] = keep[n % len(keep)]
            elif key == "subsets.where" and column not in read_as_labels:
                values = [v for one in manifest.subsets for v in one.where.get(column, ())]
                cells[column] = values[n % len(values)]
        for reader in ("R1", "R2", "R3") if layout.reader else ("",):
            read = {**cells, layout.reader: reader} if layout.reader else cells
            rows.append([read[column] for column in wanted])
    file = layout.file[0].replace("**/", "").replace("*", "x")
    return Copy([*wanted], rows, images, file)


def _label(manifest: Manifest, n: int, rng: random.Random) -> dict[str, str]:
    labels, scope = manifest.labels, manifest.scope
    terms = list(scope.terms)
    none = [word for word in scope.no_finding if word]
    match labels:
        case FindingColumns(columns=columns, values=values):
            yes = next(v for v, reading in values.items() if reading == "positive")
            no = next(v for v, reading in values.items() if reading == "negative")
            if manifest.published and manifest.published.blank:
                no = no if n % 2 else ""
            real = [name for name in columns if name not in scope.no_finding]
            there = {real[n]} if n < len(real) else set()
            cells = {name: yes if name in there else no for name in columns}
            return cells | {name: no if there else yes for name in none if name in columns}
        case DelimitedList(column=column, separator=sign):
            few = [terms[n]] if n < len(terms) else rng.sample(terms, n % 3)
            return {column: sign.join(few or none[:1])}
        case ListLiteral(column=column):
            few = [terms[n]] if n < len(terms) else rng.sample(terms, n % 3)
            return {column: str(few or none[:1])}
        case RunLengthRows(column=column):
            return {column: f"{200 * 1024 + 300 * n} 400 1024 400" if n % 2 else "-1"}
        case BoxRows(column=column, box=box):
            word = terms[n] if n < len(terms) else none[0]
            numbers = ("6", "8", "30", "40") if n < len(terms) else ("",) * 4
            return {str(column): word, **dict(zip(box, numbers, strict=True))}
        case _:
            words = [*terms, *none]
            return {labels.columns_read[0]: words[n % len(words)]}


def rename(copy: Copy, manifest: Manifest, seed: int) -> Copy:
    """The same source under other names: table, columns, order, words, and columns of its own.

    Args:
        copy: as published.
        manifest: the built-in one.
        seed: of what is drawn.
    """
    rng = random.Random(seed)
    wanted, labels = name_columns(manifest), manifest.labels
    new: dict[str, str] = {}
    vocabulary = load_vocabulary(manifest.vocabulary or DEFAULT_VOCABULARY)
    for column in copy.header:
        key = wanted[column]
        if key == "table.image":
            new[column] = rng.choice(IMAGE)
        elif key in CALLED:
            new[column] = rng.choice(CALLED[key])
        elif isinstance(labels, FindingColumns) and column in labels.columns:
            new[column] = _respell(column, rng)
        elif isinstance(labels, BoxRows) and column in labels.box:
            new[column] = BOX[labels.format][labels.box.index(column)]
        elif key == "labels":
            new[column] = "mask_rle" if isinstance(labels, RunLengthRows) else rng.choice(LABEL)
        else:
            new[column] = f"x_{_respell(column, rng)}"
    assert vocabulary is not None
    assert len(set(new.values())) == len(new)
    words = [*manifest.scope.terms, *manifest.scope.no_finding, *manifest.scope.positive_only]
    spelled = {word: _respell(word, rng) for word in words if word}
    at = [copy.header.index(column) for column in copy.header]
    rng.shuffle(at)
    header = [new[copy.header[place]] for place in at]
    own = {"comment of ours": lambda n: f"seen {n}", "Z": lambda n: str(7 * n % 5)}
    rows = []
    for n, row in enumerate(copy.rows):
        cells = [_spell(row[p], spelled, labels, copy.header[p], wanted) for p in at]
        rows.append([*cells, *(make(n) for make in own.values())])
    file = rng.choice(("data/our_labels.csv", "TABLE.csv", "csv/all (2).csv", "annotations_v3.csv"))
    return Copy([*header, *own], rows, copy.images, file)


def _spell(cell: str, spelled: dict[str, str], labels, column: str, wanted) -> str:
    if wanted[column] != "labels" or isinstance(labels, FindingColumns | RunLengthRows):
        return cell
    if isinstance(labels, DelimitedList):
        parts = cell.split(labels.separator)
        return labels.separator.join(spelled.get(one, one) for one in parts)
    if isinstance(labels, ListLiteral):
        for old, other in spelled.items():
            cell = cell.replace(f"'{old}'", f"'{other}'")
        return cell
    return spelled.get(cell, cell)


def _respell(text: str, rng: random.Random) -> str:
    """Another case, and other signs between words."""
    other = rng.choice((str.lower, str.upper, str))(text)
    for sign in (" ", "_"):
        other = other.replace(sign, rng.choice((" ", "_", "-")))
    return other
