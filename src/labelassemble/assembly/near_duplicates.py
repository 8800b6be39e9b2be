"""Which images show the same image, and which look alike, told from their fingerprints."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float32, Int, UInt8, UInt64

from labelassemble.assembly.align_fingerprints import (
    agree_in_place,
    agree_registered,
    pose_of_cut,
)
from labelassemble.assembly.fingerprint_candidates import (
    COSINES,
    EXACT_TO,
    NEAR,
    NEIGHBOURS,
    Candidates,
    as_they_lie,
    propose_copies,
    propose_pairs,
)
from labelassemble.assembly.fingerprint_features import (
    CUTS,
    Polarity,
    find_polarity,
    learn_directions,
    pool_fingerprints,
    thumbnail_features,
)
from labelassemble.assembly.fingerprints import FINGERPRINT_BYTES, unpack_fingerprints
from labelassemble.errors import AssemblyError

SAME_RECORD = "same image"
"""So near that no two different images were, not even of one person."""

LOOK_ALIKE = "look-alike"
"""Perhaps the same image, perhaps another one of the same person, perhaps neither."""

TIER = pl.Enum([SAME_RECORD, LOOK_ALIKE])

FARTHEST = {SAME_RECORD: 0.06, LOOK_ALIKE: 0.23}
"""Largest distance of each tier; chosen on one half of the patients (``docs/overlaps.md``)."""

MIN_TEXTURE = 0.5
"""Share of an image's pixels that must differ from their neighbourhood; a blank page with a word
on it is no image that could be recognised."""

PAIR_COLUMNS = pl.Schema(
    {"left": pl.Int64(), "right": pl.Int64(), "distance": pl.Float32(), "tier": TIER}
)

PORTION, PAIRS = 4_096, 512
"""Images that are unpacked at a time, and pairs that a thread compares at a time."""


def find_near_duplicates(
    fingerprints: UInt8[np.ndarray, "images bytes"], neighbours: int = NEIGHBOURS
) -> pl.DataFrame:
    """Find the pairs of images that show the same image or look alike.

    Three steps: images with equal fingerprints are one image; features learned from the images
    propose pairs, under the hypotheses that up to 8 % of any side was cut off; each proposed pair
    is laid upon each other, and what then differs in fine detail is its distance. Whether a pair is
    the same image depends on these two alone. Whether it is proposed can depend on the others: up
    to 8,192 images all pairs are looked at, above an index proposes them (recall:
    ``docs/overlaps.md``), and an image is compared with its ``neighbours`` nearest ones at most.

    Images that are equal, or nearly so, are linked with the first of them, not all with all.
    Constant images, and those with hardly anything on them, are never linked.

    Args:
        fingerprint: one row an image, as ``images.fingerprint`` makes them, all by the same
            version.
        neighbours: ``assembly.look_alikes``.

    Returns:
        ``left`` and ``right``: rows of ``fingerprints``, left < right, sorted. ``distance``: 1
        minus their agreement (``agree_fingerprints``), 0 equal, 1 unrelated. ``tier``: ``"same
        record"`` up to 0.06, ``"look-alike"`` up to 0.23. The result is the same every time; in
        another order of the rows the pairs are the same ones (but who is the first of several equal
        ones may change).

    Raises:
        AssemblyError: rows of another length.

    >>> drawn = np.random.default_rng(0).integers(17, 256, (3, FINGERPRINT_BYTES), dtype=np.uint8)
    >>> find_near_duplicates(drawn[[0, 1, 2, 1]]).rows()
    [(1, 3, 0.0, 'same image')]
    """
    if fingerprints.shape[1] != FINGERPRINT_BYTES:
        raise AssemblyError(
            f"fingerprints of {FINGERPRINT_BYTES} bytes an image",
            f"{fingerprints.shape[1]} bytes an image",
            "Take the images' fingerprints again",
        )
    distinct = _tell_apart(fingerprints)
    links = [distinct.equal, *_link_similar(fingerprints, distinct.first, neighbours)]
    left, right, distance = (np.concatenate(column) for column in zip(*links, strict=True))
    tiers = [SAME_RECORD if near else LOOK_ALIKE for near in distance <= FARTHEST[SAME_RECORD]]
    return pl.DataFrame(
        [np.minimum(left, right), np.maximum(left, right), distance, tiers], schema=PAIR_COLUMNS
    ).sort("left", "right")


class _Links(NamedTuple):
    """Pairs of images, in any order, and how far apart they are."""

    left: Int[np.ndarray, " links"]
    right: Int[np.ndarray, " links"]
    distance: Float32[np.ndarray, " links"]


class _Distinct(NamedTuple):
    first: Int[np.ndarray, " distinct"]
    """First image of each distinct fingerprint, in an order that depends on nothing but the
    fingerprints."""
    equal: _Links
    """Images that equal an earlier one, with the first of these."""


def _tell_apart(fingerprints: UInt8[np.ndarray, "images bytes"]) -> _Distinct:
    """Find the images whose fingerprints are equal, and leave out those that show nothing."""
    key = _hash_rows(fingerprints)
    order = np.lexsort((key[:, 1], key[:, 0]))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (key[order[1:]] != key[order[:-1]]).any(axis=1)
    # The sort is stable: of equal ones the first image stands first.
    first = order[new]
    of = first[np.cumsum(new) - 1]
    rich = np.zeros(len(fingerprints), dtype=bool)
    for start in range(0, len(first), PORTION):
        rows = first[start : start + PORTION]
        rich[rows] = (unpack_fingerprints(fingerprints[rows]) != 0).mean(axis=(1, 2)) >= MIN_TEXTURE
    again = ~new & rich[of]
    none = np.zeros(int(again.sum()), dtype=np.float32)
    return _Distinct(first[rich[first]], _Links(of[again], order[again], none))


def _hash_rows(fingerprints: UInt8[np.ndarray, "images bytes"]) -> UInt64[np.ndarray, "images 2"]:
    digests = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in fingerprints]
    return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 2)


def _link_similar(
    fingerprints: UInt8[np.ndarray, "images bytes"],
    image: Int[np.ndarray, " distinct"],
    neighbours: int,
) -> Iterator[_Links]:
    """Link images whose fingerprints differ: copies with the first of them, then what is left."""
    if len(image) < 2:
        return
    blocks = range(0, len(image), PORTION)
    pooled = np.concatenate(
        [
            pool_fingerprints(unpack_fingerprints(fingerprints[image[start : start + PORTION]]))
            for start in blocks
        ]
    )
    directions = learn_directions(pooled)
    polarity = find_polarity(pooled, directions, len(image) <= EXACT_TO)
    alone = np.ones(len(image), dtype=bool)
    feature = thumbnail_features(pooled, polarity.sign, directions, 0)
    for earlier, later in propose_copies(feature, directions):
        both = alone[earlier] & alone[later]
        pairs = as_they_lie(earlier[both], later[both], polarity)
        distance = _measure(fingerprints, image, pairs, register=False)
        same = distance <= FARTHEST[SAME_RECORD]
        alone[pairs.cut[same]] = False
        yield _Links(image[pairs.whole[same]], image[pairs.cut[same]], distance[same])
    del feature
    left = np.flatnonzero(alone)
    rest = Polarity(polarity.sign[left], polarity.undecided[left])
    pairs = propose_pairs(pooled[left], rest, directions, neighbours)
    distance = _measure(fingerprints, image[left], pairs, register=True)
    near = distance <= FARTHEST[LOOK_ALIKE]
    yield _Links(image[left[pairs.whole[near]]], image[left[pairs.cut[near]]], distance[near])


def _measure(
    fingerprints: UInt8[np.ndarray, "images bytes"],
    image: Int[np.ndarray, " distinct"],
    pairs: Candidates,
    register: bool,
) -> Float32[np.ndarray, " pairs"]:
    """Lay the pairs upon each other: 1 minus their agreement, to four places."""

    def measure(start: int) -> Float32[np.ndarray, " some_pairs"]:
        whole, cut, hypothesis, sign, cosine = (column[start : start + PAIRS] for column in pairs)
        first = unpack_fingerprints(fingerprints[image[whole]])
        second = unpack_fingerprints(fingerprints[image[cut]]) * sign.astype(np.int8)[:, None, None]
        agreement = np.full(len(whole), -1, dtype=np.float32)
        likely = np.flatnonzero(cosine >= NEAR)
        agreement[likely] = agree_in_place(first[likely], second[likely])
        if register:
            # What agrees as it lies need not be registered.
            row = np.flatnonzero(agreement < 1 - FARTHEST[SAME_RECORD])
            pose = pose_of_cut(CUTS[hypothesis[row]])
            moved = agree_registered(first[row], second[row], pose)
            agreement[row] = np.maximum(agreement[row], moved)
        distance: Float32[np.ndarray, " some_pairs"] = np.round(np.maximum(1 - agreement, 0), 4)
        return distance

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
        found = list(threads.map(measure, range(0, len(pairs.whole), PAIRS)))
    return np.concatenate([COSINES, *found])
