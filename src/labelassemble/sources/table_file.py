"""A table's files, one data frame of text."""

import hashlib
import os
import unicodedata
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

import polars as pl

from labelassemble.errors import ImageError, SourceError, some
from labelassemble.files.inside_path import find_inside, is_archive
from labelassemble.files.open_file import open_file
from labelassemble.files.printable import printable
from labelassemble.sources.archives.archive_tree import find_in_archives, name_below
from labelassemble.sources.image_files import check_glob, match_glob
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.problems import AT_ONCE, Problems, name_nearest, plural
from labelassemble.sources.table_bytes import decode_names, decode_table, list_table_sheets
from labelassemble.sources.table_header import rename_header, skip_preamble
from labelassemble.sources.table_text import parse_table, read_table_header
from labelassemble.sources.walk_folder import (
    UNREADABLE,
    PassedOver,
    is_passed_over,
    walk_folder,
)

_PACKED = ("", ".gz", ".zip")


class OpenTable(NamedTuple):
    """A table's file, opened: its columns are known, its rows not yet.

    Attributes:
        place: the file, below the source's folder.
        text: all of it.
        separator: what stands between columns.
        header: names of the columns, where the file has no header.
        names: of its columns, in their order.
        sha256: of the file.
        size: of the file, in bytes.
    """

    place: str
    text: str
    separator: str
    header: tuple[str, ...]
    names: tuple[str, ...]
    sha256: str
    size: int


class TableRead(NamedTuple):
    """A table's files, read.

    Attributes:
        table: the columns asked for, as text without the spaces around it; a blank cell is ``""``.
        file: which file each row stands in, below the folder.
        inputs: the files.
        lacking: columns that none of the files has; blank in the table.
    """

    table: pl.DataFrame
    file: pl.Series
    inputs: tuple[InputFile, ...]
    lacking: tuple[str, ...]


def read_source_table(
    folder: Path,
    files: Sequence[str],
    columns: Sequence[str],
    separator: str | None = None,
    header: Sequence[str] = (),
    may_lack: Collection[str] = (),
) -> TableRead:
    """Read columns of a table.

    Blank lines and rows of blank cells are passed over. Columns are found by name, whatever their
    place.

    Args:
        folder: the source's folder.
        files: names below it, or patterns.
        columns: names of the columns to read.
        separator: what stands between columns; none: a tab in ``.tsv`` and ``.tab``, else
            a comma.
        header: names of the columns, where the files have no header.
        may_lack: columns that a file need not have; blank there.

    Raises:
        SourceError: a file or a column that is not there, a name that two columns have, a row that
            has more or fewer cells than the header, a quote that is never closed, no rows.
    """
    tables = open_tables(folder, files, columns, separator=separator, header=header)
    note_columns(tables, dict.fromkeys(columns, ""), may_lack)
    return parse_tables(tables, columns)


def open_tables(
    folder: Path,
    files: Sequence[str],
    columns: Collection[str],
    *,
    separator: str | None = None,
    header: Sequence[str] = (),
    problems: Problems = AT_ONCE,
    sheet: str | None = None,
    renamed: Mapping[str, Sequence[str]] | None = None,
) -> list[OpenTable]:
    """Open the files of a table, and read the names of their columns.

    Args:
        folder: the source's folder.
        files: names below it, or patterns.
        columns: names of columns; by them another separator than the one stated is recognised.
        separator: what stands between columns; none: a tab in ``.tsv`` and ``.tab``, else
            a comma.
        header: names of the columns, where the files have no header.
        problems: takes files that are not there or no tables, and another separator.
        sheet: of workbooks; none: the first that is not empty.
        renamed: column to what files may call it.
    """
    found: dict[Path, OpenTable] = {}
    for name in files:
        with problems.catch():
            for path in find_files(folder, (name,)):
                with problems.catch():
                    if path not in found:
                        one = _open(folder, path, separator, header, sheet, problems)
                        one = _skip_preamble(one, columns, renamed or {}, problems)
                        one = _mend_separator(one, columns, problems)
                        found[path] = _rename(one, renamed or {})
    return list(found.values())


def _open(
    folder: Path,
    path: Path,
    separator: str | None,
    header: Sequence[str],
    sheet: str | None,
    problems: Problems,
) -> OpenTable:
    content = read_bytes(path)
    sign = separator or ("\t" if {".tsv", ".tab"} & set(path.suffixes) else ",")
    if any(one.lower().startswith((".xls", ".ods")) for one in path.suffixes):
        sign = ","
        sheets = list_table_sheets(content, str(path))
        if len(sheets) > 1 and sheet is None:
            problems.remark(
                f"{path.name} has {len(sheets)} sheets, of which the first that is not empty is "
                f"read: {some(map(repr, sheets))}",
                "Name the one that is meant: sheet",
            )
    text = decode_table(content, str(path), sheet)
    return OpenTable(
        place=name_below(path, folder),
        text=text,
        separator=sign,
        header=tuple(header),
        names=tuple(header) or read_table_header(text, sign),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )


