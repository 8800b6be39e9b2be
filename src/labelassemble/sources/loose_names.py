"""Names of folders and files as copies spell them: other cases, other signs between words."""

import re
from dataclasses import replace

import polars as pl

from labelassemble.errors import some
from labelassemble.sources.encodings.class_column import ClassColumn
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.term_cells import BETWEEN

_PART = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\(\?(?:P<\w+>|P=\w+|[:=!])|[ _-]+")
_BETWEEN = re.compile(r"[ _-]+")


def loosen_pattern(pattern: str) -> str:
    """Give a pattern of paths that also matches other cases, and other signs between words.

    Before a number there has to be some sign, for two numbers would be one without.

    Args:
        pattern: a regular expression.

    >>> loose = loosen_pattern(r"(?P<class>Lung_Opacity)/Lung_Opacity-\\d+\\.png")
    >>> bool(re.fullmatch(loose, "lung opacity/LungOpacity_7.PNG"))
    True
    """

    def write(found: re.Match[str]) -> str:
        if not _BETWEEN.fullmatch(found[0]):
            return found[0]
        return "[ _-]+" if pattern.startswith((r"\d", r"(?P<patient>\d"), found.end()) else "[ _-]*"

    return pattern if pattern.startswith("(?i)") else "(?i)" + _PART.sub(write, pattern)


def loosen_names(manifest: Manifest) -> Manifest:
    """Give a manifest whose patterns of image files also match as copies spell them.

    Args:
        manifest: how the source is written.
    """
    labels, table = manifest.labels, manifest.table
    if isinstance(labels, FolderNames):
        loose = tuple(map(loosen_pattern, labels.patterns))
        return manifest.model_copy(update={"labels": labels.model_copy(update={"patterns": loose})})
    if table is not None and table.names is not None:
        layout = table.model_copy(update={"names": loosen_pattern(table.names)})
        return manifest.model_copy(update={"table": layout})
    return manifest


def spell_words(rows: Rows, manifest: Manifest, problems: Problems) -> Rows:
    """Write words that were found in names as the manifest writes them.

    Args:
        rows: taken from names of files.
        manifest: says which words there are.
        problems: takes a remark on what was spelled otherwise.
    """
    labels, table, scope = manifest.labels, manifest.table, manifest.scope
    if isinstance(labels, FolderNames):
        columns: tuple[str, ...] = ("words",)
    elif table is not None and table.names is not None and isinstance(labels, ClassColumn):
        columns = labels.column
    else:
        return rows
    words = (*scope.terms, *scope.positive_only, *scope.no_finding, *scope.ignore)
    told = dict[str, str]()
    known = (*words, *scope.uncertain)
    spelled = [_spell(rows.cells[column], known, told) for column in columns]
    split = _spell(rows.facts["split"], tuple(manifest.split.values), told)
    if not told:
        return rows
    said = [f"{new!r} is {old!r}" for new, old in sorted(told.items())]
    problems.remark(f"words in names of other spelling are read: {some(said, 5)}", "Nothing to do")
    facts, cells = rows.facts.with_columns(split=split), rows.cells.with_columns(spelled)
    return replace(rows, facts=facts, cells=cells)


def _spell(cells: pl.Series, words: tuple[str, ...], told: dict[str, str]) -> pl.Series:
    """Cells with words that differ from known ones in case and signs alone as these are written."""
    plain = {_plain(word): word for word in reversed(words)}
    new = dict[str, str]()
    for cell in cells.unique():
        parts = cell.split(BETWEEN)
        known = [part if part in words else plain.get(_plain(part), part) for part in parts]
        told |= {part: word for part, word in zip(parts, known, strict=True) if part != word}
        new[cell] = BETWEEN.join(known)
    return cells.replace(new)


def _plain(word: str) -> str:
    return _BETWEEN.sub("", word).casefold()
