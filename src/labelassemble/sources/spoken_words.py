"""Columns of words become statements: shared by lists, classes, paths, file names and files."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from labelassemble.errors import SourceError, some, unknown_name
from labelassemble.sources.scope import Meaning, Scope, Words, understand
from labelassemble.sources.verdicts import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    Reason,
    Statements,
    pick_rows,
)

BETWEEN = "\n"
"""What stands between words that were gathered from several places into one cell."""


def split_words(cell: str) -> Words:
    """Take a gathered cell apart: each different word once; blank gives one empty word."""
    words = tuple(dict.fromkeys(cell.split(BETWEEN)))
    return Words(words, words)


def state_words(
    images: pl.Series,
    cells: pl.Series,
    take_apart: Callable[[str], Words],
    scope: Scope,
    place: str,
) -> Statements:
    """Make statements of one cell of words a row.

    Each distinct cell is understood once, so that a hundred thousand rows cost no more than their
    few hundred different cells.

    Args:
        images: names of the images, for errors.
        cells: what stands beside each, as text.
        take_apart: from a cell to its words.
        scope: what was looked for.
        place: where the words stand, such as ``column 'Finding Labels'``.

    Returns:
        A row a cell, in their order; columns: the scope's terms, then what else is listed.

    Raises:
        SourceError: a word that the scope does not know, or ``No Finding`` beside a finding, unless
            the scope sets it aside there.
    """
    distinct = cells.unique().sort()
    said = [take_apart(cell) for cell in distinct]
    _check_words(images, cells, distinct.to_list(), said, scope, place)
    stated = _state_each([understand(words, scope) for words in said], scope, place)
    number = cells.replace_strict(distinct, np.arange(len(distinct)), return_dtype=pl.Int64)
    return pick_rows(stated, number.cast(pl.Int64).to_numpy())


def _state_each(meanings: Sequence[Meaning], scope: Scope, place: str) -> Statements:
    listed = [term for meaning in meanings for term in meaning.positive]
    columns = tuple(dict.fromkeys([*scope.terms, *scope.also_listed, *listed]))
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


def _check_words(
    images: pl.Series,
    cells: pl.Series,
    distinct: list[str],
    said: list[Words],
    scope: Scope,
    place: str,
) -> None:
    listed = {*scope.terms, *scope.also_listed}
    other = {*scope.no_finding, *scope.not_labels}
    none_words = set(scope.no_finding)
    strange: dict[str, list[str]] = {}
    for cell, taken in zip(distinct, said, strict=True):
        for word in taken.words:
            # A step of a listed path is as good as listed itself.
            if word not in listed and word not in other and not _is_step(taken, word, listed):
                strange.setdefault(word, []).append(cell)
        both = not none_words.isdisjoint(taken.words) and not other.issuperset(taken.words)
        if both and scope.beside_finding == "error":
            none = next(word for word in taken.words if word in none_words)
            rows = images.filter(cells == cell).sort()
            raise SourceError(
                f"{none!r} alone in {place}",
                f"{cell.replace(BETWEEN, ' + ')!r} on {len(rows)} images, such as {rows[0]}",
                "Mend those rows: either there is a finding or there is none; for a table that you "
                "cannot mend, scope.beside_finding = 'set_aside' lets the finding count",
            )
    if strange:
        word, where = next(iter(strange.items()))
        rows = images.filter(cells.is_in(pl.Series(where).implode())).sort()
        name = repr(word) if word else "blank"
        known = [*scope.terms, *scope.also_listed, *scope.no_finding, *scope.not_labels]
        others = f"; {len(strange) - 1} other words too: {some(map(repr, list(strange)[1:]), 5)}"
        raise SourceError(
            f"words that the manifest's scope knows in {place}",
            f"{name} on {len(rows)} images, such as {some(rows.head(3))}"
            + (others if len(strange) > 1 else "")
            + f" ({unknown_name('word', word, known)})",
            "Mend the table, or put the word into scope.terms (looked for everywhere), "
            "also_listed (only where listed), no_finding, or not_labels (says nothing)",
        )


def _is_step(said: Words, word: str, listed: set[str]) -> bool:
    """Whether the word is a path's beginning, as ``a/b`` of the listed ``a/b/c``."""
    deeper = said.step
    return deeper is not None and any(term.startswith(word + deeper) for term in listed)