def _skip_preamble(
    table: OpenTable,
    columns: Collection[str],
    renamed: Mapping[str, Sequence[str]],
    problems: Problems,
) -> OpenTable:
    """Pass over the lines above a header, where the first row is none."""
    asked = {*columns, *(one for of in renamed.values() for one in of)}
    if table.header or not asked.isdisjoint(table.names):
        return table
    text, lines = skip_preamble(table.text, table.separator, asked)
    if not lines:
        return table
    problems.remark(
        f"{table.place} has {plural(lines, 'line')} above its header, which "
        + ("is" if lines == 1 else "are")
        + " passed over",
        "Nothing has to be done",
    )
    return table._replace(text=text, names=read_table_header(text, table.separator))


def _rename(table: OpenTable, renamed: Mapping[str, Sequence[str]]) -> OpenTable:
    """Call columns as they are asked for."""
    names = {
        old: new
        for new, spelled in renamed.items()
        for old in spelled
        if old in table.names and new not in table.names
    }
    if not names or table.header:
        return table
    text = rename_header(table.text, table.separator, names)
    return table._replace(text=text, names=tuple(names.get(one, one) for one in table.names))


def _mend_separator(table: OpenTable, columns: Collection[str], problems: Problems) -> OpenTable:
    """Take another separator where the header is one cell with that sign in it."""
    if len(table.names) != 1 or table.names[0] in columns or table.header:
        return table
    for sign in (";", "\t", "|", ",", " "):
        names = read_table_header(table.text, sign)
        if len(names) > 1 and not set(names).isdisjoint(columns):
            problems.note(
                f"columns separated by {table.separator!r} in {table.place}",
                f"columns in {table.place} are separated by {sign!r}",
                f"Say so in the manifest: table.separator = {sign!r}".replace("'", '"'),
            )
            return table._replace(separator=sign, names=names)
    return table


def note_columns(
    tables: Sequence[OpenTable],
    columns: Mapping[str, str],
    may_lack: Collection[str] = (),
    problems: Problems = AT_ONCE,
    further: Sequence[OpenTable] = (),
    do: str | None = None,
) -> set[str]:
    """Note the columns that tables do not have, or have twice.

    Args:
        tables: opened.
        columns: name to the key of the manifest that names it; ``""`` if none does.
        may_lack: columns that a file need not have.
        problems: takes a note for each column that cannot be read.
        further: tables whose columns stand beside these: each column in one of them is enough.
        do: what to do about a column that is not there, with ``{key}``; none: fix or drop its key.

    Returns:
        The columns noted.
    """
    lost = set()
    for column, key in columns.items():
        having = [table for table in (*tables, *further) if column in table.names]
        twice = next((table for table in having if table.names.count(column) > 1), None)
        lacking = [table for table in tables if column not in table.names]
        if having:
            beside = any(column in table.names for table in further)
        else:
            lacking, beside = [*tables, *further], False
        if twice:
            lost.add(column)
            problems.note(
                f"one column named {column!r} in {twice.place}",
                f"{twice.names.count(column)} columns named {column!r} in {twice.place}",
                "Rename one of them",
            )
        elif lacking and not beside and column not in may_lack:
            lost.add(column)
            known = [name for table in lacking for name in table.names if name]
            places = some((table.place for table in lacking), 5)
            problems.note(
                f"a column named {column!r} in {places}",
                f"no column {column!r}{f' ({key})' if key else ''} in {places}"
                + (name_nearest(column, known) or f"; known: {some(known, 8) or 'none'}"),
                do.format(key=key)
                if do and key.startswith("table.")
                else "Fix the name in the manifest, or take the key out",
            )
    return lost


def parse_tables(
    tables: list[OpenTable],
    columns: Sequence[str],
    problems: Problems = AT_ONCE,
    filled: str | None = None,
) -> TableRead:
    """Read columns of opened tables, one below the other.

    Args:
        tables: one or more; taken out as they are read, so that no text is held longer than needed.
        columns: names of the columns; those that a file does not have are blank there.
        problems: takes rows that cannot be read, and tables without any row.
        filled: a column that is blank in no row.
    """
    frames, places, inputs = [], [], []
    while tables:
        one = tables.pop(0)
        frame = parse_table(
            one.text,
            one.separator,
            columns,
            place=one.place,
            header=one.header,
            problems=problems,
            filled=filled,
        )
        frames.append(frame)
        places.append(pl.select(pl.repeat(one.place, frame.height, dtype=pl.String)).to_series())
        inputs.append(InputFile(one.place, one.sha256, one.size, frame.height))
    table = pl.concat(frames, how="diagonal")
    if table.is_empty():
        problems.note(
            f"rows in {some(one.path for one in inputs)}",
            "a header and nothing below it that could be read",
            "Check that the file is whole",
        )
    lacking = tuple(name for name in columns if name not in table.columns)
    table = table.with_columns(pl.lit("").alias(name) for name in lacking)
    table = table.select(pl.col(columns).fill_null(""))
    return TableRead(table, pl.concat(places), tuple(inputs), lacking)


