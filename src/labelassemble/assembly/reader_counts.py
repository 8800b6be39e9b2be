"""How many readings of an image say what."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt8


class Counts(NamedTuple):
    """How many readings of an image say what; a row an image that several readings speak of.

    Attributes:
        image: number of the image.
        image: number of its image.
        source: place of its source in the recipe.
        positive, negative, uncertain: readings of the strongest evidence that say so.
        state: what they come to.
        rule: index into the rules of what they come to.
    """

    image: Int[np.ndarray, " images"]
    record: Int[np.ndarray, " images"]
    source: Int[np.ndarray, " images"]
    positive: Int[np.ndarray, "images classes"]
    negative: Int[np.ndarray, "images classes"]
    uncertain: Int[np.ndarray, "images classes"]
    state: UInt8[np.ndarray, "images classes"]
    rule: Int[np.ndarray, "images classes"]


def join_counts(
    parts: Sequence[tuple[Counts | None, Sequence[str]]],
) -> tuple[Counts | None, tuple[str, ...]]:
    """Put the counts of successive images below each other, each with the rules that it refers to.

    Returns:
        None where there are none; and every rule once.
    """
    place: dict[str, int] = {"": 0}
    renumbered = []
    for counts, rules in parts:
        numbers = np.array([place.setdefault(rule, len(place)) for rule in rules], dtype=np.int64)
        if counts is not None:
            renumbered.append(counts._replace(rule=numbers[counts.rule]))
    if not renumbered:
        return None, tuple(place)
    return Counts(*map(np.concatenate, zip(*renumbered, strict=True))), tuple(place)
