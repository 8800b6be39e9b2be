"""A manifest that takes over a built-in one: what is called otherwise, and nothing else."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelassemble.errors import some
from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.draft.other_names import OtherNames
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.write_toml import Line, write_toml

_WITH_WORDS = ("scope", "subsets", "published")
"""Keys of a manifest that speak of words in cells."""


def name_folder(folder: Path) -> str:
    """Name a source after its folder, as a manifest may be named."""
    return re.sub(r"[^a-z0-9_-]+", "_", folder.absolute().name.lower()).strip("_") or "source"


def write_extending(
    folder: Path, manifest: Manifest, find: Find, found: OtherNames | None = None
) -> str:
    """Write a manifest that extends a built-in one, as TOML.

    Args:
        folder: the source's folder; its name becomes the source's.
        manifest: the built-in one.
        find: what its vocabulary knows.
        found: what is called otherwise; none: nothing is.
    """
    name = manifest.name
    title = manifest.title or name
    tells = f", told by: {' '.join(found.said.split())}" if found else ""
    lines = [
        f"# A first manifest for {folder.absolute().name}/: {title}{tells}.",
        f"# It takes over all that the built-in manifest {name} says: scope, evidence, licence,",
        f"# kinship, how boxes are written. labelassemble sources {name} shows it; a key that you",
        "# write here replaces the one there.",
    ]
    tables: dict[str, dict[str, Line]] = {
        "": {"extends": Line(name), "name": Line(name_folder(folder))}
    }
    if found and found.columns:
        tables["recognise.columns"] = {
            old: Line(new, "" if at else f"as published = as in {some(found.tables, 2)}")
            for at, (old, new) in enumerate(found.columns.items())
        }
    if found and found.separator:
        tables["labels"] = {"separator": Line(found.separator, "between the words of a cell")}
    if found and found.parts is not None:
        tables["split"] = (
            {"files": Line(dict(found.parts), "guessed from the names of the tables: check")}
            if found.parts
            else {"files": Line({}, "which part of the published split a table is, no name says")}
        )
    if found and found.words:
        for key, lines_of in _respell(manifest, found.words, find).items():
            tables[key] = tables.get(key, {}) | lines_of
    return "\n".join(lines) + "\n\n" + write_toml(tables) + "\n"


def _respell(
    manifest: Manifest, words: Mapping[str, str], find: Find
) -> dict[str, dict[str, Line]]:
    """Tables of a manifest in which words stand, with these as cells spell them."""
    content = manifest.model_dump(mode="json", exclude_unset=True, include={*_WITH_WORDS})
    tables: dict[str, dict[str, Line]] = {}
    for key, value in content.items():
        spelled = _replace(value, words)
        if isinstance(value, list):
            tables[""] = {key: Line(spelled)} if spelled != value else {}
            continue
        changed = {name: of for name, of in spelled.items() if value.get(name) != of}
        tables[key] = {n: Line(of) for n, of in changed.items() if not isinstance(of, Mapping)}
        tables |= {
            f"{key}.{n}": {k: Line(one) for k, one in of.items()}
            for n, of in changed.items()
            if isinstance(of, Mapping)
        }
    meant = {new: manifest.terms.get(old, find(old)) for old, new in words.items()}
    other = {new: name for new, name in meant.items() if name is not None and find(new) != name}
    tables["terms"] = {new: Line(name) for new, name in other.items()}
    return tables


def _replace(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return words.get(value, value)
    if isinstance(value, Mapping):
        return {words.get(key, key): _replace(of, words) for key, of in value.items()}
    return [_replace(one, words) for one in value] if isinstance(value, list) else value
