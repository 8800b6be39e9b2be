"""Rows that say where a finding lies: what they state of the image."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, Reason, Statements
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

_PLACED = "placed"


def gather_places(
    rows: Rows, filled: pl.Series, column: str | None, identity: pl.DataFrame
) -> Rows:
    """Bring the places of one image and reader together.

    Args:
        rows: a row a place.
        filled: which rows hold one.
        column: where the finding stands; none: all places show one.
        identity: what tells two places apart.
    """
    if column is not None:
        return gather_words(rows, rows.cells[column], identity)
    words = filled.replace_strict([True, False], [_PLACED, ""], return_dtype=pl.String)
    return gather_words(rows, words, identity)


def state_places(
    rows: Rows,
    term: str | None,
    column: str | None,
    scope: Scope,
    what: str,
    problems: Problems = AT_ONCE,
) -> Statements:
    """Make statements of gathered places.

    Args:
        rows: as `gather_places` gives them.
        term: what all places show; none: `column` says it.
        column: where the finding stands.
        scope: what was looked for.
        what: a place in words, such as ``point``.
        problems: takes words that the scope does not know.
    """
    words = rows.cells["words"]
    if term is None:
        place = f"column {column!r}"
        return state_words_and_doubts(
            rows.facts["image"], words, split_words, scope, place, problems
        )
    placed = words.str.contains(_PLACED, literal=True).to_numpy()[:, None]
    return Statements(
        columns=(term,),
        state=np.where(placed, POSITIVE, NEGATIVE).astype(np.uint8),
        reason=np.where(placed, 1, 2).astype(np.uint16),
        reasons=(NO_REASON, Reason(what), Reason(f"no {what}, in scope", silence=True)),
    )


def refuse_rows(kinds: Mapping[str, pl.Series], set_aside: str) -> pl.Series:
    """Say why rows are to be left out: the first kind that holds.

    Args:
        kinds: kind of a fault to the rows that have it.
        set_aside: how the reasons begin.

    >>> refuse_rows({"odd": pl.Series([True, False])}, "set aside: ").to_list()
    ['set aside: odd', None]
    """
    length = len(next(iter(kinds.values())))
    aside = pl.Series("aside", [None] * length, dtype=pl.String)
    for kind, odd in kinds.items():
        because = pl.when(odd).then(pl.lit(set_aside + kind))
        aside = pl.select(pl.coalesce(aside, because)).to_series()
    return aside
