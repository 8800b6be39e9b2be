"""Columns of opened tables, read one below the other."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from labelassemble.errors import some
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.opened_table import OpenTable
from labelassemble.sources.problems import AT_ONCE, Problems
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
