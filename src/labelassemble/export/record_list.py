"""Records as plain JSON, with a few lines of Python beside them that read them."""

from collections.abc import Mapping
from functools import partial
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.export.decimal_text import decimal_text
from labelassemble.export.drawn_states import DrawnRecord, read_states
from labelassemble.export.file_names import name_files
from labelassemble.export.json_rows import render_json_rows
from labelassemble.export.label_matrix import find_values, label_matrix
from labelassemble.export.own_boxes import find_own_boxes
from labelassemble.export.write_folder import Content
from labelassemble.files.image_size import ImageSize
from labelassemble.sources.assessments import NEGATIVE, POSITIVE
from labelassemble.volumes.write_prediction import write_prediction

_FACTS = ("record", "path", "split", "fold", "source", "patient", "group", "view", "age", "sex")
_STATES = np.full(4, 2, dtype=np.uint8)
_STATES[NEGATIVE], _STATES[POSITIVE] = 0, 1
"""A state of ours to absent, present, unknown."""


def make_torch_folder(table: AssembledTable, sizes: Mapping[str, ImageSize]) -> dict[str, Content]:
    """Make ``records.json`` and ``torch_dataset.py``, which reads it without this package.

    Args:
        table: records of the parts train, validate and test, with files.
        sizes: record to width and height of its file, where it is an image.
    """
    rows = _list_records(table)
    boxes, _ = find_own_boxes(table, sizes)
    number = {name: place for place, name in enumerate(table.classes)}
    for row in rows:
        own = boxes.get(row["record"], [])
        row["boxes"] = [[*box[1:5], number[box.of_class]] for box in own]
    return _with_reader({"classes": list(table.classes), "records": rows}, "torch_dataset.py")


def make_torchio_folder(
    table: AssembledTable, drawn_classes: tuple[str, ...], drawn: Mapping[str, DrawnRecord]
) -> dict[str, Content]:
    """Make ``records.json``, ``torchio_subjects.py``, and what is drawn below ``states``.

    Args:
        table: records of the parts train, validate and test, with files that TorchIO reads.
        drawn_classes: classes of what is drawn, as ``find_drawn`` gives them.
        drawn: what is drawn on volumes, by record.
    """
    rows, names = _list_records(table), name_files(table.records["record"])
    files: dict[str, Content] = {}
    for row in rows:
        one = drawn.get(row["record"])
        row["state"] = None if one is None else f"states/{names[row['record']]}.nii.gz"
        if one is not None:
            files[row["state"]] = partial(_write_state, one)
    content = {
        "classes": list(table.classes),
        "drawn_classes": list(drawn_classes),
        "records": rows,
    }
    return {**_with_reader(content, "torchio_subjects.py"), **files}


def _with_reader(content: dict[str, Any], reader: str) -> dict[str, Content]:
    text = package_files("labelassemble.export") / "templates" / f"{reader}.txt"
    return {"records.json": render_json_rows(content).encode(), reader: text.read_bytes()}


def _list_records(table: AssembledTable) -> list[dict[str, Any]]:
    values = find_values(label_matrix(table).label)
    texts = decimal_text(pl.Series(values.value))
    numbers = np.array([None if text is None else float(text) for text in texts], dtype=object)
    facts = table.records.select(_FACTS).with_columns(pl.col("age").fill_nan(None)).to_dicts()
    labels = numbers[values.code].tolist()
    return [{**fact, "label": label} for fact, label in zip(facts, labels, strict=True)]


def _write_state(one: DrawnRecord, path: Path) -> None:
    volume, state = read_states(one)
    assert volume is not None
    write_prediction(volume, _STATES[state], path)
