"""Built-in manifests that fit a folder: their files are there, with their columns and names."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError, plural, some
from labelassemble.settings import SourceSettings
from labelassemble.sources.draft.survey import plain_name
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.state_masks import state_masks
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.fit_columns import Fit, fit_columns
from labelassemble.sources.folder_seen import FolderSeen, see_folder
from labelassemble.sources.image_files import (
    IMAGE_SUFFIXES,
    find_image_files,
    match_glob,
)
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.read import list_rows
from labelassemble.sources.rows import Rows
from labelassemble.sources.settle_source import explain_fit, find_form

_ENOUGH = 0.9
_MASKS = re.compile(r"(?i)/masks?/|_mask[^/]*$")
_NEAR = 0.5
_FEW = 3
"""A table of fewer columns that goes by another name is nobody's without a doubt."""


class Known(NamedTuple):
    """A built-in manifest that fits a folder, or nearly.

    Attributes:
        name: of the manifest.
        said: by what it is told, or why it is not it, in words.
        columns: how many of the columns of its table are there.
        tables: the tables that are taken.
    """

    name: str
    said: str
    columns: int = 0
    tables: tuple[str, ...] = ()


def find_known_sources(
    folder: Path, manifests: Mapping[str, Manifest], table: str | None = None
) -> tuple[str, ...]:
    """Name the manifests that fit a folder, those with the most columns first.

    Args:
        folder: the source's folder.
        manifests: those to try, by name.
        table: path of the table that is meant; then only those that read it.
    """
    plain = plain_name(table) if table is not None else None
    return tuple(
        one.name
        for one in find_known(see_folder(folder), manifests)
        if plain is None or any(plain_name(name) == plain for name in one.tables)
    )


def find_known(seen: FolderSeen, manifests: Mapping[str, Manifest]) -> list[Known]:
    """Give the manifests that fit a folder and what tells them, the most columns first.

    Args:
        seen: the folder.
        manifests: those to try, by name.
    """
    found = [known for name, one in manifests.items() if (known := _fit(name, one, seen))]
    return sorted(found, key=lambda one: -one.columns)


def find_near(
    seen: FolderSeen, manifests: Mapping[str, Manifest], but: Sequence[str] = ()
) -> list[Known]:
    """Give manifests many of whose columns a table has, and what tells against them.

    Args:
        seen: the folder.
        manifests: those to try, by name.
        but: names that are not asked.
    """
    near = []
    for name, manifest in manifests.items():
        if name in but or manifest.table is None or not manifest.table.file:
            continue
        fits = [
            (table, fit)
            for table, columns in seen.tables.items()
            if (fit := fit_columns(manifest, columns)).found
        ]
        if not fits:
            continue
        table, fit = max(fits, key=lambda one: _share(one[1]))
        if _share(fit) >= _NEAR and len(fit.found) >= _FEW and not fit.fits:
            near.append(Known(name, f"{explain_fit(fit)}, table {table}", len(fit.found), (table,)))
    return sorted(near, key=lambda one: -one.columns)


def _share(fit: Fit) -> float:
    return len(fit.found) / max(len(fit.wanted), 1)


def _fit(name: str, manifest: Manifest, seen: FolderSeen) -> Known | None:
    labels, layout = manifest.labels, manifest.table
    if isinstance(labels, Unlabelled):
        return None
    form = find_form(manifest, seen)
    if form is None:
        return None
    if form.placed is not None:
        placed = form.placed
        files = form.manifest.table.file if form.manifest.table else ()
        tables = [one for file in files or () for one in placed.names[file]]
        shown = [one for file in tables for one in _spell(file, seen)] or list(placed.rivals)
        few = placed.by_content and len(placed.fit.wanted) < _FEW
        if few or placed.rivals or not _headless_fits(form.manifest, shown, seen):
            return None
        what = "table" if len(shown) == 1 else "tables"
        said = f"{placed.fit}, {what} {some(shown, 3)}"
        return Known(name, said, len(placed.fit.found), tuple(shown))
    patterns = labels.patterns if isinstance(labels, FolderNames) else ()
    if layout is not None and layout.names is not None:
        patterns = (layout.names,)
    if patterns:
        names = _list_images(manifest, seen)
        if layout is not None:
            # Files that table.names does not match are left out: masks that are called so, or lie
            # in a folder of their class, may be among them.
            names = [one for one in names if not _MASKS.search(one)]
        expressions = [re.compile(one) for one in patterns]
        count = sum(any(one.fullmatch(name) for one in expressions) for name in names)
        if not names or count < _ENOUGH * len(names):
            return None
        return Known(name, f"{count} of {plural(len(names), 'image')} are named as its are")
    return _read_one(name, manifest, seen)


def _spell(file: str, seen: FolderSeen) -> list[str]:
    return [name for name in seen.tables if match_glob(name, file)] or [file]


def _headless_fits(manifest: Manifest, tables: Sequence[str], seen: FolderSeen) -> bool:
    """Whether tables without a header have as many cells a line as the manifest says."""
    layout = manifest.table
    if layout is None or not layout.header:
        return True
    sign = layout.separator or ","
    for name in tables:
        try:
            with (seen.folder / name).open(encoding="utf-8") as file:
                cells = file.readline().strip().split(sign)
        except (OSError, UnicodeDecodeError):
            return False
        if len(cells) != len(layout.header):
            return False
    return bool(tables)


def _list_images(manifest: Manifest, seen: FolderSeen) -> list[str]:
    """Images that a manifest may mean: in its folder if that is there, else anywhere."""
    folder = manifest.images.folder.strip("/")
    start = f"{folder}/" if folder not in ("", ".") else ""
    inside = [one for one in seen.names if start and f"/{one}".find(f"/{start}") >= 0]
    names = [one[f"/{one}".find(f"/{start}") + len(start) :] for one in inside] or seen.names
    glob = manifest.images.glob
    if glob:
        return [one for one in names if match_glob(one, glob)]
    return [one for one in names if one.lower().endswith(IMAGE_SUFFIXES)]


def _read_one(name: str, manifest: Manifest, seen: FolderSeen) -> Known | None:
    """Read the rows of a source whose labels are no table, and one mask."""
    labels, images = manifest.labels, manifest.images
    if isinstance(labels, MaskValues):
        if not _list_images(manifest, seen):
            return None
    elif not any(match_glob(n, f"**/{f}") for n in seen.others for f in _files(manifest)):
        return None
    try:
        files = find_image_files(seen.folder / images.folder, images.glob)
        settings = SourceSettings(name="known", manifest="known", folder=seen.folder.absolute())
        rows = list_rows(settings, manifest, files).rows
        if isinstance(labels, MaskValues):
            state_masks(_first(rows), labels, manifest.scope, files.folder)
    except (SourceError, OSError):
        return None
    return Known(name, f"{plural(rows.facts.height, 'row')} as it writes them")


def _files(manifest: Manifest) -> tuple[str, ...]:
    found = getattr(manifest.labels, "file", ("*",))
    return tuple(one.removeprefix("**/") for one in found)


def _first(rows: Rows) -> Rows:
    """The first row alone: one mask is opened, not all."""
    others = pl.int_range(rows.facts.height, eager=True) > 0
    return rows.leave_out(pl.select(pl.when(others).then(pl.lit("not opened"))).to_series())
