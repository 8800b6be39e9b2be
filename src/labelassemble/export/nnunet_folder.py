"""Masks of an assembled table as a data set of nnU-Net v2."""

import csv
import io
import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import polars as pl
from jaxtyping import Shaped

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, SettingsError
from labelassemble.export.describe_sources import join_told, told_sources
from labelassemble.export.drawn_states import DrawnRecord, read_states
from labelassemble.export.file_names import name_files
from labelassemble.export.nnunet_labels import (
    MAX_CLASSES,
    NnunetLabels,
    decode_state,
    encode_states,
    plan_labels,
)
from labelassemble.export.write_folder import Content
from labelassemble.files.read_image import read_image
from labelassemble.files.volume_file import is_volume
from labelassemble.volumes.write_prediction import write_prediction

FOLDER_NAME = re.compile(r"Dataset\d{3}_[A-Za-z0-9_-]+")
VOLUME_ENDING, IMAGE_ENDING = ".nii.gz", ".png"


def make_nnunet_folder(
    table: AssembledTable, drawn: Mapping[str, DrawnRecord]
) -> dict[str, Content]:
    """Make the files of ``nnUNet_raw/DatasetNNN_NAME``.

    ``labelsTr`` and ``labelsTs`` hold a mask a record, on the grid of its image. Each combination
    of classes that occurs in a voxel has a number; where classes overlap, ``dataset.json`` makes
    each a region of several numbers. A voxel of which a class is unknown that it may have is
    ``ignore``. Images are named where they lie (``dataset`` in ``dataset.json``) if they are
    ``.nii.gz``; others are written to ``imagesTr``, those of the test part all to ``imagesTs``.
    ``splits_final.json`` holds the table's folds, or its validation; ``cases.csv`` which record
    each case is.

    Args:
        table: records with something drawn, all volumes or all images; classes as ``find_drawn``
            gives them.
        drawn: what is drawn on each of them.

    Raises:
        AssemblyError: nothing is drawn, or more classes than ``MAX_CLASSES``.
        ImageError, SourceError: as ``read_states``.

    Source: nnU-Net 2.8, ``dataset_format.md``, ``ignore_label.md``, ``region_based_training.md``.
    """
    codes: dict[int, int] = {}
    if len(table.classes) > MAX_CLASSES:
        raise AssemblyError(
            f"at most {MAX_CLASSES} classes with masks", f"{len(table.classes)}", "Choose --classes"
        )
    held: dict[str, int] = dict.fromkeys(table.classes, 0)
    for one in drawn.values():
        found, count = np.unique(encode_states(read_states(one)[1]), return_counts=True)
        for code, number in zip(found.tolist(), count.tolist(), strict=True):
            codes[code] = codes.get(code, 0) + number
        for place in {at for code in found for at in decode_state(int(code), len(held))[0]}:
            held[table.classes[place]] += 1
    labels = plan_labels(table.classes, codes)
    if not labels.combinations:
        raise AssemblyError(
            "masks of classes that nnU-Net can learn",
            "none with a positive voxel",
            "Export another form, or other classes (--classes)",
        )
    there = {name: count for name, count in held.items() if count}
    return _make_files(table, drawn, labels, {"cases_with_class": there, **_price(labels, codes)})


def _price(labels: NnunetLabels, codes: Mapping[int, int]) -> dict[str, Any]:
    """What the one number a voxel costs: voxels that are ignored although a class is there."""
    ignored = np.array([labels.number(code) == labels.ignore for code in codes], dtype=bool)
    positive = np.array([bool(decode_state(code, labels.count)[0]) for code in codes], dtype=bool)
    count = np.array(list(codes.values()), dtype=np.int64)
    return {
        "voxels": int(count.sum()),
        "ignored_voxels": int(count[ignored].sum()),
        "ignored_positive_voxels": int(count[ignored & positive].sum()),
    }


