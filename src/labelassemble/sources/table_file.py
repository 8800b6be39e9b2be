"""A table's files, one data frame of text."""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.files.inside_path import find_inside
from labelassemble.sources.archives.archive_tree import name_below
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.note_columns import note_columns
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.opened_table import OpenTable
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.table_bytes import decode_names
from labelassemble.sources.table_text import parse_table


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
