"""A table as Parquet files that Hugging Face's ``datasets`` loads, features and all."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError
from labelassemble.export.describe_sources import told_sources
from labelassemble.export.label_matrix import label_matrix
from labelassemble.export.own_boxes import find_own_boxes
from labelassemble.export.wide_columns import FACT_COLUMNS, select_facts
from labelassemble.export.write_folder import Content
from labelassemble.files.image_size import ImageSize

_PARTS = {"train": "train", "validate": "validation", "test": "test"}
PILLOW_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")
"""Files that the feature ``Image`` decodes; of others ``path`` says where they are."""

_OWN = ("image", "objects")
_NUMBERS = {"group": "int64", "fold": "int64", "age": "float64"}


def make_hub_folder(table: AssembledTable, sizes: Mapping[str, ImageSize]) -> dict[str, Content]:
    """Make a Parquet file a part, and ``README.md`` with features, sources and licences.

    Columns: ``wide_columns.FACT_COLUMNS``; a column a class (float32 in [0, 1]; null is unknown);
    ``image``, which is opened by its path when it is asked for, null where Pillow cannot, left out
    where paths are relative; ``objects``, the boxes: x, y, width, height in pixels of the file,
    and the class's number among ``table.classes``.

    Args:
        table: images of the parts train, validate and test.
        sizes: record to width and height of its file, where it has one.

    Raises:
        AssemblyError: a class with the name of another column.

    Source: ``datasets`` 5.2, ``dataset_info`` in a data set's card.
    """
    taken = [name for name in table.classes if name in _OWN]
    if taken:
        raise AssemblyError(
            f"classes with names of their own, none of {', '.join(_OWN)}",
            f"a class {taken[0]!r}",
            "Rename this class in the vocabulary",
        )
    label = label_matrix(table).label
    boxes, _ = find_own_boxes(table, sizes)
    number = {name: place for place, name in enumerate(table.classes)}
    objects = [
        {
            "bbox": [list(box[1:5]) for box in boxes.get(record, [])],
            "category": [number[box.of_class] for box in boxes.get(record, [])],
        }
        for record in table.records["record"]
    ]
    frame = select_facts(table).with_columns(
        *(
            pl.Series(name, label[:, place], dtype=pl.Float32).fill_nan(None)
            for name, place in number.items()
        ),
        pl.Series(
            "objects",
            objects,
            dtype=pl.Struct({"bbox": pl.List(pl.List(pl.Float32)), "category": pl.List(pl.Int64)}),
        ),
    )
    features: list[dict[str, Any]] = [
        {"name": name, "dtype": _NUMBERS.get(name, "string")} for name in FACT_COLUMNS
    ]
    features += [{"name": name, "dtype": "float32"} for name in table.classes]
    names = {str(place): name for name, place in number.items()}
    category = {"name": "category", "list": {"dtype": {"class_label": {"names": names}}}}
    bbox = {"name": "bbox", "list": {"list": "float32"}}
    features.append({"name": "objects", "struct": [bbox, category]})
    if _opens(frame["path"]):
        suffixes = "|".join(map(re.escape, PILLOW_SUFFIXES))
        opened = pl.col("path").str.to_lowercase().str.contains(rf"^[^#]*({suffixes})$")
        told = pl.struct(bytes=pl.lit(None, pl.Binary), path="path")
        frame = frame.with_columns(image=pl.when(opened).then(told))
        features.append({"name": "image", "dtype": "image"})
    files: dict[str, Content] = {"README.md": _describe(table, features).encode()}
    filled = [one for one in _PARTS if (frame["split"] == one).any()]
    for split in filled:
        buffer = io.BytesIO()
        part = frame.filter(pl.col("split") == split)
        part.write_parquet(buffer)
        files[f"data/{_PARTS[split]}-00000-of-00001.parquet"] = buffer.getvalue()
    return files


def _opens(paths: pl.Series) -> bool:
    """Whether paths lead somewhere from any folder."""
    return all(Path(one).is_absolute() for one in paths.drop_nulls())


def _describe(table: AssembledTable, features: list[dict[str, Any]]) -> str:
    told = yaml.safe_dump({"dataset_info": {"features": features}}, sort_keys=False)
    lines = ["---", *told.splitlines(), "---"]
    lines += ["# " + " + ".join(table.scopes), ""]
    lines += ["Partly labelled: 1 present, 0 absent, between them a soft label, null unknown.", ""]
    lines += [
        f"- {name}: {one.get('title') or name}; licence: {one.get('licence') or 'not stated'}; "
        f"{one.get('citation') or ''}".rstrip("; ")
        for name, one in told_sources(table)
    ]
    return "\n".join(lines) + "\n"
