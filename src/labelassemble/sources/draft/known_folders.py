"""Built-in manifests whose labels are no table: a folder fits by the names of files and masks."""

import zipfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import NamedTuple

import polars as pl

from labelassemble.errors import ImageError, SourceError, plural, some
from labelassemble.files.array_file import read_array_shapes
from labelassemble.sources.encodings.coco_json import CocoJson
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.npz_arrays import NpzArrays
from labelassemble.sources.fit_names import NameFit, fit_names, name_patterns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.forms import find_elsewhere
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.label_files.list_file_rows import list_file_rows
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.peek_mask import peek_mask
from labelassemble.sources.statements.mask_values import list_cases, read_meaning

_ENOUGH = 0.9
_HALF = 0.5
_FEW = 3


class FolderFit(NamedTuple):
    """How well a folder is that of a source without a table.

    Attributes:
        fits: whether it is.
        said: what tells it, or what tells against it.
        number: how many files tell it.
        files: label files that are read.
        seen: what else was seen; blank: nothing.
    """

    fits: bool
    said: str
    number: int
    files: tuple[str, ...] = ()
    seen: str = ""


def fit_folder(manifest: Manifest, seen: FolderSeen) -> FolderFit | None:
    """Compare a folder with a manifest that reads no table of rows; none: nothing is alike.

    Args:
        manifest: how the source is written.
        seen: the folder.
    """
    if name_patterns(manifest):
        lost = _find_lost(manifest, seen)
        found = fit_names(manifest, seen)
        if isinstance(manifest.labels, MaskValues):
            return _fit_masks(manifest, manifest.labels, found, seen)
        return _fit_named(manifest, found, lost)
    return _fit_files(manifest, seen)


def _find_lost(manifest: Manifest, seen: FolderSeen) -> list[str]:
    """Tables that are joined to names of images, and are not there."""
    joins = manifest.table.join if manifest.table else ()
    return [
        file
        for join in joins
        if join.needed
        for file in join.file
        if not any(fnmatchcase(f"/{one}", f"*/{file.removeprefix('**/')}") for one in seen.others)
    ]


def _fit_named(manifest: Manifest, found: NameFit, lost: Sequence[str]) -> FolderFit | None:
    if not found.named or found.named < _HALF * found.asked:
        return None
    told = [f"{word} {count:,}" for word, count in found.words.most_common()]
    seen = f"classes in their paths: {some(told, 8)}" if told else ""
    said = f"{found.named:,} of {plural(found.asked, 'image')} are named as its are"
    if lost:
        return FolderFit(False, f"{said}, but {some(lost, 3)} is not there", found.named)
    if found.named < _ENOUGH * found.asked:
        return FolderFit(False, said, found.named)
    scope = manifest.scope
    classes = (*scope.terms, *scope.no_finding)
    # Where any file in a folder of a class would do, few usual words for classes tell nothing.
    exact = any(_is_exact(one) for one in name_patterns(manifest))
    if found.words and not exact and found.repeated < _ENOUGH * found.named:
        there = sorted(found.words)
        if len(there) < min(_FEW, len(classes)):
            said += f", of the classes {some(there, 6)}, but its classes are {some(classes, 6)}"
            return FolderFit(False, said, found.named)
    return FolderFit(True, said, found.named, seen=seen)


def _is_exact(pattern: str) -> bool:
    """Whether a pattern of paths says how files are called: numbers at a place of their own."""
    return r"\d" in pattern.rpartition("/")[2]


