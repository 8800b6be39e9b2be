"""A source's tables, opened: which columns the manifest reads and which of them are there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import FACTS
from labelassemble.sources.table_file import OpenTable, note_columns, open_tables
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


def name_columns(manifest: Manifest) -> dict[str, str]:
    """Give the columns that a manifest reads, each with the key that names it."""
    layout = manifest.table
    if layout is None:
        return {}
    keys = ("patient", "view", "age", "sex", "reader", "date")
    named = {f"table.{key}": getattr(layout, key) for key in keys}
    named["split.column"] = manifest.split.column
    found = [*layout.naming.items()]
    found += [(column, key) for key, column in named.items() if column]
    found += [(column, "table.keep") for column in layout.keep]
    found += [(c, "subsets.where") for one in manifest.subsets for c in one.where if c not in FACTS]
    read: tuple[str, ...] = getattr(manifest.labels, "columns_read", ())
    found += [(column, "labels") for column in read]
    columns: dict[str, str] = {}
    for column, key in found:
        columns.setdefault(column, key)
    return columns


def exclude_columns(manifest: Manifest, lost: set[str]) -> Manifest | None:
    """Give a manifest that does not read some columns; none if one of them names the image."""
    layout = manifest.table
    if layout is None or not lost:
        return manifest
    if lost & set(layout.naming):
        return None
    facts: dict[str, Any] = {
        key: None
        for key in ("patient", "view", "age", "sex", "reader", "date")
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


def _fewer_labels(manifest: Manifest, lost: set[str]) -> Any:
    labels = manifest.labels
    read: Sequence[str] = getattr(labels, "columns_read", ())
    if not lost & set(read):
        return labels
    if isinstance(labels, FindingColumns):
        left = tuple(name for name in labels.columns if name not in lost)
        return labels.model_copy(update={"columns": left}) if left else Unlabelled()
    return Unlabelled()
