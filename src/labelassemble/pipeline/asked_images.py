"""What `predict` is asked for: files, folders, archives, patterns, lists, standard input."""

import glob
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from labelassemble.errors import ImageError, SettingsError, SourceError, some, unknown_name
from labelassemble.files.inside_path import ARRAYS, TABLE_SUFFIXES, file_on_disk, is_archive
from labelassemble.files.printable import printable
from labelassemble.storage.lay_out import lay_out_objects
from labelassemble.storage.object_place import find_place, is_location

if TYPE_CHECKING:
    import polars as pl

STANDARD_INPUT = Path("-")
"""Stands for paths on standard input, a line each, or with a zero byte between them."""

FILE_COLUMNS = ("file", "path", "image", "filename")
"""Columns of a list in which paths are looked for, in this order."""

_LISTS = (
    *(".csv", ".tsv", ".parquet", ".xlsx", ".jsonl", ".ndjson"),
    *(".csv.gz", ".tsv.gz", ".csv.zip", ".tsv.zip"),
)
_SIGNS = "*?["


class AskedImage(NamedTuple):
    """One image that was asked for.

    Attributes:
        path: by which it is read.
        wrong: why nothing can be read there, as far as that is known already.
    """

    path: Path
    wrong: ImageError | None = None


class ListedImages(NamedTuple):
    """A list of images.

    Attributes:
        table: its columns as text; a blank cell is ``""``.
        column: the one that holds the paths.
    """

    table: "pl.DataFrame"
    column: str


def list_asked_images(
    given: Sequence[Path],
    volumes: bool = False,
    column: str | None = None,
    complain: Callable[[str], None] | None = None,
) -> list[AskedImage]:
    """List the images that words on a command line ask for, in their order.

    Args:
        given: files; folders, zip and tar archives, Parquet files with images in their cells and
            files of arrays, all of whose images are taken, at any depth; patterns (``scans/*.png``,
            ``**/`` for any depth); lists (CSV, TSV, Parquet, workbook, JSON lines) with a column of
            paths, relative to the list; ``-``: paths on standard input.
        volumes: NIfTI files and folders with a DICOM series are taken in place of images.
        column: of a list, that holds the paths; none: the first of ``FILE_COLUMNS``.
        complain: takes which files of a folder or an archive are not taken, and why; a line a
            reason.

    Raises:
        SettingsError: no image at all; a list that cannot be read, or without such a column.
    """
    tell = complain or str
    asked = [one for path in given for one in _list_one(path, volumes, column, tell)]
    if all(one.wrong for one in asked):
        wrong = asked[0].wrong if asked else None
        if wrong is None:
            raise SettingsError("at least one image file", "none", "Name the files to predict for")
        raise SettingsError(f"at least one image file at {asked[0].path}", f"{wrong.got}", wrong.do)
    return asked


def _list_one(
    path: Path, volumes: bool, column: str | None, tell: Callable[[str], object]
) -> Iterator[AskedImage]:
    if path == STANDARD_INPUT:
        yield from map(AskedImage, _read_standard_input())
        return
    try:
        lay_out_objects(_find_base(path))
        if inside := _list_inside(path):
            yield from (AskedImage(Path(one)) for one in inside)
            return
        if path.name.lower().endswith(_LISTS) and path.is_file():
            yield from map(AskedImage, _read_list(path, column))
        elif path.is_dir() or (not volumes and is_archive(path.name) and path.is_file()):
            yield from map(AskedImage, _list_below(path, volumes, tell))
        elif any(sign in str(path) for sign in _SIGNS) and not _is_there(path):
            yield from map(AskedImage, _expand(path))
        else:
            yield AskedImage(path)
    except ImageError as error:
        yield AskedImage(path, error)


def _find_base(path: Path) -> Path:
    """The path itself; of a pattern the folder before it, which can be listed."""
    steps = [place for place, one in enumerate(path.parts) if any(sign in one for sign in _SIGNS)]
    return Path(*path.parts[: steps[0]]) if steps else path


def _list_inside(path: Path) -> list[str]:
    """Images inside one Parquet file, or in arrays; none of any other path."""
    suffix = path.suffix.lower()
    if suffix not in (*TABLE_SUFFIXES, *ARRAYS) or not path.is_file():
        return []
    # Here, and below: whoever names files pays for no reader of tables and folders.
    from labelassemble.files.array_file import list_array_images
    from labelassemble.files.parquet_cells import list_embedded_images

    if suffix in TABLE_SUFFIXES:
        return [inside for _, inside in list_embedded_images(path)]
    return list_array_images(path)


