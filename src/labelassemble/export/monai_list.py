"""A data list as MONAI reads it: training, validation and test, a dict an image."""

from typing import Any

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.overlap import NAMES_IT
from labelassemble.errors import AssemblyError
from labelassemble.export.decimal_text import decimal_text
from labelassemble.export.describe_sources import join_told
from labelassemble.export.label_matrix import find_values, label_matrix

LISTS = {"train": "training", "validate": "validation", "test": "test"}
FOLD_LISTS = {"train": "training", "validate": "training", "test": "testing"}
SAME_GRID = (NAMES_IT, "same file", "same pixels")
"""Evidence that a member's pixels are the image's own, so that its boxes fit."""

_DESCRIPTION = (
    "label: one number a class, 1 present, 0 absent, between them a soft label, null unknown; "
    "known: 1 where the label is known, else 0; classes stand in labels"
)


_Box = dict[str, Any]


def make_monai_list(table: AssembledTable, by_fold: bool = False) -> dict[str, Any]:
    """Make the data list; ``render_json_rows`` of it is what MONAI's loaders read.

    Each image is ``image`` (its path), ``label`` (a number a class, None where unknown),
    ``known`` (1 or 0 a class), ``fold`` where it is in one, and ``facts`` (image, source,
    patient, group, view, age in years, sex). ``facts`` is a dict of its own because MONAI takes any
    text in an item for a path if such a file exists. Where the table has boxes, ``box`` holds those
    in the pixels of the image's own file (x_min, y_min, x_max, y_max: MONAI's StandardMode),
    ``box_label`` their classes by number, ``box_frame`` the width and height in whose pixels they
    are (None: the image as published); boxes on other members stand in ``facts["other_boxes"]``.

    Unused images would leak and those without a file cannot be loaded: both are left out and
    counted in ``excluded``. A list without an image is left out, as MONAI's loader fails on it.

    Args:
        table: the assembled table; see ``relative_paths`` for a list that can move.
        by_fold: as Auto3DSeg's ``datafold_read`` takes it: ``training`` holds training and
            validation, each with its fold (without folds in the table, validation is fold 0 and
            training fold 1), and ``testing`` the test; ``label``, ``known`` and boxes stand in a
            dict ``cells``, as it takes every list for paths; ``FlattenSubKeysd`` brings them up.

    Raises:
        AssemblyError: none of the images has a file.

    Source: ``load_decathlon_datalist`` and ``datafold_read`` of MONAI 1.6.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> row = {"record": "a/1", "source": "a", "path": "/a/1.png", "group": 0, "split": "train"}
    >>> frames["records"] = make_frame("records", [row])
    >>> table = AssembledTable(classes=("mass",), **frames, scopes={}, manifest={})
    >>> item = make_monai_list(table)["training"][0]
    >>> item["image"], item["label"], item["known"]
    ('/a/1.png', [None], [0])
    """
    lists = FOLD_LISTS if by_fold else LISTS
    listed = table.records["split"].is_in(list(lists)).to_numpy()
    has_file = table.records["path"].is_not_null().to_numpy()
    if listed.any() and not (listed & has_file).any():
        raise AssemblyError(
            "images with image files, as MONAI loads them",
            f"none among {int(listed.sum())}",
            "Assemble with the images (`images` of each source), or export another form",
        )
    items = _make_items(table, by_fold)
    filled: dict[str, list[dict[str, Any]]] = {name: [] for name in lists.values()}
    splits = table.records["split"].to_list()
    for split, item, taken in zip(splits, items, listed & has_file, strict=True):
        if taken:
            filled[lists[split]].append(item)
    return {
        **_describe(table),
        "numTraining": len(filled["training"]),
        "numTest": len(filled[lists["test"]]),
        "excluded": {
            "unused": int((~listed).sum()),
            "no image file": int((listed & ~has_file).sum()),
        },
        **{name: content for name, content in filled.items() if content},
    }


def _describe(table: AssembledTable) -> dict[str, Any]:
    return {
        "name": "+".join(table.scopes),
        "description": _DESCRIPTION,
        "reference": join_told(table, "citation"),
        "licence": join_told(table, "licence"),
        "labels": {str(place): name for place, name in enumerate(table.classes)},
    }


def _make_items(table: AssembledTable, by_fold: bool) -> list[dict[str, Any]]:
    """One dict an image, in the order of the table."""
    values = find_values(label_matrix(table).label)
    texts = decimal_text(pl.Series(values.value))
    numbers = np.array([None if text is None else float(text) for text in texts], dtype=object)
    columns: dict[str, list[Any]] = {
        "label": numbers[values.code].tolist(),
        "known": (values.code > 0).astype(np.int64).tolist(),
    }
    names = ["record", "source", "patient", "group", "view", "age", "sex"]
    facts = table.records.select(names).with_columns(pl.col("age").fill_nan(None)).to_dicts()
    if table.boxes.height:
        own, others = _part_boxes(table)
        for fact in facts:
            fact["other_boxes"] = others.get(fact["record"], [])
        for name, key in (("box", "corners"), ("box_label", "label"), ("box_frame", "frame")):
            columns[name] = [[box[key] for box in own.get(fact["record"], [])] for fact in facts]
    items = []
    folds = _number_folds(table.records, by_fold)
    rows = zip(*columns.values(), strict=True)
    paths = table.records["path"].to_list()
    for path, fold, fact, row in zip(paths, folds, facts, rows, strict=True):
        cells = dict(zip(columns, row, strict=True))
        item = {"image": path, **({"cells": cells} if by_fold else cells)}
        items.append(item | ({} if fold is None else {"fold": fold}) | {"facts": fact})
    return items


def _number_folds(records: pl.DataFrame, by_fold: bool) -> list[int | None]:
    """Folds as the table has them; without any, Auto3DSeg's own: validation 0, training 1."""
    if not by_fold or records["fold"].count():
        return records["fold"].to_list()
    return (
        records["split"]
        .replace_strict(["validate", "train"], [0, 1], default=None, return_dtype=pl.Int64)
        .to_list()
    )


def _part_boxes(table: AssembledTable) -> tuple[dict[str, list[_Box]], dict[str, list[_Box]]]:
    """Boxes an image: those in the pixels of its own file, and those on other members."""
    at = {name: place for place, name in enumerate(table.classes)}
    fits = table.members.select(
        "record", "source", "image", fits=pl.col("evidence").is_in(SAME_GRID)
    )
    boxes = table.boxes.join(
        fits, on=["record", "source", "image"], how="left", maintain_order="left"
    )
    own: dict[str, list[_Box]] = {}
    others: dict[str, list[_Box]] = {}
    for row in boxes.iter_rows(named=True):
        frame = [row["frame_width"], row["frame_height"]]
        box = {
            "corners": [row["x_min"], row["y_min"], row["x_max"], row["y_max"]],
            "label": at[row["class"]],
            "frame": None if None in frame else frame,
        }
        if row["fits"]:
            own.setdefault(row["record"], []).append(box)
        else:
            told = {name: row[name] for name in ("source", "image", "reader")}
            others.setdefault(row["record"], []).append(box | told)
    return own, others
