"""What a source looked for, and so what its silence means."""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from labelassemble.setting_types import Evidence, Names, Settings


class Scope(Settings):
    """Terms that were looked for, and the words that speak of several terms at once.

    A listed term is positive. Everything else in `terms` is negative, but only on rows that say
    something, and only as far as `rules_out_only` and `rules_out_except` let their words speak.
    Silence is never negative.
    """

    terms: tuple[str, ...] = ()
    """Terms looked for on every labelled image, in the source's own words. With
    `finding_columns`, empty means: the columns. With `class_column` and a `path_separator`, whole
    paths such as ``Pneumonia/Viral``."""
    no_finding: tuple[str, ...] = ()
    """Words that say that no term of the scope is there, such as ``No Finding``. With
    `finding_columns`: columns; where one is positive, its blank neighbours are negative."""
    beside_finding: Literal["error", "set_aside"] = "error"
    """What a word of `no_finding` beside a finding is: an error, or set aside, so that the finding
    counts alone and the reason says so. For published tables that nobody can fix."""
    ignore: tuple[str, ...] = ()
    """Words that say nothing, such as ``todo``; the image stays, with every cell unknown. An empty
    word stands for a blank cell."""
    positive_only: tuple[str, ...] = ()
    """Terms that are positive where listed but were not looked for elsewhere: never negative."""
    uncertain: dict[str, Names] = Field(default={})
    """Word to the terms that it says may be there: ``"COVID 19 uncertain" = "COVID 19"``. They are
    uncertain unless they are listed too. Not with `finding_columns`, whose `values` say it."""
    rules_out_only: dict[str, tuple[str, ...]] = Field(default={})
    """Word to the terms it rules out when it stands on a row, where these are fewer than all:
    ``"Tuberculosis" = ["Pneumonia/Viral"]``. A word of `ignore` says nothing by itself, but
    limits the findings beside it: ``unchanged = []``."""
    rules_out_except: dict[str, tuple[str, ...]] = Field(default={})
    """The same, said the other way round: word to the terms it does not rule out, all others it
    does: ``"No Finding" = ["Support Devices"]``."""
    by_reader: dict[str, tuple[str, ...]] = Field(default={})
    """Reader to the terms that this reader looked for, where these are fewer than all: elsewhere
    the reader's silence, and a written negative too, is unknown."""

    def rules_out(self, word: str, term: str) -> bool:
        """Whether a term is negative where this word stands and the term does not."""
        return term in self.rules_out_only.get(
            word, (term,)
        ) and term not in self.rules_out_except.get(word, ())


class Subset(Settings):
    """A part of a source that was labelled otherwise than the rest; the first that fits counts."""

    where: Annotated[dict[str, Names], Field(min_length=1)]
    """Column of the table (or ``image``, ``view``, ``split``, ``file``) to the values that mark the
    part; ``*`` in a value stands for any text."""
    terms: tuple[str, ...] | None = None
    """Terms that were looked for there, where these are fewer than all; elsewhere unknown."""
    evidence: Evidence | None = None
    """Where its assessments come from, if not where the source's come from."""


class Words(NamedTuple):
    """What stands on one row, taken apart."""

    words: tuple[str, ...]
    """As written; what `no_finding`, `ignore` and `rules_out_only` speak of."""
    positive: tuple[str, ...]
    """Terms that these words make positive, if they are terms."""
    silent: tuple[str, ...] = ()
    """Terms of the scope about which these words say nothing either way."""
    step: str | None = None
    """What stands between the steps of a path; none: words are not paths."""


class Meaning(NamedTuple):
    """What one row's words mean.

    Attributes:
        positive: terms that are there.
        negative: terms that were looked for and are not there; the rest is unknown.
        none: the word that rules all of them out, if there is one.
        aside: such a word that does not count, because a finding stands beside it.
    """

    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    none: str | None = None
    aside: str | None = None


def understand(said: Words, scope: Scope) -> Meaning:
    """Say what the words of one row mean for every term: positive, negative, or no statement.

    Args:
        said: the row's words; each is known to the scope.
        scope: what was looked for.

    >>> scope = Scope(terms=("Mass", "Effusion"), no_finding=("No Finding",))
    >>> understand(Words(("Mass",), ("Mass",)), scope)
    Meaning(positive=('Mass',), negative=('Effusion',), none=None, aside=None)
    >>> understand(Words(("No Finding",), ()), scope).negative
    ('Mass', 'Effusion')
    """
    speaking = [word for word in said.words if word not in scope.ignore]
    if not speaking:
        return Meaning()
    nothing = [word for word in speaking if word in scope.no_finding]
    none = nothing[0] if nothing else None
    if none is not None and len(nothing) == len(speaking):
        return Meaning(negative=tuple(_covered([none], scope)), none=none)
    other = {*scope.ignore, *scope.no_finding}
    positive = tuple([term for term in said.positive if term not in other])
    silenced = {*positive, *said.silent}
    limiting = [word for word in said.words if word not in scope.no_finding]
    covered = _covered([*limiting, *positive], scope)
    return Meaning(positive, tuple([term for term in covered if term not in silenced]), aside=none)


def _covered(words: Sequence[str], scope: Scope) -> Sequence[str]:
    """Terms that all of these words let be ruled out."""
    if not scope.rules_out_only and not scope.rules_out_except:
        return scope.terms
    limits = [
        word for word in words if word in scope.rules_out_only or word in scope.rules_out_except
    ]
    if not limits:
        return scope.terms
    return [term for term in scope.terms if all(scope.rules_out(word, term) for word in limits)]
