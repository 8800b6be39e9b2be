"""What a source looked for, and so what its silence means."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl
from pydantic import Field

from labelassemble.settings import Settings


class Scope(Settings):
    """Terms that were looked for, and the words that speak of several terms at once.

    A listed term is positive. Everything else in `terms` is negative, but only on rows that say
    something, and only as far as `covers` lets their words speak. Silence is never negative.
    """

    terms: tuple[str, ...] = ()
    """Terms looked for on every labelled image, in the source's own words. With
    `finding_columns`, empty means: the columns. With `class_column` and a `path_separator`, whole
    paths such as ``Pneumonia/Viral``."""
    no_finding: tuple[str, ...] = ()
    """Words that say that no term of the scope is there, such as ``No Finding``. With
    `finding_columns`: columns; where one is positive, its blank neighbours are negative."""
    not_labels: tuple[str, ...] = ()
    """Words that say nothing, such as ``todo``; the image stays, with every cell unknown. An empty
    word stands for a blank cell."""
    also_listed: tuple[str, ...] = ()
    """Terms that are positive where listed but were not looked for elsewhere: never negative."""
    covers: dict[str, tuple[str, ...]] = Field(default={})
    """Word to the terms it rules out when it stands on a row, where these are fewer than all:
    ``"Tuberculosis" = ["Pneumonia/Viral"]``."""


VERDICT_COLUMNS = {
    "image": pl.String,
    "term": pl.String,
    "verdict": pl.String,
    "reader": pl.String,
    "reason": pl.String,
}
"""One row a statement. term: the source's own word. verdict: ``positive``, ``negative`` or
``uncertain``; no row where nobody looked. reader: null where the source has one voice. reason:
which column and which rule."""


class Words(NamedTuple):
    """What stands on one row, taken apart."""

    words: tuple[str, ...]
    """As written; what `no_finding`, `not_labels` and `covers` speak of."""
    positive: tuple[str, ...]
    """Terms that these words make positive, if they are terms."""
    silent: tuple[str, ...] = ()
    """Terms of the scope about which these words say nothing either way."""
    step: str | None = None
    """What stands between the steps of a path; none: words are not paths."""


class Statement(NamedTuple):
    """One verdict on one term, and why."""

    term: str
    verdict: str
    reason: str


def state(said: Words, scope: Scope, place: str) -> list[Statement]:
    """Say what the words of one row mean for every term: positive, negative, or no statement.

    Args:
        said: the row's words; each is known to the scope.
        scope: what was looked for.
        place: where the words stand, for the reason, such as ``column 'Finding Labels'``.

    >>> scope = Scope(terms=("Mass", "Effusion"), no_finding=("No Finding",))
    >>> for statement in state(Words(("Mass",), ("Mass",)), scope, "column 'x'"):
    ...     print(*statement, sep=", ")
    Mass, positive, column 'x': listed
    Effusion, negative, column 'x': not listed, in scope
    """
    speaking = [word for word in said.words if word not in scope.not_labels]
    if not speaking:
        return []
    none = [word for word in speaking if word in scope.no_finding]
    positive = [] if none else [term for term in said.positive if term not in scope.not_labels]
    covered = _covered([*speaking, *positive], scope)
    reason = f"{none[0]!r}: scope" if none else f"{place}: not listed, in scope"
    return [
        *(Statement(term, "positive", f"{place}: listed") for term in positive),
        *(
            Statement(term, "negative", reason)
            for term in scope.terms
            if term in covered and term not in positive and term not in said.silent
        ),
    ]


def _covered(words: Sequence[str], scope: Scope) -> set[str]:
    """Terms that all of these words let be ruled out."""
    covered = set(scope.terms)
    for word in words:
        covered &= set(scope.covers.get(word, scope.terms))
    return covered
