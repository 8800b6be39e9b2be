"""Hashes of the files in which sources drew, so that others in their place are known later."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from labelassemble.images.hash_files import hash_files
from labelassemble.vocabulary.class_table import ClassTable


def hash_masks(tables: Sequence[ClassTable], folder: Path) -> list[ClassTable]:
    """Hash the files of all masks.

    Args:
        tables: the sources.
        folder: where hashes are kept, so that files that have not changed are not read again.

    Raises:
        ImageError: a file that cannot be read.
    """
    every = {path for one in tables for path in one.masks["path"].drop_nulls()}
    hashed = hash_files({path: Path(path) for path in sorted(every)}, folder)
    return [replace(one, masks=_add_hashes(one.masks, hashed)) for one in tables]


def _add_hashes(masks: pl.DataFrame, hashed: dict[str, str]) -> pl.DataFrame:
    if not hashed:
        return masks
    sha256 = pl.col("path").replace_strict(hashed, default=None, return_dtype=pl.String)
    return masks.with_columns(sha256=sha256)
