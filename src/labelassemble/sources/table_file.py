"""A table's files, one data frame of text."""

from collections.abc import Collection, Sequence
from pathlib import Path

from labelassemble.sources.note_columns import note_columns
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.parse_tables import TableRead, parse_tables


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
