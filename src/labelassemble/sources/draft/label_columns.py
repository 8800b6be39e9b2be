"""Which columns of a table hold the labels of a built-in source, whatever they are called."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.draft.cell_words import SEPARATORS, read_list
from labelassemble.sources.draft.known_words import (
    LABEL_NAMES,
    name_words,
    says_nothing_found,
    split_term,
)
from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.draft.number_columns import find_boxes
from labelassemble.sources.encodings.box_rows import BoxRows
from labelassemble.sources.encodings.class_column import ClassColumn
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.encodings.finding_columns import FindingColumns, same_value
from labelassemble.sources.encodings.finding_rows import FindingRows
from labelassemble.sources.encodings.list_literal import ListLiteral
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.fit_columns import Fit
from labelassemble.sources.manifest import Manifest

_ENOUGH_WORDS = 4
_MAX_CELLS = 20_000


class LabelNames(NamedTuple):
    """How a table calls what a built-in source says.

    Attributes:
        columns: column as published to what the table calls it.
        words: word as published to how cells spell it.
        separator: what stands between the words of a cell; none: what stands there as published.
        said: which words tell it; blank: none do.
    """

    columns: Mapping[str, str]
    words: Mapping[str, str] = {}
    separator: str | None = None
    said: str = ""


def name_label_columns(
    form: Manifest, fit: Fit, table: pl.DataFrame, taken: Collection[str], find: Find
) -> LabelNames | None:
    """Find the columns that hold a source's labels; none: one is not there, or it is not sure.

    Args:
        form: how the source is written.
        fit: columns that are there by their own names.
        table: all text.
        taken: columns that hold something else.
        find: what the vocabulary of the source knows.
    """
    labels = form.labels
    lost = [name for name in getattr(labels, "columns_read", ()) if name in fit.lost]
    left = [name for name in table.columns if name not in taken and name not in fit.found]
    match labels:
        case FindingColumns():
            return _name_findings(form, labels, lost, left, table, find)
        case ClassColumn(column=(column,)):
            return _name_words(form, fit, table, left, column)
        case FindingRows() | DelimitedList() | ListLiteral():
            return _name_words(form, fit, table, left, labels.column)
        case RunLengthRows(column=column):
            runs = [name for name in left if _are_runs(table[name])]
            if column not in lost:
                return LabelNames({})
            return LabelNames({column: runs[0]}) if len(runs) == 1 else None
        case BoxRows():
            return _name_boxes(form, labels, fit, table, left, taken)
        case _:
            return None if lost else LabelNames({})


def _name_findings(
    form: Manifest,
    labels: FindingColumns,
    lost: list[str],
    left: list[str],
    table: pl.DataFrame,
    find: Find,
) -> LabelNames | None:
    """A column a finding: one of another name that means the same finding, and no further ones."""
    values = {same_value(value) for value in labels.values} | {""}
    flags = [
        name
        for name in left
        if {same_value(one) for one in table[name].unique()} <= values and any(table[name] != "")
    ]
    columns = dict[str, str]()
    for column in lost:
        wanted = form.terms.get(column) or find(column)
        none = column in form.scope.no_finding
        may = [
            name
            for name in flags
            if _same(name, column)
            or (none and says_nothing_found(name))
            or (wanted and find(name) == wanted)
        ]
        if len(may) != 1:
            return None
        columns[column] = may[0]
    more = [one for one in flags if one not in columns.values() and find(one)]
    if more or len(labels.columns) < _ENOUGH_WORDS:
        return None
    return LabelNames(columns, said=f"all {len(labels.columns)} findings have a column")


def _name_words(
    form: Manifest, fit: Fit, table: pl.DataFrame, left: list[str], column: str
) -> LabelNames | None:
    """A column of words: all of them are the source's."""
    known = _list_words(form)
    own = fit.renamed.get(column, column)
    asked = [own] if column in fit.found else left
    found = {name: one for name in asked if (one := _spell(form, table[name], known))}
    named = {n: one for n, one in found.items() if set(name_words(n)) & set(LABEL_NAMES)}
    # Grades stand in columns of counts too: numbers have to be called labels.
    if len(found) > 1 or (column not in fit.found and all(map(_is_number, filter(None, known)))):
        found = named
    if len(found) != 1:
        return None
    name, (spelled, sign) = next(iter(found.items()))
    words = {old: new for old, new in spelled.items() if old != new}
    enough = min(_ENOUGH_WORDS, len([word for word in known.values() if word]))
    if len([word for word in spelled if word]) < enough:
        return None
    said = f"all {plural(len(spelled), 'word')} in column {name!r} are its"
    return LabelNames({} if column in fit.found else {column: name}, words, sign, said)


def _name_boxes(
    form: Manifest,
    labels: BoxRows,
    fit: Fit,
    table: pl.DataFrame,
    left: list[str],
    taken: Collection[str],
) -> LabelNames | None:
    """Boxes: their four columns, and the words beside them."""
    boxes = find_boxes(table, set(taken) - set(labels.box))
    if boxes is None or boxes[0] != labels.format or len(labels.box) != len(boxes[1]):
        return None
    columns = {old: new for old, new in zip(labels.box, boxes[1], strict=True) if old != new}
    if labels.column is None:
        return LabelNames(columns)
    rest = [name for name in left if name not in boxes[1]]
    words = _name_words(form, fit, table, rest, labels.column)
    return words._replace(columns={**columns, **words.columns}) if words else None


def _list_words(form: Manifest) -> dict[str, str]:
    """Each word that cells of a source may hold, in one form; those of which two are alike: none.

    >>> from labelassemble.sources.manifest_file import load_manifest
    >>> _list_words(load_manifest("nih_chestxray14"))["pleuralthickening"]
    'Pleural_Thickening'
    """
    scope = form.scope
    words = [*scope.terms, *scope.positive_only, *scope.no_finding, *scope.ignore]
    words += [*scope.uncertain]
    alike = dict[str, list[str]]()
    for word in dict.fromkeys(words):
        alike.setdefault(_plain(word), []).append(word)
    return {plain: those[0] for plain, those in alike.items() if len(those) == 1}


def _spell(
    form: Manifest, cells: pl.Series, known: Mapping[str, str]
) -> tuple[dict[str, str], str | None] | None:
    """Each word as published to how cells spell it, and a sign of their own between words."""
    different = cells.unique()
    if len(different) > _MAX_CELLS:
        return None
    sign = getattr(form.labels, "separator", None)
    signs: Iterable[str | None] = dict.fromkeys((sign, *SEPARATORS)) if sign else (None,)
    for one in signs:
        words = dict.fromkeys(word for cell in different for word in _take_apart(form, cell, one))
        spelled = {known.get(_plain(word)): word for word in words}
        if words and None not in spelled and len(spelled) == len(words):
            told = {str(old): new for old, new in spelled.items()}
            return told, one if one != sign else None
    return None


def _take_apart(form: Manifest, cell: str, sign: str | None) -> list[str]:
    if isinstance(form.labels, ListLiteral):
        return [word.strip() for word in read_list(cell)] if cell else []
    return [part.strip() for part in cell.split(sign)] if sign else [cell]


def _plain(word: str) -> str:
    return "".join(split_term(word)) or word.strip()


def _is_number(word: str) -> bool:
    return word.isdigit()


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _are_runs(cells: pl.Series) -> bool:
    return all(re.fullmatch(r"(-1)?|\d+( \d+)+", cell.strip()) for cell in cells.unique())