def _list_below(path: Path, volumes: bool, tell: Callable[[str], object]) -> list[Path]:
    """Image files below a folder or in an archive; what is not taken is told."""
    from labelassemble.files.file_suffixes import VOLUME_SUFFIXES
    from labelassemble.sources.files_not_taken import count_reasons
    from labelassemble.sources.image_files import find_image_files

    try:
        found = find_image_files(path, "**/*" if volumes else None, archives=not volumes)
    except SourceError as error:
        raise ImageError(error.expected, error.got, error.do) from error
    names = [name for name in found.names if not volumes or name.lower().endswith(VOLUME_SUFFIXES)]
    for one in count_reasons(found.passed, "file"):
        tell(printable(f"{path}: {one.describe('file')}"))
    if names:
        return [Path(found.inside.get(name, path / name)) for name in names]
    if volumes:
        return [path]
    raise ImageError(
        "image files in that folder", "no image files in that folder", "Name another, or the files"
    )


def _is_there(path: Path) -> bool:
    """Whether a path names a file, or what lies in one, rather than a pattern."""
    return os.path.lexists(file_on_disk(str(path)))


def _expand(pattern: Path) -> list[Path]:
    """Files of a pattern that no shell has expanded."""
    found = sorted(Path(one) for one in glob.iglob(str(pattern), recursive=True))  # noqa: PTH207
    files = [one for one in found if not one.is_dir()]
    if not files:
        raise ImageError(
            "files of that pattern", "no files of that pattern", "Check the folder and the pattern"
        )
    return files


def _read_standard_input() -> list[Path]:
    data = sys.stdin.buffer.read()
    sign = b"\0" if b"\0" in data else b"\n"
    lines = (line.removesuffix(b"\r") for line in data.split(sign))
    named = [line.decode("utf-8", "surrogateescape") for line in lines if line.strip()]
    return [lay_out_objects(find_place(one)) if is_location(one) else Path(one) for one in named]


def _read_list(path: Path, column: str | None) -> list[Path]:
    """Paths in a column of a table, taken from the table's folder where they are relative."""
    listed = read_listed_images(path, column, others=False)
    named = listed.table[listed.column]
    found = [find_place(one) if is_location(one) else path.parent / one for one in named]
    for folder in dict.fromkeys(one.parent for one in found):
        lay_out_objects(folder)
    return found


def read_listed_images(path: Path, column: str | None, others: bool) -> ListedImages:
    """Read a list: CSV, TSV, Parquet, workbook or JSON lines with a column of paths.

    Args:
        path: of the list.
        column: that holds the paths; None: the first of ``FILE_COLUMNS``.
        others: whether the other columns are read too.

    Raises:
        SettingsError: the list cannot be read, is empty, has no such column, or one twice.
    """
    from labelassemble.sources.open_table import open_tables
    from labelassemble.sources.parse_tables import parse_tables
    from labelassemble.sources.problems import Problems

    problems = Problems()
    asked = FILE_COLUMNS if column is None else [column]
    tables = open_tables(path.parent, [path.name], asked, problems=problems)
    try:
        if not tables:
            raise problems.noted[0].as_error()
        chosen = _choose_column(tables[0].names, column, path)
        names = [name for name in dict.fromkeys(tables[0].names) if name] if others else [chosen]
        _refuse_twice(tables[0].names, names)
        return ListedImages(parse_tables(tables, names, filled=chosen).table, chosen)
    except SourceError as error:
        raise SettingsError(f"a list of images at {path}", error.got, error.do) from error


def _refuse_twice(there: Sequence[str], read: Sequence[str]) -> None:
    if twice := [name for name in read if there.count(name) > 1]:
        raise SourceError(
            "", f"{there.count(twice[0])} columns {twice[0]!r}", "Keep the one that counts"
        )


def _choose_column(names: Sequence[str], asked: str | None, path: Path) -> str:
    # A header of one cell may be cut by another sign, which only a known name tells.
    known = [part for name in names for part in re.split(r"[;|\t]", name) if part]
    if asked is not None:
        if asked in names:
            return asked
        raise SettingsError(
            f"the column --column {asked} in {path}",
            unknown_name("column", asked, known),
            "Name the column that holds the paths of images",
        )
    for name in FILE_COLUMNS:
        if name in names:
            return name
    raise SettingsError(
        f"a column of paths in the list {path}: {', '.join(FILE_COLUMNS)}",
        f"columns {some(known)}" if known else "nothing, not even a header with names",
        "Name the column that holds them: --column NAME",
    )
