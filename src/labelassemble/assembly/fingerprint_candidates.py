"""Which pairs among many images are worth being laid upon each other."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int, Int8

from labelassemble.assembly.fingerprint_features import (
    CUTS,
    LEADING,
    Directions,
    Polarity,
    thumbnail_features,
)
from labelassemble.assembly.fingerprint_index import FULLEST, FingerprintIndex, multiply

EXACT_TO = 8_192
"""Up to so many images every pair is looked at; above, those that an index proposes."""

TABLES, FEWEST_TABLES = 6, 2
"""Tables of the index; whole images are looked up in all of them, cut ones in as many as
``LOOK_UPS`` allow."""

LOOK_UPS = 1_000_000
"""Images times tables that each cut is looked up in."""

MIN_OF_FEW = 0.4
"""Cosine of features from which a pair is worth being laid upon each other, among ``EXACT_TO``."""

LEADING_MARGIN, MARGIN_OF_FEW = 0.07, 0.1
"""How much lower than the cosine of all features that of the leading ones may be; and among few
images."""

NEARLY_IDENTICAL = 0.97
"""Cosine of images that are tried first, so that clusters of copies cost little."""

NEIGHBOURS, NEAREST = 32, 6
"""An image is laid upon so many others at most, unless the settings say another number: the nearest
ones; and upon at least so many of those whose cosine is below ``NEAR``."""

CROWD, SEEN = 4, 16
"""Of images that very many others are near to, so many times the neighbours are kept under each
hypothesis, and of one bucket so many times these are compared by all their features."""

KEPT = 2_000_000
"""Pairs of one hypothesis that are held before those that cannot count are dropped."""

FAR_PAIRS = 50_000
"""Pairs below ``NEAR`` that there is time for: few images are laid upon more than ``NEAREST``."""

NEAR = 0.62
"""Cosine from which two images are near."""

WAITING = 200_000
"""Pairs of near leading features that wait until their other features are compared."""

ROWS, COSINES = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)


def min_cosine(images: int) -> float:
    """Give the cosine of features from which a pair is worth being laid upon each other.

    Unrelated pairs grow with the square of the number of images, so the fewer there are, the
    farther apart two may be. Up to ``EXACT_TO`` there is time for all that may be worth it.

    >>> [round(min_cosine(images), 2) for images in (100, 8_192, 8_193, 400_000)]
    [0.21, 0.4, 0.62, 0.75]
    """
    if images <= EXACT_TO:
        return float(np.maximum(MIN_OF_FEW + 0.03 * np.log2(max(images, 1) / EXACT_TO), 0.2))
    return float(np.minimum(NEAR + 0.05 * np.log2(images / 8192), 0.75))


class Candidates(NamedTuple):
    """Pairs of images, each once: the second may be the first with its margins cut off."""

    whole: Int[np.ndarray, " pairs"]
    cut: Int[np.ndarray, " pairs"]
    hypothesis: Int[np.ndarray, " pairs"]
    """Row of ``CUTS``."""
    sign: Float32[np.ndarray, " pairs"]
    """-1 where one of them is inverted against the other."""
    cosine: Float32[np.ndarray, " pairs"]


def as_they_lie(
    earlier: Int[np.ndarray, " pairs"], later: Int[np.ndarray, " pairs"], polarity: Polarity
) -> Candidates:
    """Make candidates of pairs that nothing was cut off."""
    sign = polarity.sign[earlier] * polarity.sign[later]
    return Candidates(earlier, later, np.zeros_like(earlier), sign, np.ones_like(sign))


def propose_copies(
    feature: Float32[np.ndarray, "images features"], directions: Directions
) -> Iterator[tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]]:
    """Propose for each image the first one that is nearly identical, once a table.

    A cluster of copies yields as many pairs as it has members, not all of its pairs.

    Returns:
        Row of an earlier image, row of the later one.
    """
    index = FingerprintIndex(feature, directions.reliability**2, 2)
    for table in range(2):
        earlier, later = [ROWS], [ROWS]
        for bucket in index.buckets(table):
            first = bucket[:FULLEST]
            for start in range(0, len(bucket), FULLEST):
                these = bucket[start : start + FULLEST]
                near = multiply(feature[these], feature[first].T) > NEARLY_IDENTICAL
                near &= first < these[:, None]
                place = near.argmax(axis=1)
                found = near[np.arange(len(these)), place]
                earlier.append(first[place[found]])
                later.append(these[found])
        yield np.concatenate(earlier), np.concatenate(later)


def propose_pairs(
    pooled: Int8[np.ndarray, "images pixels"],
    polarity: Polarity,
    directions: Directions,
    neighbours: int = NEIGHBOURS,
) -> Candidates:
    """Propose the pairs whose features are near under one of the hypotheses ``CUTS``.

    Up to ``EXACT_TO`` images these are all such pairs. Above, a pair is found with a probability
    that ``docs/overlaps.md`` gives.

    Args:
        pooled: the images.
        polarity: which of them are inverted; undecided ones are also tried the other way.
        directions: from images to features.
        neighbours: how many of those near to an image count.

    Returns:
        Pairs that are among the ``neighbours`` nearest of either image.
    """
    count = len(pooled)
    again = np.flatnonzero(polarity.undecided)
    record = np.concatenate([np.arange(count), again])
    sign = np.concatenate([polarity.sign, -polarity.sign[again]])
    member = thumbnail_features(pooled[record], sign, directions, 0)
    lead = _lead(member)
    exact, least = count <= EXACT_TO, min_cosine(count)
    margin = MARGIN_OF_FEW if exact else LEADING_MARGIN
    index = FingerprintIndex(member, directions.reliability**2, 0 if exact else TABLES)

    def search(hypothesis: int) -> Candidates:
        query = member[:count]
        if hypothesis:
            query = thumbnail_features(pooled, polarity.sign, directions, hypothesis)
        groups = _all_pairs(count, len(member)) if exact else _visits(index, query, hypothesis)
        asking, asked, cosine = _compare(
            query,
            member,
            query_lead=_lead(query),
            member_lead=lead,
            groups=groups,
            least=least,
            margin=margin,
            most=CROWD * neighbours,
        )
        other = record[asked] != asking
        asking, asked = asking[other], asked[other]
        tried = np.full(len(asking), hypothesis)
        turned = polarity.sign[asking] * sign[asked]
        return Candidates(asking, record[asked], tried, turned, cosine[other])

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
        found = list(threads.map(search, range(len(CUTS))))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)]
    return _keep_nearest(_keep_best(Candidates(*columns)), count, neighbours)


def _visits(
    index: FingerprintIndex, query: Float32[np.ndarray, "queries features"], hypothesis: int
) -> Iterator[tuple[Int[np.ndarray, " asking"], Int[np.ndarray, " asked"]]]:
    """Look up; neighbouring hypotheses use other tables, because they find the same pairs."""
    tables = TABLES
    if hypothesis:
        tables = min(TABLES, max(FEWEST_TABLES, LOOK_UPS // len(query)))
    for table in range(hypothesis * tables, (hypothesis + 1) * tables):
        yield from index.visit(query, table % TABLES)


def _all_pairs(
    queries: int, members: int
) -> Iterator[tuple[Int[np.ndarray, " asking"], Int[np.ndarray, " asked"]]]:
    every = np.arange(members)
    for start in range(0, queries, 512):
        yield np.arange(start, min(start + 512, queries)), every


def _lead(
    feature: Float32[np.ndarray, "vectors features"],
) -> Float32[np.ndarray, "vectors leading"]:
    leading = np.ascontiguousarray(feature[:, :LEADING])
    leading /= np.linalg.norm(leading, axis=1, keepdims=True) + np.float32(1e-6)
    return leading


def _compare(
    query: Float32[np.ndarray, "queries features"],
    member: Float32[np.ndarray, "members features"],
    *,
    query_lead: Float32[np.ndarray, "queries leading"],
    member_lead: Float32[np.ndarray, "members leading"],
    groups: Iterable[tuple[Int[np.ndarray, " asking"], Int[np.ndarray, " asked"]]],
    least: float,
    margin: float,
    most: int,
) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"], Float32[np.ndarray, " pairs"]]:
    """Compare the leading features of each group, and all features of those that are near.

    Of one query the ``most`` nearest are kept.
    """
    found = [(ROWS, ROWS, COSINES)]
    waiting: list[tuple[Int[np.ndarray, " asking"], Int[np.ndarray, " asked"]]] = []
    count = 0

    def finish() -> None:
        asking, asked = (np.concatenate(side) for side in zip(*waiting, strict=True))
        cosine = np.einsum("ij,ij->i", query[asking], member[asked])
        near = cosine >= least
        found.append((asking[near], asked[near], cosine[near]))
        waiting.clear()
        if sum(len(one[0]) for one in found) > KEPT:
            found[:] = [_keep_most(found, most)]

    for asking, asked in groups:
        lead = multiply(query_lead[asking], member_lead[asked].T)
        near = lead >= least - margin
        crowded = np.flatnonzero(near.sum(axis=1) > SEEN * most)
        if len(crowded):
            nearest = np.argpartition(-lead[crowded], SEEN * most, axis=1)[:, : SEEN * most]
            near[crowded] = False
            near[crowded[:, None], nearest] = True
        row, column = np.divmod(np.flatnonzero(near), len(asked))
        if len(row):
            waiting.append((asking[row], asked[column]))
            count += len(row)
        if count > WAITING:
            finish()
            count = 0
    if waiting:
        finish()
    return _keep_most(found, most)


def _keep_most(
    found: Iterable[
        tuple[
            Int[np.ndarray, " _"],
            Int[np.ndarray, " _"],
            Float32[np.ndarray, " _"],
        ]
    ],
    most: int,
) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"], Float32[np.ndarray, " pairs"]]:
    """Join pairs, and keep of each query those nearest to it."""
    asking, asked, cosine = (np.concatenate(column) for column in zip(*found, strict=True))
    if len(asking) and np.bincount(asking).max() > most:
        order = np.lexsort((asked, -cosine, asking))
        ranked = asking[order]
        kept = order[np.arange(len(order)) - np.searchsorted(ranked, ranked) < most]
        kept.sort()
        asking, asked, cosine = asking[kept], asked[kept], cosine[kept]
    return asking, asked, cosine


def _keep_best(pairs: Candidates) -> Candidates:
    """Keep of every pair, whichever comes first in it, its nearest hypothesis."""
    low, high = np.minimum(pairs.whole, pairs.cut), np.maximum(pairs.whole, pairs.cut)
    order = np.lexsort((pairs.hypothesis, pairs.whole, -pairs.cosine, high, low))
    low, high = low[order], high[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return Candidates(*(column[order[first]] for column in pairs))


def _keep_nearest(pairs: Candidates, records: int, neighbours: int) -> Candidates:
    most = np.clip(FAR_PAIRS // records, min(NEAREST, neighbours), neighbours)
    kept = np.zeros(len(pairs.cosine), dtype=bool)
    both = np.concatenate([pairs.whole, pairs.cut])
    cosine = np.concatenate([pairs.cosine, pairs.cosine])
    order = np.lexsort((-cosine, both))
    nearer = np.arange(len(order)) - np.searchsorted(both[order], both[order])
    near = nearer < np.where(cosine[order] >= NEAR, neighbours, most)
    kept[order[near] % len(kept)] = True
    return Candidates(*(column[kept] for column in pairs))
