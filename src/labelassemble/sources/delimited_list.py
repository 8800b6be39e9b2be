"""Labels as a list of terms in one column: ``Mass|Effusion`` or ``No Finding``."""

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from labelassemble.settings import Settings
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.spoken_words import state_words


class DelimitedList(Settings):
    """Every listed term is positive; the rest of the scope is negative."""

    encoding: Literal["delimited_list"]
    column: str
    """Column that holds the list."""
    separator: Annotated[str, Field(min_length=1)] = "|"
    """What stands between two terms."""


def state_delimited_list(
    images: pl.Series, cells: pl.DataFrame, labels: DelimitedList, scope: Scope
) -> pl.DataFrame:
    """Make verdicts of a column of lists.

    Args:
        images: names of the images.
        cells: the label column beside them.
        labels: how the list is written.
        scope: what was looked for.

    Returns:
        ``VERDICT_COLUMNS``.

    Raises:
        SourceError: a word that the scope does not know, or ``No Finding`` beside a finding.

    >>> labels = DelimitedList(encoding="delimited_list", column="found")
    >>> scope = Scope(terms=("Mass", "Hernia"), no_finding=("No Finding",))
    >>> cells = pl.DataFrame({"found": ["Mass", "No Finding"]})
    >>> said = state_delimited_list(pl.Series(["a.png", "b.png"]), cells, labels, scope)
    >>> said.select("image", "term", "verdict").rows()[:2]
    [('a.png', 'Mass', 'positive'), ('a.png', 'Hernia', 'negative')]
    """

    def take_apart(cell: str) -> Words:
        words = [word.strip() for word in cell.split(labels.separator)]
        listed = tuple(dict.fromkeys(word for word in words if word)) or ("",)
        return Words(listed, listed)

    return state_words(images, cells[labels.column], take_apart, scope, f"column {labels.column!r}")
