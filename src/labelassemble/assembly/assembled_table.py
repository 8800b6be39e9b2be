"""The assembled table: every picture, every cell, where each came from, and how it was split."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.errors import AssemblyError, some

SPLITS = ("train", "validate", "test", "unused")
"""Every picture is in one of these; ``unused`` ones would leak if they were used."""

PICTURE_COLUMNS = {
    "picture": pl.String,
    "source": pl.String,
    "path": pl.String,
    "patient": pl.String,
    "group": pl.Int64,
    "split": pl.String,
    "split_reason": pl.String,
    "view": pl.String,
    "age": pl.Float64,
    "sex": pl.String,
}
CELL_COLUMNS = {
    "picture": pl.String,
    "class": pl.String,
    "state": pl.String,
    "label": pl.Float32,
    "source": pl.String,
    "reason": pl.String,
    "policy": pl.String,
}
MEMBER_COLUMNS = {
    "picture": pl.String,
    "source": pl.String,
    "image": pl.String,
    "path": pl.String,
    "patient": pl.String,
    "evidence": pl.String,
}
CONFLICT_COLUMNS = {
    "picture": pl.String,
    "class": pl.String,
    "left_source": pl.String,
    "left_verdict": pl.String,
    "right_source": pl.String,
    "right_verdict": pl.String,
    "decision": pl.String,
}
LEFT_OUT_COLUMNS = {"source": pl.String, "image": pl.String, "reason": pl.String}

FRAMES = {
    "pictures": PICTURE_COLUMNS,
    "cells": CELL_COLUMNS,
    "members": MEMBER_COLUMNS,
    "conflicts": CONFLICT_COLUMNS,
    "left_out": LEFT_OUT_COLUMNS,
}
"""The frames of a table and their columns; each is one Parquet file of the same name."""

DESCRIPTION = "assembled.json"
FORMAT = 1


@dataclass(frozen=True)
class AssembledTable:
    """Several sources as one table.

    Attributes:
        classes: the classes, in the order that networks and scores use.
        pictures: one row a distinct picture (``PICTURE_COLUMNS``): the name is ``source/image`` of
            the first member that has a file, rows are in recipe order, then by image; ``patient``
            is the same for all pictures of one person, ``group`` counts persons from 0; ``age`` is
            in years.
        cells: one row a picture and class that somebody judged (``CELL_COLUMNS``); ``label`` in
            [0, 1] after the policies, null is unknown; ``source`` is who said it, ``a+b`` for two;
            ``policy`` is the rule that decided, null where none was needed.
        members: one row an image of a source (``MEMBER_COLUMNS``): the picture that it is, and the
            ``evidence`` for that: ``table``, ``crosswalk`` or ``same content``.
        conflicts: one row a pair of verdicts that differ (``CONFLICT_COLUMNS``).
        left_out: images that no picture holds, and why (``LEFT_OUT_COLUMNS``).
        scopes: per source, the classes that it looked for.
        manifest: what went in and what came out, as JSON: settings, licences, hashes, counts.
    """

    classes: tuple[str, ...]
    pictures: pl.DataFrame
    cells: pl.DataFrame
    members: pl.DataFrame
    conflicts: pl.DataFrame
    left_out: pl.DataFrame
    scopes: dict[str, tuple[str, ...]]
    manifest: dict[str, object]

    def labels(self) -> pl.DataFrame:
        """One row a picture, in the order of ``pictures``: its name, then a label per class.

        Labels are Float32 in [0, 1]; null is unknown, which is not negative.
        """
        known = self.cells.filter(pl.col("label").is_not_null())
        rows = self.pictures.select("picture").with_row_index("row")
        row = known.select("picture").join(rows, on="picture", how="left", maintain_order="left")
        column = known["class"].replace_strict(
            list(self.classes), list(range(len(self.classes))), return_dtype=pl.Int64
        )
        label = np.full((self.pictures.height, len(self.classes)), np.nan, dtype=np.float32)
        label[row["row"].to_numpy(), column.to_numpy()] = known["label"].to_numpy()
        columns = [
            pl.Series(name, label[:, place]).fill_nan(None)
            for place, name in enumerate(self.classes)
        ]
        return pl.DataFrame([self.pictures["picture"], *columns])


def write_table(table: AssembledTable, folder: Path) -> None:
    """Write the table as five Parquet files and ``assembled.json``; the same table, the same bytes.

    Everything is written to a folder aside, which then takes the place of ``folder`` as a whole.

    Raises:
        AssemblyError: ``folder`` is a file, or holds something that is not an assembled table.
    """
    _refuse_foreign(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    former = folder.with_name(f".{folder.name}.{os.getpid()}.former")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        for name in FRAMES:
            frame: pl.DataFrame = getattr(table, name)
            frame.write_parquet(
                aside / f"{name}.parquet",
                compression="zstd",
                compression_level=3,
                statistics=True,
                row_group_size=250_000,
            )
        description = {
            "format": FORMAT,
            "classes": list(table.classes),
            "scopes": {source: list(scope) for source, scope in table.scopes.items()},
            "manifest": table.manifest,
        }
        text = json.dumps(description, indent=2, ensure_ascii=False, allow_nan=False)
        (aside / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(former)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def read_table(folder: Path) -> AssembledTable:
    """Read what ``write_table`` wrote.

    Raises:
        AssemblyError: no such folder, a file is missing or damaged, or columns are not as written.
    """
    frames = {name: _read_frame(folder, name) for name in FRAMES}
    place = folder / DESCRIPTION
    try:
        description = json.loads(place.read_text(encoding="utf-8"))
        if description["format"] != FORMAT:
            raise _damaged(place, f"format {description['format']}, not {FORMAT}")
        return AssembledTable(
            classes=tuple(description["classes"]),
            scopes={source: tuple(scope) for source, scope in description["scopes"].items()},
            manifest=description["manifest"],
            **frames,
        )
    except OSError as error:
        raise _damaged(place, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(place, f"{type(error).__name__}: {error}") from error


def _read_frame(folder: Path, name: str) -> pl.DataFrame:
    place = folder / f"{name}.parquet"
    try:
        with place.open("rb") as file:
            frame = pl.read_parquet(file)
    except OSError as error:
        raise _damaged(place, error.strerror or str(error)) from error
    except pl.exceptions.PolarsError as error:
        raise _damaged(place, f"not a Parquet file: {str(error).splitlines()[0]}") from error
    if dict(frame.schema) != FRAMES[name]:
        raise _damaged(place, f"columns {some(frame.columns)}")
    return frame


def _damaged(place: Path, got: str) -> AssemblyError:
    return AssemblyError(
        f"an assembled table's file at {place}", got, "Assemble again: labelassemble assemble"
    )


def _refuse_foreign(folder: Path) -> None:
    """A folder that is replaced as a whole must hold nothing else."""
    ours = {DESCRIPTION, *(f"{name}.parquet" for name in FRAMES)}
    if folder.exists() and not folder.is_dir():
        got = f"a file at {folder}"
    elif folder.is_dir() and (foreign := {entry.name for entry in folder.iterdir()} - ours):
        got = f"{folder} also holds {some(sorted(foreign))}"
    else:
        return
    raise AssemblyError(
        "a new folder, or one that holds an assembled table and nothing else",
        got,
        "Choose another folder, or move those files away",
    )
