"""A source's tables, opened: which columns the manifest reads and which of them are there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from labelassemble.sources.columns_read import exclude_columns, name_columns
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.note_columns import note_columns
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.opened_table import OpenTable
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.problems import Problems
from labelassemble.sources.table_layout import JoinedTable, TableLayout

_INHERITED = 'Say what it is called here: {key} = "...", or {key} = "" if there is none'


class SourceTables(NamedTuple):
    """The tables of a source.

    Attributes:
        main: files whose rows are images; none where image files are the rows.
        joined: further tables, each with its files.
        manifest: what it reads is there; none: without what is missing nothing can be read.
    """

    main: list[OpenTable]
    joined: Sequence[tuple[JoinedTable, list[OpenTable]]]
    manifest: Manifest | None


def open_source_tables(
    folder: Path, manifest: Manifest, layout: TableLayout, problems: Problems
) -> SourceTables:
    """Open the tables that a manifest names.

    Args:
        folder: the source's folder.
        manifest: how the source is written.
        layout: its table.
        problems: takes tables and columns that are not there; the manifest is given without them.
    """
    columns = name_columns(manifest)
    if layout.names is not None:
        names = ("image", *re.compile(layout.names).groupindex)
        here = OpenTable("the groups of table.names", "", ",", (), names, "", 0)
        main: list[OpenTable] = [here]
    else:
        main = open_tables(
            folder,
            layout.file or (),
            columns,
            separator=layout.separator,
            header=layout.header,
            problems=problems,
            sheet=layout.sheet,
            renamed=layout.renamed,
        )
        if not main:
            return SourceTables([], (), None)
    offered, joined = list[OpenTable](), []
    for join in layout.join:
        if not join.needed and not any_there(folder, join.file):
            continue
        files = open_tables(
            folder,
            join.file,
            (*join.on, *columns),
            separator=join.separator,
            header=(),
            problems=problems,
            sheet=join.sheet,
            renamed=layout.renamed,
        )
        keys = dict.fromkeys(join.on, "table.join.on")
        lost = [note_columns([one], keys, (), problems) for one in (*main, *files)]
        offered += files
        if files and not any(lost):
            joined.append((join, files))
    # The name of the image, or the key, stands in the rows' own table.
    naming = {column: columns.pop(column) for column in layout.naming}
    do = _INHERITED if manifest.extends else None
    lost_columns = note_columns(main, naming, (), problems, do=do)
    lost_columns |= note_columns(main, columns, layout.may_lack, problems, offered, do)
    # What only a join brings that cannot be used is reported with the join.
    used = [*main, *(one for _, files in joined for one in files)]
    here_now = {name for one in used for name in one.names}
    silent = set(columns) - here_now - set(layout.may_lack)
    if manifest.extends:
        _tell_unknown(columns, here_now, layout, problems)
    fitting = exclude_columns(manifest, lost_columns | silent)
    return SourceTables([] if layout.names else main, joined, fitting)


def _tell_unknown(
    columns: Mapping[str, str], here: set[str], layout: TableLayout, problems: Problems
) -> None:
    """Remark on columns that the built-in manifest reads and this table may lack."""
    for column, key in columns.items():
        if key.startswith("table.") and column in layout.may_lack and column not in here:
            problems.remark(
                f"no column {column!r} ({key}): what it says is unknown",
                f'Go on without it, or say what it is called here: {key} = "..."',
            )
