"""Tables that are not there, and columns that are not in them: all of them at once."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from labelassemble.errors import SourceError
from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.problems import Problem, name_nearest, note_error, problem
from labelassemble.sources.rows import FACTS
from labelassemble.sources.table_bytes import decode_table
from labelassemble.sources.table_file import find_files, read_bytes
from labelassemble.sources.table_layout import TableLayout


class Header(NamedTuple):
    """The columns of one table.

    Attributes:
        place: the file, below the source's folder.
        names: of its columns, in their order.
    """

    place: str
    names: tuple[str, ...]


class TablesChecked(NamedTuple):
    """A manifest without the tables and columns that are not there.

    Attributes:
        manifest: none: no rows can be read.
        notes: a problem for each file and column.
    """

    manifest: Manifest | None
    notes: tuple[Problem, ...]


def check_tables(folder: Path, manifest: Manifest) -> TablesChecked:
    """Problem the tables and columns that a manifest names and a folder does not hold.

    Args:
        folder: the source's folder.
        manifest: how the source is written.
    """
    layout = manifest.table
    if layout is None:
        return TablesChecked(manifest, ())
    if layout.names is not None:
        groups = ("image", *re.compile(layout.names).groupindex)
        main, notes = [Header("the groups of table.names", groups)], list[Problem]()
    else:
        main, notes = read_headers(folder, layout.file or (), layout.separator, layout.header)
        if not main:
            return TablesChecked(None, tuple(notes))
        layout, hints = _mend_separator(main, layout)
        if hints:
            notes += hints
            main, _ = read_headers(folder, layout.file or (), layout.separator, layout.header)
    offered, used, joins = list[Header](), list[Header](), []
    for join in layout.join:
        if not join.needed and not any_there(folder, join.file):
            continue
        headers, lost = read_headers(folder, join.file, join.separator)
        misses = [
            _miss(name, "table.join.on", [header])
            for header in [*main, *headers]
            for name in join.on
            if name not in header.names
        ]
        notes += [*lost, *misses]
        offered += headers
        if headers and not misses:
            used += headers
            joins.append(join)
    layout = layout.model_copy(update={"join": tuple(joins)})
    manifest = manifest.model_copy(update={"table": layout})
    lost_columns, more = _check_columns(manifest, main, offered)
    # What only a join brings that cannot be used is told with the join.
    here = {name for header in [*main, *used] for name in header.names}
    silent = set(name_columns(manifest)) - here - set(layout.may_lack)
    return TablesChecked(leave_out_columns(manifest, lost_columns | silent), (*notes, *more))


def name_columns(manifest: Manifest) -> dict[str, str]:
    """Give the columns that a manifest reads, each with the key that names it."""
    layout = manifest.table
    if layout is None:
        return {}
    keys = ("image", "patient", "view", "age", "sex", "reader")
    named = {f"table.{key}": getattr(layout, key) for key in keys}
    named["split.column"] = manifest.split.column
    found = [(column, key) for key, column in named.items() if column]
    found += [(column, "table.keep") for column in layout.keep]
    found += [(c, "subsets.where") for one in manifest.subsets for c in one.where if c not in FACTS]
    read: tuple[str, ...] = getattr(manifest.labels, "columns_read", ())
    found += [(column, "labels") for column in read]
    columns: dict[str, str] = {}
    for column, key in found:
        columns.setdefault(column, key)
    return columns


def leave_out_columns(manifest: Manifest, lost: set[str]) -> Manifest | None:
    """Give a manifest that does not read some columns; none if one of them names the image."""
    layout = manifest.table
    if layout is None or not lost:
        return manifest
    if layout.image in lost:
        return None
    facts: dict[str, Any] = {
        key: None
        for key in ("patient", "view", "age", "sex", "reader")
        if getattr(layout, key) in lost
    }
    if "patient" in facts:
        facts["patient_pattern"] = None
    facts["keep"] = {column: of for column, of in layout.keep.items() if column not in lost}
    wheres = [
        (one, {column: of for column, of in one.where.items() if column not in lost})
        for one in manifest.subsets
    ]
    update: dict[str, Any] = {
        "table": layout.model_copy(update=facts),
        "subsets": tuple(one.model_copy(update={"where": where}) for one, where in wheres if where),
        "labels": _fewer_labels(manifest, lost),
    }
    scope: dict[str, Any] = {}
    if "reader" in facts:
        scope["by_reader"] = {}
    if isinstance(manifest.labels, FindingColumns):
        scope["no_finding"] = tuple(one for one in manifest.scope.no_finding if one not in lost)
    update["scope"] = manifest.scope.model_copy(update=scope)
    if manifest.split.column in lost:
        update["split"] = manifest.split.model_copy(update={"column": None})
    return manifest.model_copy(update=update)


def read_headers(
    folder: Path, files: Sequence[str], separator: str | None, header: Sequence[str] = ()
) -> tuple[list[Header], list[Problem]]:
    """Read the first line of tables; a problem for each that is not there or is no table."""
    found: list[Header] = []
    notes: list[Problem] = []
    for name in files:
        try:
            for path in find_files(folder, (name,)):
                place = path.relative_to(folder).as_posix()
                text = decode_table(read_bytes(path), place)
                sign = separator or ("\t" if ".tsv" in path.suffixes else ",")
                found.append(Header(place, tuple(header) or _first_line(text, sign)))
        except SourceError as error:
            notes.append(note_error(error))
    return found, notes


def _first_line(text: str, separator: str) -> tuple[str, ...]:
    line = next((line for line in text.splitlines() if line.strip()), "")
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        cells = []
    return tuple(cell.strip() for cell in cells)


def _mend_separator(
    headers: Sequence[Header], layout: TableLayout
) -> tuple[TableLayout, list[Problem]]:
    """Take another separator where the header is one cell with that sign in it."""
    for header in headers:
        if len(header.names) == 1 and layout.image not in header.names:
            for sign in (";", "\t", "|", ",", " "):
                if layout.image in _first_line(header.names[0], sign):
                    return layout.model_copy(update={"separator": sign}), [
                        problem(
                            f"columns in {header.place} are separated by {sign!r}",
                            f"Say so in the manifest: table.separator = {sign!r}".replace("'", '"'),
                        )
                    ]
    return layout, []


def _check_columns(
    manifest: Manifest, main: Sequence[Header], joined: Sequence[Header]
) -> tuple[set[str], list[Problem]]:
    layout = manifest.table
    assert layout is not None
    lost: set[str] = set()
    notes = []
    for column, key in name_columns(manifest).items():
        having = [header for header in [*main, *joined] if column in header.names]
        lacking = [header for header in main if column not in header.names]
        twice = [header for header in having if header.names.count(column) > 1]
        if twice:
            lost.add(column)
            notes.append(
                problem(
                    f"{twice[0].names.count(column)} columns named {column!r} in {twice[0].place}",
                    "Rename one of them",
                )
            )
        elif column in layout.may_lack and column != layout.image:
            continue
        elif not having:
            lost.add(column)
            notes.append(_miss(column, key, [*main, *joined]))
        elif lacking and not any(column in header.names for header in joined):
            lost.add(column)
            notes.append(_miss(column, key, lacking))
    return lost, notes


def _miss(column: str, key: str, headers: Sequence[Header]) -> Problem:
    known = [name for header in headers for name in header.names if name]
    places = ", ".join(header.place for header in headers[:3])
    return problem(
        f"no column {column!r} ({key}) in {places}{name_nearest(column, known)}",
        "Mend the name in the manifest, or take the key out",
    )


def _fewer_labels(manifest: Manifest, lost: set[str]) -> Any:
    labels = manifest.labels
    read: Sequence[str] = getattr(labels, "columns_read", ())
    if not lost & set(read):
        return labels
    if isinstance(labels, FindingColumns):
        left = tuple(name for name in labels.columns if name not in lost)
        return labels.model_copy(update={"columns": left}) if left else Unlabelled()
    return Unlabelled()
