"""What a guess about labels gives, whatever they are written in."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from labelassemble.errors import plural
from labelassemble.sources.draft.known_words import says_nothing, says_nothing_found
from labelassemble.sources.write_toml import Line

Find = Callable[[str], str | None]
"""From a term to the class that the vocabulary knows it as, or none."""


class LabelsFound(NamedTuple):
    """Labels that seem to stand somewhere.

    Attributes:
        what: where they stand, in words.
        score: how well they fit, above 0; the largest is taken.
        labels: the manifest's ``[labels]``.
        words: each word, or column, to how often it stands, or what is known of it.
        own_scope: the encoding says by itself what was looked for.
        none: words that seem to say that nothing was found, and why.
        silent: words that seem to say nothing.
        asides: remarks for the reader of the draft.
        called: what words are called elsewhere: the choice behind a column's name.
    """

    what: str
    score: float
    labels: Mapping[str, Line]
    words: Mapping[str, str]
    own_scope: bool = False
    none: Mapping[str, str] = {}
    silent: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    called: Mapping[str, str] = {}

    @property
    def names(self) -> list[str]:
        """What the words are called."""
        return [self.called.get(word, word) for word in self.words]


def sort_words(
    counts: Mapping[str, int], noun: str = "row"
) -> tuple[dict[str, str], dict[str, str], tuple[str, ...]]:
    """Tell findings from words that say that there is none, and from words that say nothing.

    Args:
        counts: word to how often it stands; ``""`` is a blank cell.
        noun: what is counted.

    Returns:
        Terms with their counts, words for no finding with reasons, and silent words, in the order
        of the counts, the most frequent first.

    >>> sort_words({"Mass": 3, "Normal": 9, "todo": 1, "": 2})[0]
    {'Mass': '3 rows'}
    """
    terms: dict[str, str] = {}
    none: dict[str, str] = {}
    silent: list[str] = []
    for word, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        if not word or says_nothing(word):
            silent.append(word)
        elif why := says_nothing_found(word, counts):
            none[word] = f"{plural(count, noun)}; guessed: {why}"
        else:
            terms[word] = plural(count, noun)
    return terms, none, tuple(silent)


def share_known(words: Iterable[str], find: Find) -> float:
    """The share of words that the vocabulary knows, 0 to 1."""
    every = list(words)
    return sum(find(word) is not None for word in every) / len(every) if every else 0.0


def plain_lines(values: Mapping[str, Any], comment: str = "") -> dict[str, Line]:
    """Lines of a TOML table, the first with a comment."""
    return {
        key: Line(value, comment if place == 0 else "")
        for place, (key, value) in enumerate(values.items())
    }
