"""Boxes as YOLO's text files: one an image, a line a box."""

import json
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.export.choose_records import part_records
from labelassemble.export.file_names import name_files
from labelassemble.export.label_matrix import label_matrix
from labelassemble.export.own_boxes import find_own_boxes
from labelassemble.export.write_folder import Content
from labelassemble.files.image_size import ImageSize

_PARTS = {"train": "train", "validate": "val", "test": "test"}
_UNKNOWN = "not every class is known to be present or absent (choose some by --classes)"
_NOWHERE = "a class is present, and no box says where"


def make_yolo_folder(
    table: AssembledTable, sizes: dict[str, ImageSize]
) -> tuple[dict[str, Content], AssembledTable, dict[str, int]]:
    """Make the files of YOLO's folder: ``data.yaml``, ``images`` (links) and ``labels``.

    A line is the class's number from 0, then the box's middle, width and height as shares of the
    image. To YOLO what no line names is absent, and so is everything outside the boxes: images on
    which a class is unknown or uncertain, or present without a box, are left out and counted.

    Args:
        table: records with a file, of the parts train, validate and test.
        sizes: record to width and height of its file.

    Returns:
        Place to content; the table of the images that are in it; how many are not, and why.

    Raises:
        AssemblyError: no image is left.

    Source: the text format that Darknet, YOLOv5 and their successors read.
    """
    label = label_matrix(table).label
    boxes, _ = find_own_boxes(table, sizes)
    boxed = {(record, box.of_class) for record, own in boxes.items() for box in own}
    unboxed = [
        record
        for record, row in zip(table.records["record"], label, strict=True)
        if any((record, table.classes[place]) not in boxed for place in np.flatnonzero(row == 1))
    ]
    hard = np.isin(label, (0.0, 1.0)).all(axis=1)
    certain = table.records["record"].filter(pl.Series(hard))
    record = pl.col("record")
    reasons = {_UNKNOWN: ~record.is_in(certain.implode()), _NOWHERE: record.is_in(unboxed)}
    table, excluded = part_records(table, reasons, "YOLO's form")
    number = {name: place for place, name in enumerate(table.classes)}
    names = name_files(table.records["record"])
    files: dict[str, Content] = {}
    for name, path, split in table.records.select("record", "path", "split").iter_rows():
        size, file = sizes[name], names[name]
        lines = [
            " ".join(
                [str(number[box.of_class])]
                + [
                    f"{share:.6f}"
                    for share in (
                        (box.x + box.width / 2) / size.width,
                        (box.y + box.height / 2) / size.height,
                        box.width / size.width,
                        box.height / size.height,
                    )
                ]
            )
            for box in boxes.get(name, [])
        ]
        files[f"images/{_PARTS[split]}/{file}{Path(path).suffix.lower()}"] = Path(path)
        files[f"labels/{_PARTS[split]}/{file}.txt"] = "".join(f"{one}\n" for one in lines).encode()
    filled = [_PARTS[one] for one in _PARTS if (table.records["split"] == one).any()]
    # JSON's strings are YAML's too.
    described = ["path: ."]
    described += [f"{part}: images/{part}" for part in filled]
    described += ["names:", *(f"  {place}: {json.dumps(name)}" for name, place in number.items())]
    return (
        {"data.yaml": "".join(f"{one}\n" for one in described).encode(), **files},
        table,
        excluded,
    )
