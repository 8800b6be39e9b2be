"""What those who pass a set on do to it: other kinds of files, folders, headers and rows."""

import csv
import io
import random
import re

import polars as pl
from PIL import Image

RECORD = re.compile(r"\.(png|jpe?g)$", re.I)
STORED = re.compile(r"\.(png|jpe?g|dcm|dicom)$", re.I)
TABLE = re.compile(r"\.(csv|tsv)$")


def on_rows(change):
    """Change the rows of every table; none: there is no table."""

    def go(files):
        changed = dict(files)
        for name in filter(TABLE.search, files):
            sign = "\t" if name.endswith(".tsv") else ","
            rows = list(csv.reader(io.StringIO(files[name].decode()), delimiter=sign))
            text = io.StringIO()
            csv.writer(text, delimiter=sign, lineterminator="\n").writerows(change(rows))
            changed[name] = text.getvalue().encode()
        return changed

    return go


def on_header(change):
    return on_rows(lambda rows: [[change(one) for one in rows[0]], *rows[1:]])


def store_as(ending, kind, scale=1):
    """Store images as others, or smaller."""

    def go(files):
        changed = {}
        for name, content in files.items():
            if not RECORD.search(name):
                changed[name] = content
                continue
            image = Image.open(io.BytesIO(content))
            made = io.BytesIO()
            size = tuple(max(8, side // scale) for side in image.size)
            image.resize(size).save(made, kind)
            changed[RECORD.sub(ending, name)] = made.getvalue()
        return changed

    return go


def move(place):
    """Move images into other folders, where their names alone tell them."""

    def go(files):
        stored = [name for name in files if STORED.search(name)]
        names = [name.rpartition("/")[2] for name in stored]
        if len(set(names)) < len(names):
            return files
        pairs = zip(stored, names, strict=True)
        new = {one: f"{place(at)}/{name}" for at, (one, name) in enumerate(pairs)}
        return {new.get(name, name): content for name, content in files.items()}

    return go


def name_whole_paths(files):
    """Write in tables where images lay on somebody's machine."""
    paths = {name.rpartition("/")[2]: name for name in files if RECORD.search(name)}
    change = on_rows(
        lambda rows: [
            [f"/kaggle/input/set/{paths[c]}" if c in paths else c for c in row] for row in rows
        ]
    )
    return change(files)


def to_parquet(files):
    changed = {}
    for name, content in files.items():
        if not name.endswith(".csv"):
            changed[name] = content
            continue
        made = io.BytesIO()
        pl.read_csv(content, truncate_ragged_lines=True).write_parquet(made)
        changed[f"{name[:-4]}.parquet"] = made.getvalue()
    return changed


def widen(rows):
    return [
        [*row, "1" if at else "fold", "64" if at else "width_px"] for at, row in enumerate(rows)
    ]


def keep_lists_apart(files):
    """Lists that are no tables, in a folder of their own."""
    return {
        f"lists/{name.rpartition('/')[2]}" if name.endswith(".json") else name: content
        for name, content in files.items()
    }


CHANGES = {
    "images as JPEG": store_as(".jpg", "JPEG"),
    "images as PNG": store_as(".png", "PNG"),
    "images half as large": store_as(".png", "PNG", 2),
    "images in one folder": move(lambda at: "all_images"),
    "images in folders of parts": move(lambda at: f"data/{('train', 'val', 'test')[at % 3]}"),
    "headers in small letters": on_header(str.lower),
    "headers with blanks around": on_header(lambda name: f" {name} "),
    "rows in another order": on_rows(
        lambda rows: [rows[0], *random.Random(1).sample(rows[1:], len(rows) - 1)]
    ),
    "every row twice": on_rows(lambda rows: [*rows, *rows[1:]]),
    "further columns": on_rows(widen),
    "tables as Parquet": to_parquet,
    "lists in a folder of their own": keep_lists_apart,
    "whole paths in tables": name_whole_paths,
}  # fmt: skip
