"""The manifest of an exported CSV: the table becomes a source that can be assembled again."""

import glob
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.export.csv_table import UNCERTAIN
from labelassemble.export.decimal_text import decimal_text
from labelassemble.export.describe_sources import join_told, told_sources
from labelassemble.sources.encodings.finding_columns import same_value
from labelassemble.sources.permits import Permits, combine_permits

NOTES = (
    "Exported from an assembled table. Cells: 1 present, 0 absent, -1 uncertain, blank unknown; "
    "a soft label is read as uncertain, its number is lost. Conflicts were settled and policies "
    "applied before the export: which source said what, on which evidence and why, is not in the "
    "CSV. `patient` is the column group: images that must stay on one side of a split."
)


def render_csv_manifest(table: AssembledTable, csv_name: str) -> str:
    """Write the TOML manifest that reads what ``render_csv_table`` wrote.

    The image of a row is its image; where every image has a relative path of its own
    (``relative_paths``), it is that path, so that files are found whatever they are called.

    Args:
        table: the same table.
        csv_name: name of the CSV file, which lies beside the manifest.

    Returns:
        TOML that ``parse_manifest`` takes.

    Source: our own.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> from labelassemble.sources.manifest_file import parse_manifest
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> table = AssembledTable(classes=("mass",), **frames, scopes={}, manifest={})
    >>> parse_manifest(render_csv_manifest(table, "mine.csv"), "mine.toml").looked_for
    ('mass',)
    """
    by_path = _has_relative_paths(table.records["path"])
    lines = [
        f"# How labelassemble reads {json.dumps(csv_name)}, which it exported itself.",
        *_assign({"name": _short_name(csv_name), **_describe_sources(table), "notes": NOTES}),
        *describe_permits(table),
        "",
        "[table]",
        *_assign(
            {
                "file": glob.escape(csv_name),
                "image": "path" if by_path else "record",
                "patient": "group",
                "view": "view",
                "age": "age",
                "sex": "sex",
            }
        ),
    ]
    if table.classes:
        columns = ", ".join(map(_quote, table.classes))
        lines += [
            "",
            "[labels]",
            *_assign({"encoding": "finding_columns"}),
            f"columns = [{columns}]",
            "",
            "[labels.values]",
            *_assign(_list_values(table)),
        ]
    parts = {"train": "train", "validate": "validate", "test": "test", "unused": ""}
    lines += ["", "[split]", *_assign({"column": "split"}), "", "[split.values]", *_assign(parts)]
    return "\n".join(lines) + "\n"


def _has_relative_paths(paths: pl.Series) -> bool:
    return (
        len(paths) > 0
        and not paths.null_count()
        and not paths.is_duplicated().any()
        and not paths.str.contains(r"^(/|[A-Za-z]:|[a-z][a-z0-9+.-]+://)").any()
    )


def _short_name(csv_name: str) -> str:
    stem = csv_name.rsplit(".", 1)[0]
    return re.sub(r"[^a-z0-9_-]+", "_", stem.lower()).strip("_") or "exported"


def _describe_sources(table: AssembledTable) -> dict[str, str]:
    """Terms and credits of all sources; evidence only where all cells rest on the same."""
    evidence = _find_different(table, "evidence").cast(pl.String)
    described = {"title": f"Exported from {', '.join(table.scopes) or 'no source'}"}
    for key in ("modality", "region"):
        words = {str(one.get(key) or "") for _, one in told_sources(table)}
        described[key] = words.pop() if len(words) == 1 else ""
    for key in ("licence", "citation"):
        described[key] = join_told(table, key)
    if len(evidence) == 1 and evidence[0] is not None:
        described["evidence"] = str(evidence[0])
    return {key: text for key, text in described.items() if text}


def describe_permits(table: AssembledTable) -> list[str]:
    """What the terms of all sources permit together; no line where they say nothing."""
    told: Any = table.manifest.get("sources") or {}
    each = [Permits.model_validate(one.get("permits") or {}) for one in told.values()]
    said = combine_permits(each).model_dump(exclude_none=True) if each else {}
    pairs = ", ".join(f"{use} = {json.dumps(value)}" for use, value in said.items())
    return [f"permits = {{ {pairs} }}"] if pairs else []


def _list_values(table: AssembledTable) -> dict[str, str]:
    """Every text that a cell may have; a soft label that the reader cannot tell from 1 is 1."""
    values = {"1": "positive", "0": "negative", UNCERTAIN: "uncertain"}
    taken = {same_value(value): reading for value, reading in values.items()}
    soft = _find_different(table, "label").drop_nulls().sort().cast(pl.Float32)
    for text in decimal_text(soft.filter((soft > 0) & (soft < 1))):
        values[text] = taken.get(same_value(text), "uncertain")
    return values


def _find_different(table: AssembledTable, column: str) -> pl.Series:
    """Every value of a column of the cells once."""
    parts = table.in_parts("cells").parts()
    return pl.concat([part[column].unique() for part in parts]).unique()


def _assign(pairs: Mapping[str, str]) -> Iterable[str]:
    return [f"{_key(key)} = {_quote(text)}" for key, text in pairs.items()]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_]+", key) else _quote(key)


def _quote(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, and TOML has one more forbidden sign."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
