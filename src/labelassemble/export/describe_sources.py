"""What a table says of its sources: titles, licences, citations."""

from collections.abc import Mapping
from typing import Any

from labelassemble.assembly.assembled_table import AssembledTable


def told_sources(table: AssembledTable) -> list[tuple[str, Mapping[str, Any]]]:
    """Give each source's name and what the table's manifest says of it.

    >>> from labelassemble.assembly.assembled_table import make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> told = {"sources": {"nih": {"licence": "CC0"}}}
    >>> told_sources(AssembledTable(classes=(), **frames, scopes={}, manifest=told))
    [('nih', {'licence': 'CC0'})]
    """
    sources = table.manifest.get("sources")
    return list(sources.items()) if isinstance(sources, Mapping) else []


def join_told(table: AssembledTable, key: str) -> str:
    """Join one fact of every source: ``nih: CC0; rsna: ...``."""
    return "; ".join(f"{name}: {one[key]}" for name, one in told_sources(table) if one.get(key))
