"""What a table's manifest says, where it says it: tables made by hand may say little."""

from collections.abc import Mapping
from typing import Any

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.setting_types import EVIDENCE


def read_manifest_facts(table: AssembledTable, *keys: str) -> Mapping[str, Any]:
    """Follow keys into the manifest; empty where there is no such table.

    Args:
        table: whose manifest.
        keys: such as ``"sources", "nih"``.
    """
    found: object = table.manifest
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def read_fraction(table: AssembledTable, name: str, otherwise: float) -> float:
    """A share from the settings that the table was assembled with."""
    value = read_manifest_facts(table, "settings").get(name)
    return float(value) if isinstance(value, int | float) else otherwise


def read_evidence(table: AssembledTable, sources: list[str]) -> dict[str, str]:
    """Source to the kind of its evidence; ``unstated`` where the manifest does not say."""
    return {
        name: str(read_manifest_facts(table, "sources", name).get("evidence") or "unstated")
        for name in sources
    }


def read_evidence_order(table: AssembledTable) -> tuple[str, ...]:
    """Kinds of evidence, the strongest first: as in the settings, or else the default."""
    order = read_manifest_facts(table, "settings").get("evidence_order")
    return tuple(str(kind) for kind in order) if isinstance(order, list) else tuple(EVIDENCE)
