"""Built-in manifests that fit a folder: their files are there, with their columns and names."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.draft.survey import plain_name
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.state_masks import state_masks
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.image_files import find_image_files, match_glob
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import list_rows
from labelassemble.sources.rows import Rows
from labelassemble.sources.source_tables import open_source_tables

_ENOUGH = 0.9
_MASKS = r"(?i)/masks?/|_mask[^/]*$"


def find_known_sources(
    folder: Path, manifests: Mapping[str, Manifest], table: str | None = None
) -> tuple[str, ...]:
    """Name the manifests that fit a folder.

    Args:
        folder: the source's folder.
        manifests: those to try, by name.
        table: path of the table that is meant; then only those that read it.
    """
    return tuple(
        name
        for name, manifest in manifests.items()
        if (table is None or _reads(manifest, table)) and _fits(folder, manifest)
    )


def _reads(manifest: Manifest, table: str) -> bool:
    files = (manifest.table and manifest.table.file) or ()
    plain = plain_name(table)
    return any(match_glob(plain, file) for file in files)


def _fits(folder: Path, manifest: Manifest) -> bool:
    labels, layout = manifest.labels, manifest.table
    if isinstance(labels, Unlabelled):
        return False
    if layout is not None:
        problems = Problems()
        open_source_tables(folder, manifest, layout, problems)
        if problems.any:
            return False
    try:
        files = find_image_files(folder / manifest.images.folder, manifest.images.glob)
        pattern = layout.names if layout else None
        patterns = labels.patterns if isinstance(labels, FolderNames) else (pattern,)
        # Files that table.names does not match are left out: masks that are called so, or lie in a
        # folder of their class, may be among them.
        names = files.names.filter(~files.names.str.contains(_MASKS)) if pattern else files.names
        if any(patterns) and _share_matched(names, [one for one in patterns if one]) < _ENOUGH:
            return False
        if layout is not None and layout.file is not None:
            return True
        if isinstance(labels, FolderNames):
            return True
        settings = SourceSettings(name="known", manifest="known", folder=folder.absolute())
        rows = list_rows(settings, manifest, files).rows
        if isinstance(labels, MaskValues):
            state_masks(_first(rows), labels, manifest.scope, files.folder)
        return True
    except (SourceError, OSError):
        return False


def _share_matched(names: pl.Series, patterns: list[str]) -> float:
    expressions = [re.compile(pattern) for pattern in patterns]
    found = [any(one.fullmatch(name) for one in expressions) for name in names]
    return float(np.mean(found)) if found else 0.0


def _first(rows: Rows) -> Rows:
    """The first row alone: one mask is opened, not all."""
    others = pl.int_range(rows.facts.height, eager=True) > 0
    return rows.leave_out(pl.select(pl.when(others).then(pl.lit("not opened"))).to_series())
