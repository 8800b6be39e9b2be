"""Paths of image files as seen from a folder, so that a list can move with its images."""

import os
from dataclasses import replace
from pathlib import Path

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, some


def relative_paths(table: AssembledTable, base: Path) -> AssembledTable:
    """Write the paths of images and members relative to a folder, with ``/``.

    Args:
        table: the assembled table; its paths are absolute, null where there is no file.
        base: a folder above all files of images; a relative one is taken from the current folder.
            Members whose files lie elsewhere keep their paths.

    Raises:
        SettingsError: files of images that are not below it.

    Source: our own.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> row = {"record": "a/1.png", "path": "/images/a/1.png", "split": "train"}
    >>> frames["records"] = make_frame("records", [row])
    >>> table = AssembledTable(classes=(), **frames, scopes={}, manifest={})
    >>> relative_paths(table, Path("/images")).records["path"].to_list()
    ['a/1.png']
    """
    root = Path(os.path.normpath(base.absolute())).as_posix().rstrip("/") + "/"
    below = pl.col("path").str.starts_with(root)
    outside = table.records.filter(~below)["path"]
    if len(outside):
        raise SettingsError(
            f"every image file below the base folder {root}",
            f"{len(outside)} that are not, such as {some(outside, 3)}",
            "Give a folder above all of them, or none for absolute paths",
        )
    told = pl.when(below).then(pl.col("path").str.slice(len(root))).otherwise("path").alias("path")
    return replace(
        table,
        records=table.records.with_columns(told),
        members=table.members.with_columns(told),
    )
