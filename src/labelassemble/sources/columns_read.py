"""Which columns a manifest reads, and the manifest without those that are not there."""

from collections.abc import Sequence
from typing import Any

from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.rows import FACTS


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