def _make_files(
    table: AssembledTable,
    drawn: Mapping[str, DrawnRecord],
    labels: NnunetLabels,
    counts: Mapping[str, Any],
) -> dict[str, Content]:
    solid = any(is_volume(one.path) for one in drawn.values())
    ending = VOLUME_ENDING if solid else IMAGE_ENDING
    names = name_files(table.records["record"])
    files: dict[str, Content] = {}
    listed: dict[str, dict[str, Any]] = {}
    for record, split in table.records.select("record", "split").iter_rows():
        case, one = names[record], drawn[record]
        part = "Ts" if split == "test" else "Tr"
        files[f"labels{part}/{case}{ending}"] = partial(_write_labels, one, labels)
        image = f"images{part}/{case}_0000{ending}"
        plain = one.path.name.endswith(VOLUME_ENDING) and one.path.is_file()
        if plain and part == "Ts":
            files[image] = one.path
        elif not plain:
            files[image] = partial(_write_image, one.path)
        if part == "Tr":
            listed[case] = {
                "images": [str(one.path) if plain else image],
                "label": f"labelsTr/{case}{ending}",
            }
    if not listed:
        raise AssemblyError(
            "masks of the train or validation part", "none", "Choose other --splits"
        )
    described = {
        "name": "+".join(table.scopes),
        "reference": join_told(table, "citation"),
        "licence": join_told(table, "licence"),
        "channel_names": {"0": _channel(table)},
        **labels.describe(),
        "numTraining": len(listed),
        "file_ending": ending,
        "dataset": listed,
        "counts": counts,
    }
    return {
        "dataset.json": _json(described),
        "splits_final.json": _json(_list_splits(table.records, names)),
        "cases.csv": _list_cases(table.records, names),
        **files,
    }


def refuse_other_name(output: Path) -> None:
    """Refuse a folder that nnU-Net would not find.

    Raises:
        SettingsError: it is not called ``DatasetNNN_NAME``.

    >>> refuse_other_name(Path("nnUNet_raw/Dataset501_Lesions"))
    """
    if not FOLDER_NAME.fullmatch(output.name):
        raise SettingsError(
            "a folder called DatasetNNN_NAME, as nnU-Net finds it (NNN: three digits)",
            output.name,
            f"Name it so, such as {output.with_name('Dataset501_Lesions')}",
        )


def _write_labels(one: DrawnRecord, labels: NnunetLabels, path: Path) -> None:
    volume, state = read_states(one)
    drawn: Shaped[np.ndarray, "*space"] = labels.label(state)
    if volume is None:
        _write_png(drawn, path)
    else:
        write_prediction(volume, drawn, path)


def _write_image(source: Path, path: Path) -> None:
    if is_volume(source):
        # Only here, and above in read_states: images need no volumes.
        from labelassemble.volumes.read_volume import read_volume

        volume = read_volume(source)
        write_prediction(volume, volume.voxels, path)
    else:
        _write_png(np.rint(read_image(source) * 255).astype(np.uint8), path)


def _write_png(image: Shaped[np.ndarray, "height width"], path: Path) -> None:
    _, data = cv2.imencode(".png", image)
    path.write_bytes(data.tobytes())


def _channel(table: AssembledTable) -> str:
    """What nnU-Net normalises by: CT by its own rule, all else by mean and deviation."""
    words = {str(one.get("modality") or "") for _, one in told_sources(table)}
    return words.pop() or "image" if len(words) == 1 else "image"


def _list_splits(records: pl.DataFrame, names: Mapping[str, str]) -> list[dict[str, list[str]]]:
    own = records.filter(pl.col("split").is_in(["train", "validate"]))
    folds = own["fold"].drop_nulls().unique().sort().to_list()
    held = [pl.col("fold").eq_missing(fold) for fold in folds] or [pl.col("split") == "validate"]
    return [
        {
            "train": [names[one] for one in own.filter(~out)["record"]],
            "val": [names[one] for one in own.filter(out)["record"]],
        }
        for out in held
    ]


def _list_cases(records: pl.DataFrame, names: Mapping[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ["record", "split", "fold", "patient"]
    writer.writerow(["case", *columns])
    for row in records.select(columns).iter_rows():
        writer.writerow([names[row[0]], *row])
    return text.getvalue().encode()


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