def read_names(folder: Path, name: str) -> tuple[pl.Series, InputFile]:
    """Read a list of names, one a line, without blank lines and the spaces around names.

    Raises:
        SourceError: no such file, not text, or no names in it.
    """
    (path,) = find_files(folder, (name,))
    content = read_bytes(path)
    names = decode_names(content, str(path))
    if names.is_empty():
        raise SourceError(f"names in {path}", "an empty file", "Check that the file is whole")
    inside = path.is_relative_to(folder) or find_inside(str(path))
    return names, InputFile(
        path=name_below(path, folder) if inside else path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        rows=len(names),
    )


def has_table(folder: Path, name: str) -> bool:
    """Whether a file of this name is there, plain or packed.

    Raises:
        SourceError: the name is none below the folder.
    """
    return bool(_find_named(folder, name))


def find_files(folder: Path, names: Iterable[str]) -> list[Path]:
    """Find files below a folder, plain or packed, in the order of names.

    A file that is called just so, ``labels[1].csv``, comes before what a pattern would find.

    Raises:
        SourceError: no such folder, a name or pattern that no file has, an absolute path.
    """
    archive = is_archive(folder.name) and _is_file(folder)
    if not archive and not os.path.isdir(folder):  # noqa: PTH112  Path raises where a parent is shut
        raise SourceError(
            f"the source's folder at {folder}",
            "a file" if os.path.exists(folder) else "no such folder",  # noqa: PTH110
            "Check `folder` of this source in the recipe",
        )
    found: dict[Path, None] = {}
    for name in names:
        matches = _find_named(folder, name)
        if not matches and any(sign in name for sign in "*?["):
            check_glob(name)
            every = {path for packed in _PACKED for path in folder.glob(name + packed)}
            # Copies that a system or an editor leaves are none of the source's.
            shown = (path for path in every if not is_passed_over(path.relative_to(folder), name))
            matches = sorted(path for path in shown if _is_file(path))
            matches = matches or [
                Path(file.path)
                for file in walk_folder(folder, [])
                if file.inside is not None and match_glob(file.name, name)
            ]
            if strange := [path for path in matches if printable(str(path)) != str(path)]:
                raise SourceError(
                    f"files whose names are UTF-8 as {name} finds them",
                    printable(strange[0].name),
                    "Rename that file",
                )
        if not matches:
            raise _missing(folder, name)
        found |= dict.fromkeys(matches)
    return list(found)


def _find_named(folder: Path, name: str) -> list[Path]:
    """The file that is called so, however its letters with accents are composed."""
    if name.startswith("/") or PureWindowsPath(name).drive or "\0" in name:
        raise SourceError(
            f"the name of a file below the source's folder {folder}",
            repr(name) if "\0" in name else f"the absolute path {name}",
            "Write the name as it goes on from the folder; `folder` of the source in the recipe "
            "says where that is",
        )
    candidates = [folder / (name + packed) for packed in _PACKED]
    here = [path for path in candidates if _is_file(path)][:1]
    if not here:
        packed = (find_in_archives(folder, name + one) for one in _PACKED)
        here = [path for path in packed if path is not None][:1]
    if here or name.isascii():
        return here
    asked = {compose(path.name): place for place, path in enumerate(candidates)}
    beside = [path for path in _list(candidates[0].parent) if compose(path.name) in asked]
    return sorted(filter(_is_file, beside), key=lambda path: asked[compose(path.name)])[:1]


def compose(name: str) -> str:
    """Give a name with its accents in their letters (NFC)."""
    return unicodedata.normalize("NFC", name)


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  Path raises where a parent is shut


def _list(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _missing(folder: Path, name: str) -> SourceError:
    # Where the file's own folder is not there, what is.
    place = next(one for one in (folder / name).parents if one == folder or one.is_dir())
    present = [printable(path.name) for path in _list(place)]
    near = get_close_matches(Path(name).name, present, n=1, cutoff=0.5)
    there = some(present, 5) or "nothing"
    nearest = f"; nearest: {near[0]}" if near else ""
    passed: list[PassedOver] = []
    if any(map(is_archive, present)):
        deque(walk_folder(folder, passed), maxlen=0)
    shut = [f"{one.name}: {one.reason}" for one in passed if one.reason.startswith(UNREADABLE)]
    return SourceError(
        f"the file {name} (or {name}.gz, {name}.zip) in {folder}",
        "; ".join([f"{_name_place(place, folder)} holds {there}{nearest}", *shut[:3]]),
        "Put the file there, or fix the name in the manifest",
    )


def _name_place(place: Path, folder: Path) -> str:
    return "the folder" if place == folder else f"the folder {place.relative_to(folder)}"


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        with open_file(path) as file:
            return file.read()
    except ImageError as error:
        raise SourceError(error.expected, error.got, error.do) from error
    except OSError as error:
        raise SourceError(
            f"a readable file at {path}", error.strerror or str(error), "Check its permissions"
        ) from error
