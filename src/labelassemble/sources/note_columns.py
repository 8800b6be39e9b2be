"""Columns that tables do not have, or have twice."""

from collections.abc import Collection, Mapping, Sequence

from labelassemble.errors import some
from labelassemble.sources.opened_table import OpenTable
from labelassemble.sources.problems import AT_ONCE, Problems, name_nearest


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
