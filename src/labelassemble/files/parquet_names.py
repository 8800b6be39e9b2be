"""Names in a Parquet file of Hugging Face ``datasets``: of its images, and of classes."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from labelassemble.files.inside_path import TABLE_SUFFIXES
from labelassemble.files.is_dicom import starts_as_dicom

_BYTES, _PATH = "bytes", "path"


_CALLED = ("image", "img", "picture", "jpg", "png")  # codespell:ignore picture


_STARTS = ((b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"II*\0", ".tif"), (b"MM\0*", ".tif"))


_HEAD = 256


class ImageColumn(NamedTuple):
    """The images of a table.

    Attributes:
        column: that holds them.
        names: of the image in each row, below the folder that the file lies in.
    """

    column: str
    names: pl.Series


def find_image_columns(schema: Mapping[str, Any]) -> list[str]:
    """Columns of structures of bytes and a path, the images first.

    >>> cell = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    >>> find_image_columns({"mask": cell, "label": pl.Int64, "image": cell})
    ['image', 'mask']
    """
    found = [
        name
        for name, kind in schema.items()
        if isinstance(kind, pl.Struct)
        and {field.name: field.dtype for field in kind.fields}
        == {_BYTES: pl.Binary, _PATH: pl.String}
    ]
    return sorted(found, key=lambda one: (one.lower() not in _CALLED, found.index(one)))


def name_embedded_images(file: Path | io.BytesIO, stem: str) -> ImageColumn | None:
    """Name the images in the first column of images; None: there is none.

    An image keeps the name that was written beside it, if each has another one; else it is called
    by its row. The name of the table comes first: splits and parts of a set may repeat names.

    Args:
        file: the Parquet file, or its bytes.
        stem: the file's name without its extension.
    """
    columns = find_image_columns(pl.scan_parquet(file, glob=False).collect_schema())
    if not columns:
        return None
    column = columns[0]
    cells = pl.scan_parquet(file, glob=False).select(
        path=pl.col(column).struct.field(_PATH),
        head=pl.col(column).struct.field(_BYTES).bin.head(_HEAD),
    )
    # A part at a time: images are many times as large as their names.
    frame = cells.collect(engine="streaming")
    path = frame["path"].str.replace_all("\\", "/", literal=True).str.strip_chars("/")
    path = path.str.replace(r"^(\./|\.\./)+", "")
    if path.null_count() or (path == "").any() or path.is_duplicated().any():
        first = next((one for one in frame["head"] if one), b"")
        ending = next((end for start, end in _STARTS if first.startswith(start)), "")
        ending = ".dcm" if starts_as_dicom(first) else ending
        path = pl.select(
            pl.int_range(frame.height).cast(pl.String).str.zfill(6) + ending
        ).to_series()
    names = (f"{stem}/" + path).set(frame["head"].is_null(), None)
    return ImageColumn(column, names.alias(column))


def is_table_of_images(name: str) -> bool:
    """Whether a file may be one, by its name."""
    return name.lower().endswith(TABLE_SUFFIXES)


def read_class_names(data: io.BytesIO) -> dict[str, tuple[str, ...]]:
    """Words of the columns that hold numbers of classes, or lists of these, by their column.

    They stand in the file's metadata, under ``huggingface``.
    """
    try:
        written = pl.read_parquet_metadata(data).get("huggingface")
        features = json.loads(written or "{}")["info"]["features"]
        items = list(features.items())
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    found = {}
    for column, feature in items:
        inner = feature
        if isinstance(inner, list):
            inner = inner[0] if len(inner) == 1 else {}
        if isinstance(inner, dict) and inner.get("_type") in ("Sequence", "List", "LargeList"):
            inner = inner.get("feature")
        names = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(names, list) and all(isinstance(one, str) for one in names):
            found[column] = tuple(names)
    return found


def name_classes(cells: pl.Series, names: tuple[str, ...]) -> pl.Series:
    """Give words for numbers of classes; −1, which says that there is none, becomes null.

    Args:
        cells: whole numbers, or lists of these.
        names: of the classes 0, 1, ...

    Raises:
        ValueError: a number without a word.

    >>> name_classes(pl.Series([1, 0, -1]), ("well", "ill")).to_list()
    ['ill', 'well', None]
    """
    plain = cells.explode() if cells.dtype.is_nested() else cells
    strange = plain.drop_nulls()
    strange = strange.filter(~strange.is_between(-1, len(names) - 1))
    if len(strange):
        raise ValueError(
            f"the class {strange[0]} in the column {cells.name!r}, which has {len(names)} words"
        )
    words = dict(enumerate(names))
    if not cells.dtype.is_nested():
        return cells.replace_strict(words, default=None, return_dtype=pl.String)
    return pl.Series(
        cells.name,
        [None if one is None else [words[n] for n in one if n in words] for one in cells.to_list()],
        dtype=pl.List(pl.String),
    )
