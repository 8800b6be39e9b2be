"""Which words stand in label cells, and which of them have no meaning: all of them, counted."""

import ast
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from labelassemble.errors import some
from labelassemble.sources.encodings.class_column import ClassColumn
from labelassemble.sources.encodings.coco_json import CocoJson
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.encodings.list_literal import ListLiteral
from labelassemble.sources.encodings.npz_arrays import NpzArrays
from labelassemble.sources.encodings.xml_terms import XmlTerms
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import (
    SET_ASIDE,
    Problem,
    name_nearest,
    plural,
    problem,
    remark,
)
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.spoken_words import BETWEEN

_WHERE_TO = (
    "Mend the table, or put it into scope.terms (looked for everywhere), also_listed (only where "
    "listed), no_finding, or not_labels (says nothing)"
)


class WordsChecked(NamedTuple):
    """Rows and a scope that fit together.

    Attributes:
        rows: without those that contradict themselves.
        scope: every word has a meaning; those that had none say nothing.
        notes: what was set aside.
    """

    rows: Rows
    scope: Scope
    notes: tuple[Problem, ...]


def split_cell(cell: str, labels: object, scope: Scope | None = None) -> tuple[str, ...] | None:
    """Give the different words of one label cell; blank gives one empty word.

    Args:
        cell: as text.
        labels: how labels are written.
        scope: knows which qualifiers of a term count; none: all of them.

    Returns:
        None: not written that way.

    >>> split_cell("Mass| Edema|Mass", DelimitedList(encoding="delimited_list", column="c"))
    ('Mass', 'Edema')
    """
    match labels:
        case DelimitedList(separator=separator):
            words: Iterable[str] = cell.split(separator)
        case ListLiteral():
            found = _read_list(cell)
            if found is None:
                return None
            words = found
        case ClassColumn(path_separator=str(separator)):
            return (separator.join(step.strip() for step in cell.split(separator)),)
        case ClassColumn():
            return (cell,)
        case XmlTerms(qualifier=qualifier):
            words = [_shorten(word, qualifier, scope) for word in cell.split(BETWEEN)]
        case _:
            return tuple(dict.fromkeys(cell.split(BETWEEN)))
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip())) or ("",)


def check_words(rows: Rows, manifest: Manifest) -> WordsChecked:
    """Problem every word without a meaning, and rows that say both something and nothing.

    Args:
        rows: one row an image and reader.
        manifest: of an encoding of words.
    """
    labels, scope = manifest.labels, manifest.scope
    column = getattr(labels, "column", None)
    cells = rows.cells[column] if column in rows.cells.columns else rows.cells["words"]
    place = f"column {column!r}" if column else _PLACES.get(type(labels), "labels")
    silent = isinstance(labels, CocoJson) or (isinstance(labels, NpzArrays) and labels.several)
    listed = {*manifest.looked_for, *scope.also_listed, *scope.uncertain}
    nothing = {*scope.no_finding, *([""] if silent else [])}
    other = {*nothing, *scope.not_labels}
    step = getattr(labels, "path_separator", None) or getattr(labels, "qualifier", None)
    unknown: dict[str, list[str]] = {}
    unread, both, seen = list[str](), dict[str, str](), set[str]()
    for cell in cells.unique().sort():
        words = split_cell(cell, labels, scope)
        if words is None:
            unread.append(cell)
            continue
        seen.update(words)
        for word in words:
            inner = step is not None and any(term.startswith(word + step) for term in listed)
            if word not in listed and word not in other and not inner:
                unknown.setdefault(word, []).append(cell)
        alone = nothing.isdisjoint(words) or other.issuperset(words)
        if not alone and scope.beside_finding == "error":
            both[cell] = next(word for word in words if word in nothing)
    images = rows.facts["image"]
    known = [*listed, *scope.no_finding, *scope.not_labels]
    notes = [_note_unknown(word, of, images, cells, known, place) for word, of in unknown.items()]
    notes.sort(key=lambda note: -note.count)
    notes += _note_both(both, images, cells, place)
    if unread:
        here = images.filter(cells.is_in(unread)).unique().sort()
        notes.append(
            problem(
                f"{plural(len(here), 'image')} whose {place} is no list such as ['nodule', 'mass']",
                "Mend those cells, or choose another labels.encoding",
                count=len(here),
                example=f"{unread[0][:60]!r} on {here[0]}",
            )
        )
    notes += [
        remark(
            f"the word {word!r} of scope.{key} stands in no row{name_nearest(word, sorted(seen))}",
            "Take it out, or mend it",
        )
        for key in ("no_finding", "not_labels")
        for word in getattr(scope, key)
        if word not in seen and word
    ]
    gone = pl.Series([*both, *unread], dtype=pl.String)
    reason = pl.select(
        pl.when(cells.is_in(gone.implode())).then(pl.lit(f"{SET_ASIDE}its words"))
    ).to_series()
    mended = scope.model_copy(update={"not_labels": (*scope.not_labels, *unknown)})
    return WordsChecked(rows.leave_out(reason), mended, tuple(notes))


_PLACES: dict[type, str] = {
    CocoJson: "annotations",
    NpzArrays: "labels",
    XmlTerms: "reports",
}


def _note_unknown(
    word: str,
    where: list[str],
    images: pl.Series,
    cells: pl.Series,
    known: list[str],
    place: str,
) -> Problem:
    here = images.filter(cells.is_in(pl.Series(where).implode())).unique().sort()
    name = f"the word {word!r}" if word else "a blank cell"
    return problem(
        f"{name} in {place} has no meaning: {plural(len(here), 'image')}"
        + (name_nearest(word, known) if word else ""),
        _WHERE_TO if word else 'Put "" into scope.not_labels (says nothing) or no_finding',
        count=len(here),
        example=here[0],
    )


def _note_both(
    both: dict[str, str], images: pl.Series, cells: pl.Series, place: str
) -> list[Problem]:
    notes = []
    for none in dict.fromkeys(both.values()):
        of = [cell for cell, word in both.items() if word == none]
        here = images.filter(cells.is_in(pl.Series(of).implode())).unique().sort()
        shown = some((repr(cell.replace(BETWEEN, " + ")) for cell in of), 3)
        name = repr(none) if none else "nothing"
        notes.append(
            problem(
                f"{name} stands beside a finding in {place}: {plural(len(here), 'image')}, {shown}",
                "Mend those rows; for a table that you cannot mend, scope.beside_finding = "
                "'set_aside' lets the finding count",
                count=len(here),
                example=here[0],
            )
        )
    return notes


def _read_list(cell: str) -> list[str] | None:
    if cell == "":
        return []
    try:
        # A literal is data: names, calls and operators are refused.
        found = ast.literal_eval(cell) if len(cell) < 1_000_000 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    if isinstance(found, list | tuple) and all(isinstance(one, str) for one in found):
        return list(found)
    return None


def _shorten(word: str, qualifier: str, scope: Scope | None) -> str:
    """The term of the scope with the same heading and the most of a word's qualifiers."""
    if scope is None:
        return word
    heading, *qualifiers = (part.strip() for part in word.split(qualifier))
    known = (*scope.terms, *scope.also_listed, *scope.uncertain, *scope.no_finding)
    fitting = [
        term
        for term in (*known, *scope.not_labels)
        if (parts := term.split(qualifier))[0] == heading and set(parts[1:]) <= set(qualifiers)
    ]
    return max(fitting, key=lambda term: term.count(qualifier), default=word)