def _fit_masks(
    manifest: Manifest, labels: MaskValues, found: NameFit, seen: FolderSeen
) -> FolderFit | None:
    if not found.masked:
        return None
    said = f"{found.masked:,} of {plural(found.asked, 'image')} have a mask where its have one"
    if found.named < _HALF * found.asked:
        return FolderFit(False, f"{said}, the others are named otherwise", found.masked)
    folder = seen.folder / found.below
    try:
        meaning, ignore = read_meaning(labels, folder) if labels.mask else ({}, set[int]())
    except SourceError as error:
        return FolderFit(False, f"{said}, but {error.got}", found.masked)
    rows = list_cases(pl.Series([found.image]), labels)
    mask = next(
        file for column in rows.cells.columns for file in sorted(folder.glob(rows.cells[column][0]))
    )
    looked = peek_mask(mask)
    if looked is None or not looked.few:
        return FolderFit(
            False, f"{said}, but {mask.name} is no mask that can be read", found.masked
        )
    known = {str(one) for values in meaning.values() for one in values} | {*map(str, ignore)}
    strange = sorted(looked.values - known)
    if labels.mask and not labels.colours and labels.above is None and strange:
        return FolderFit(
            False,
            f"{said}, but {mask.name} holds {some(strange, 3)}, which it has not",
            found.masked,
        )
    values = f"{mask.name} holds {some(sorted(looked.values), 5) or 'nothing'}"
    return FolderFit(True, said, found.masked, seen=values)


def _fit_files(manifest: Manifest, seen: FolderSeen) -> FolderFit | None:
    """Read the labels of a source that has files of another kind: COCO, XML, arrays."""
    labels = manifest.labels
    if isinstance(labels, NpzArrays):
        return _fit_arrays(labels, seen)
    wanted: tuple[str, ...] = getattr(labels, "file", ())
    found = [
        [one for one in seen.others if match_glob(one, f"**/{file.removeprefix('**/')}")]
        or find_elsewhere(file, seen)
        for file in wanted
    ]
    if not wanted or not all(found):
        return None
    read = tuple(
        of[0] if len(of) == 1 else str(PurePosixPath(of[0]).with_name(file.rpartition("/")[2]))
        for file, of in zip(wanted, found, strict=True)
    )
    here = manifest.model_copy(update={"labels": labels.model_copy(update={"file": read})})
    names = pl.Series("image", [], dtype=pl.String)
    try:
        rows = list_file_rows(seen.folder.absolute(), here, ImageFolder(seen.folder, names, 0)).rows
    except (SourceError, OSError):
        return None
    files = tuple(one for of in found for one in of)
    what = "image" if isinstance(labels, CocoJson) else "row"
    said = f"{plural(rows.facts.height, what)} in {some(files, 3)}, written as its are"
    return FolderFit(rows.facts.height > 0, said, rows.facts.height, files)


def _fit_arrays(labels: NpzArrays, seen: FolderSeen) -> FolderFit | None:
    """Compare the arrays of an npz file by their sizes, which stand in their heads."""
    files = [
        one
        for one in seen.others
        if any(match_glob(one, f"**/{file.removeprefix('**/')}") for file in labels.file)
    ]
    said, count = "", 0
    for file in files:
        arrays = read_folder_shapes(seen, file)
        parts = [one.removesuffix("_images") for one in arrays if one.endswith("_images")]
        rows = {part: arrays[f"{part}_images"][0] for part in parts}
        wide = {arrays.get(f"{part}_labels", (0,))[1:] for part in parts}
        columns = len(labels.classes) if labels.several else 1
        if not parts or not wide <= {(columns,), *([()] if columns == 1 else [])}:
            continue
        size = " x ".join(map(str, arrays[f"{parts[0]}_images"][1:]))
        told = ", ".join(f"{part} {number:,}" for part, number in rows.items())
        said, count = f"{file} holds {told} images of {size}", count + sum(rows.values())
    return FolderFit(True, said, count, tuple(files)) if count else None


def read_folder_shapes(seen: FolderSeen, file: str) -> dict[str, tuple[int, ...]]:
    """Read the sizes of the arrays in an npz file, from their heads alone.

    Args:
        seen: the folder.
        file: its path below the folder.

    Returns:
        Name to size; nothing where it is no such file.
    """
    try:
        return read_array_shapes(seen.folder / file)
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, ImageError):
        return {}
