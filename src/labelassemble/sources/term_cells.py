"""Columns of words become statements: shared by lists, classes, paths, file names and files."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from labelassemble.errors import plural, shorten, some
from labelassemble.sources.assessments import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    Reason,
    Statements,
    pick_rows,
)
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems, name_nearest
from labelassemble.sources.scope import Meaning, Scope, Words, understand

BETWEEN = "\n"
"""What stands between words that were gathered from several places into one cell."""


def split_words(cell: str) -> Words:
    """Take a gathered cell apart: each different word once; blank gives one empty word."""
    words = tuple(dict.fromkeys(cell.split(BETWEEN)))
    return Words(words, words)


def state_words(
    images: pl.Series,
    cells: pl.Series,
    take_apart: Callable[[str], Words | None],
    scope: Scope,
    place: str,
    problems: Problems = AT_ONCE,
) -> Statements:
    """Make statements of one cell of words a row.

    Each distinct cell is understood once, so that a hundred thousand rows cost no more than their
    few hundred different cells.

    Args:
        images: names of the images, for problems.
        cells: what stands beside each, as text.
        take_apart: from a cell to its words; none: it is no list such as ``['nodule', 'mass']``.
        scope: what was looked for.
        place: where the words stand, such as ``column 'Finding Labels'``.
        problems: takes words that the scope does not know, which say nothing then; cells that are
            no list, and ``No Finding`` beside a finding, unless the scope sets it aside there:
            their rows are to be left out.

    Returns:
        A row a cell, in their order; columns: the scope's terms, then what else is listed.
    """
    distinct = cells.unique().sort()
    said = [take_apart(cell) for cell in distinct]
    told = _CellsTold(images, cells, place, problems)
    unknown, odd = told.tell(distinct.to_list(), said, scope)
    if unknown:
        scope = scope.model_copy(update={"ignore": (*scope.ignore, *unknown)})
    meanings = [understand(words or Words((), ()), scope) for words in said]
    stated = _state_each(meanings, scope, place)
    number = cells.cast(pl.Enum(distinct)).to_physical().cast(pl.Int64).to_numpy()
    stated = pick_rows(stated, number)
    if not odd:
        return stated
    because = pl.when(told.find(odd)).then(pl.lit(f"{SET_ASIDE}its words"))
    return stated._replace(aside=pl.select(because).to_series())


def _state_each(meanings: Sequence[Meaning], scope: Scope, place: str) -> Statements:
    listed = [term for meaning in meanings for term in meaning.positive]
    columns = tuple(dict.fromkeys([*scope.terms, *scope.positive_only, *listed]))
    at = {term: column for column, term in enumerate(columns)}
    reasons = [
        NO_REASON,
        Reason(f"{place}: listed"),
        Reason(f"{place}: not listed, in scope", silence=True),
    ]
    ruled_out = {word: len(reasons) + i for i, word in enumerate(scope.no_finding)}
    reasons += [
        Reason(f"{word!r}: scope" if word else f"{place}: none, in scope")
        for word in scope.no_finding
    ]
    aside: dict[str | None, int] = {None: 1}
    for word in dict.fromkeys(meaning.aside for meaning in meanings if meaning.aside is not None):
        aside[word] = len(reasons)
        for plain in reasons[1:3]:
            reasons.append(plain._replace(text=f"{plain.text}; {word!r} beside it set aside"))
    state = np.zeros((len(meanings), len(columns)), dtype=np.uint8)
    reason = np.zeros(state.shape, dtype=np.uint16)
    for row, meaning in enumerate(meanings):
        negative = [at[term] for term in meaning.negative]
        positive = [at[term] for term in meaning.positive]
        state[row, negative], state[row, positive] = NEGATIVE, POSITIVE
        listed_here = aside[meaning.aside]
        silent = listed_here + 1
        reason[row, negative] = silent if meaning.none is None else ruled_out[meaning.none]
        reason[row, positive] = listed_here
    return Statements(columns, state, reason, tuple(reasons))


class _CellsTold:
    """Tells what is wrong with cells, with the images that they stand on."""

    def __init__(self, images: pl.Series, cells: pl.Series, place: str, problems: Problems) -> None:
        self.images, self.cells, self.place, self.problems = images, cells, place, problems

    def find(self, cells: Sequence[str]) -> pl.Series:
        """Which rows hold one of these cells."""
        return self.cells.is_in(pl.Series(cells, dtype=pl.String).implode())

    def tell(
        self, distinct: Sequence[str], said: Sequence[Words | None], scope: Scope
    ) -> tuple[list[str], list[str]]:
        """Note what is wrong; gives the words without a meaning, and the cells to be left out."""
        listed = {*scope.terms, *scope.positive_only}
        nothing = {*scope.no_finding}
        other = {*nothing, *scope.ignore}
        strange: dict[str, list[str]] = {}
        both: dict[str, list[str]] = {}
        seen, unread = set[str](), list[str]()
        for cell, taken in zip(distinct, said, strict=True):
            if taken is None:
                unread.append(cell)
                continue
            seen.update(taken.words)
            for word in taken.words:
                # A step of a listed path is as good as listed itself.
                if word not in listed and word not in other and not _is_step(taken, word, listed):
                    strange.setdefault(word, []).append(cell)
            alone = nothing.isdisjoint(taken.words) or other.issuperset(taken.words)
            if not alone and scope.beside_finding == "error":
                none = next(word for word in taken.words if word in nothing)
                both.setdefault(none, []).append(cell)
        known = [*scope.terms, *scope.positive_only, *scope.no_finding, *scope.ignore]
        counts = {word: int(self.find(cells).sum()) for word, cells in strange.items()}
        for word in sorted(strange, key=lambda word: -counts[word]):
            self._tell_unknown(word, strange[word], known)
        for none, cells in both.items():
            self._tell_both(none, cells)
        if unread:
            self._note(
                f"lists of terms such as ['nodule', 'mass'] in {self.place}",
                f"whose {self.place} is no list such as ['nodule', 'mass']",
                "Fix those cells, or choose another labels.encoding",
                unread,
                shown=f"{shorten(unread[0], 60)!r} on ",
            )
        for key in ("no_finding", "ignore"):
            for word in getattr(scope, key):
                if word and word not in seen:
                    near = name_nearest(word, sorted(seen)) if len(seen) < 10_000 else ""
                    self.problems.remark(
                        f"the word {word!r} of scope.{key} stands in no row{near}",
                        "Take it out, or fix it",
                    )
        return list(strange), [*unread, *(cell for cells in both.values() for cell in cells)]

    def _tell_unknown(self, word: str, cells: list[str], known: list[str]) -> None:
        name = f"the word {shorten(word, 300)!r}" if word else "a blank cell"
        self._note(
            f"words that the manifest's scope knows in {self.place}",
            f"{name} in {self.place} has no meaning",
            "Fix the table, or put it into scope.terms (looked for everywhere), positive_only "
            "(only "
            "where listed), no_finding, or ignore (says nothing)"
            if word
            else 'Put "" into scope.ignore (says nothing) or no_finding',
            cells,
            end=name_nearest(word, known) if word else "",
        )

    def _tell_both(self, none: str, cells: list[str]) -> None:
        shown = some((repr(cell.replace(BETWEEN, " + ")) for cell in cells), 3)
        name = repr(none) if none else "nothing"
        self._note(
            f"{name} alone in {self.place}",
            f"{name} stands beside a finding in {self.place}",
            "Fix those rows: either there is a finding or there is none; for a table that you "
            "cannot fix, scope.beside_finding = 'set_aside' lets the finding count",
            cells,
            end=f", {shown}",
        )

    def _note(
        self, expected: str, got: str, do: str, cells: list[str], end: str = "", shown: str = ""
    ) -> None:
        images = self.images.filter(self.find(cells)).unique().sort()
        count = plural(len(images), "image")
        got = f"{count} {got}" if shown else f"{got}: {count}{end}"
        self.problems.note(expected, got, do, count=len(images), example=f"{shown}{images[0]}")


def _is_step(said: Words, word: str, listed: set[str]) -> bool:
    """Whether the word is a path's beginning, as ``a/b`` of the listed ``a/b/c``."""
    deeper = said.step
    return deeper is not None and any(term.startswith(word + deeper) for term in listed)
