"""Words that say that a term may be there: ``COVID 19 uncertain``."""

from collections.abc import Callable

import numpy as np
import polars as pl

from labelassemble.sources.assessments import POSITIVE, UNCERTAIN, Reason, Statements
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.term_cells import state_words


def state_words_and_doubts(
    images: pl.Series,
    cells: pl.Series,
    take_apart: Callable[[str], Words | None],
    scope: Scope,
    place: str,
    problems: Problems = AT_ONCE,
) -> Statements:
    """Make statements of words as `state_words` does; a doubted term is uncertain.

    A row with a doubt speaks: the rest of the scope is negative there.

    Args:
        images: names of the images, for problems.
        cells: what stands beside each, as text.
        take_apart: from a cell to its words.
        scope: what was looked for, and which words are doubts.
        place: where the words stand, for reasons and problems.
        problems: as `state_words`.

    >>> scope = Scope(terms=("Mass", "Edema"), uncertain={"Mass?": ("Mass",)})
    >>> one = lambda cell: Words((cell,), (cell,))
    >>> said = state_words_and_doubts(pl.Series(["a"]), pl.Series(["Mass?"]), one, scope, "column")
    >>> said.columns, said.state.tolist()  # 2 uncertain, 1 negative
    (('Mass', 'Edema'), [[2, 1]])
    """
    if not scope.uncertain:
        return state_words(images, cells, take_apart, scope, place, problems)
    told = scope.model_copy(update={"positive_only": (*scope.positive_only, *scope.uncertain)})
    said = state_words(images, cells, take_apart, told, place, problems)
    state, reason, reasons = said.state.copy(), said.reason.copy(), [*said.reasons]
    for word, terms in scope.uncertain.items():
        here = said.state[:, said.columns.index(word)] == POSITIVE
        for at in map(said.columns.index, terms):
            doubted = here & (state[:, at] != POSITIVE)
            state[doubted, at], reason[doubted, at] = UNCERTAIN, len(reasons)
        reasons.append(Reason(f"{place}: {word!r} listed"))
    kept = np.array([column not in scope.uncertain for column in said.columns], dtype=bool)
    columns = tuple(column for column in said.columns if column not in scope.uncertain)
    return Statements(columns, state[:, kept], reason[:, kept], tuple(reasons), said.aside)
