"""A table's files, found and opened, and the names of their columns read."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from labelassemble.errors import plural, some
from labelassemble.sources.archives.archive_tree import name_below
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.opened_table import OpenTable
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.table_bytes import decode_table, list_table_sheets
from labelassemble.sources.table_header import rename_header, skip_preamble
from labelassemble.sources.table_text import read_table_header


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
