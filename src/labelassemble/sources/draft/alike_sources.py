"""Built-in manifests whose columns a table has, though it goes by another name."""

from collections.abc import Collection, Mapping
from pathlib import Path

from labelassemble.errors import some
from labelassemble.sources.draft.peek import peek_table
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.manifest import Manifest

_FEW = 4


def find_alike(
    folder: Path, manifests: Mapping[str, Manifest], found: Collection[str] = ()
) -> tuple[str, ...]:
    """Say which tables have the columns of a built-in manifest's table.

    Args:
        folder: the source's folder.
        manifests: those to compare with, by name.
        found: names of those that need not be reported.
    """
    survey = survey_folder(folder)
    headers = {}
    for name in survey.tables:
        peek = peek_table(folder, name, lines=20)
        if peek is not None and not peek.header:
            headers[name] = set(peek.table.columns)
    lines = []
    for name, manifest in manifests.items():
        columns = _list_columns(manifest)
        if name in found or len(columns) < _FEW or manifest.table is None:
            continue
        alike = [table for table, header in headers.items() if columns <= header]
        if alike:
            files = some(manifest.table.file or (), 3)
            lines.append(
                f"{name}: {some(alike, 3)} has the columns of its {files}. If it is that source, "
                f"its scope is known: labelassemble sources {name}"
            )
    return tuple(lines)


def _list_columns(manifest: Manifest) -> set[str]:
    """Columns that a manifest reads from its one table; nothing where it joins several."""
    layout = manifest.table
    if layout is None or not layout.file or layout.join:
        return set()
    facts = (layout.image, layout.patient, layout.view, layout.age, layout.sex, layout.reader)
    labels = getattr(manifest.labels, "columns_read", ())
    return {name for name in (*facts, *labels) if name} - set(layout.may_lack)
