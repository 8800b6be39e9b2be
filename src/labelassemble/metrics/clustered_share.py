"""How large a share is and how sure that is, where images of one person are not independent."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


class Shares(NamedTuple):
    """A share a class, NaN where nothing is known.

    Attributes:
        positive: images that have it.
        known: images of which it is known.
        persons: persons behind the known images.
        share: positive / known, in [0, 1].
        low, high: ends of the interval.
    """

    positive: Int[np.ndarray, " classes"]
    known: Int[np.ndarray, " classes"]
    persons: Int[np.ndarray, " classes"]
    share: Float[np.ndarray, " classes"]
    low: Float[np.ndarray, " classes"]
    high: Float[np.ndarray, " classes"]


class PersonCounts(NamedTuple):
    """Sums over each person's images.

    Attributes:
        positive: images of the person that are positive.
        known: images of the person that are positive or negative.
    """

    positive: Int[np.ndarray, "persons classes"]
    known: Int[np.ndarray, "persons classes"]


def count_by_person(
    positive: np.ndarray, known: np.ndarray, person: Int[np.ndarray, " images"]
) -> PersonCounts:
    """Sum up the images of each person.

    Args:
        positive, known: Bool ``records classes``.
        person: number of each image's person, any integers.
    """
    if len(person) == 0:
        empty = np.zeros((0, positive.shape[1]), dtype=np.int32)
        return PersonCounts(empty, empty)
    order = np.argsort(person, kind="stable")
    in_order = person[order]
    starts = np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))
    # A class at a time: a copy of all of them in another order is large.
    sums = [np.zeros((len(starts), positive.shape[1]), dtype=np.int32) for _ in range(2)]
    for summed, told in zip(sums, (positive, known), strict=True):
        for place in range(positive.shape[1]):
            summed[:, place] = np.add.reduceat(told[order, place].astype(np.int32), starts)
    return PersonCounts(*sums)


def measure_shares(counts: PersonCounts, confidence: float = 0.95) -> Shares:
    """Give the share of positives and its interval, persons as clusters.

    The interval is Wilson's for as many independent images as the clustered ones are worth:
    n_eff = n / max(1, D), where the design effect D is the variance of the share over persons
    (linearised: G / (G - 1) * sum_g (y_g - p n_g)^2 / n^2) divided by p (1 - p) / (n - 1). Where
    all or none are positive, D cannot be measured, and n_eff is the number of persons.

    Source: Wilson 1927; effective sample size as in Korn and Graubard 1998; from their formulas.

    >>> alone = np.ones((50, 1), dtype=int)
    >>> found = measure_shares(PersonCounts(alone * (np.arange(50) < 10)[:, None], alone))
    >>> [round(float(value[0]), 4) for value in (found.share, found.low, found.high)]
    [0.2, 0.1124, 0.3304]
    """
    y, n = counts.positive.sum(axis=0), counts.known.sum(axis=0)
    persons = (counts.known > 0).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = y / n
        off = counts.positive - p * counts.known
        variance = (off**2).sum(axis=0) / n.astype(float) ** 2 * persons / (persons - 1)
        plain = p * (1 - p) / (n - 1)
        worth = n / np.maximum(1.0, variance / plain)
    # One person, or no variance at all: as many images as persons.
    worth = np.where((plain > 0) & (persons > 1), worth, persons.astype(float))
    low, high = wilson(p, worth, confidence)
    return Shares(y, n, persons, p, low, high)


def wilson(
    share: Float[np.ndarray, " classes"],
    count: Float[np.ndarray, " classes"],
    confidence: float = 0.95,
) -> tuple[Float[np.ndarray, " classes"], Float[np.ndarray, " classes"]]:
    """Ends of the Wilson score interval of a share of ``count`` independent images."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
        half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + (z / count) ** 2 / 4)
    # Rounding must not push an end past the share itself.
    low = np.minimum(np.maximum(middle - half, 0.0), share)
    return low, np.maximum(np.minimum(middle + half, 1.0), share)
