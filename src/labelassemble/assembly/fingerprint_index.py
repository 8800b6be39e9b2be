"""Near neighbours among very many vectors of length 1, without comparing all with all."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int, UInt16

BUCKET = 60
"""Members that a bucket should hold."""

FEWEST_AXES, MAX_AXES = 8, 40
"""Axes that a bucket's half may be chosen from."""

OWN = ((0, 0),)
VISITED = ((0, 0), (0, 1), (1, 0))
"""Places of a bucket: which nearest axis of the first, and of the second ones."""

FULLEST = 2_048
"""Members of one bucket that a query is compared with, at most."""

_TOGETHER = 512
"""Queries that are compared with one bucket at a time."""

_BLOCK = 16_384
"""Vectors at a time."""

SERIAL = 250_000
"""Multiplications of one matrix product: as long as there are no more, OpenBLAS leaves it to the
thread that asks. Here threads share the work in larger portions, and thousands of small products
that each wait for other threads take many times as long."""


class FingerprintIndex:
    """Vectors, sorted into buckets in each of several tables.

    In each table the vectors are turned at random; a vector's bucket is the axis that it lies
    nearest to among the first axes, together with that among the next ones. A query visits three
    buckets a table: its own, and those with one of the two axes replaced by the next nearest. The
    turns are drawn from fixed seeds, so the same vectors always give the same buckets.

    Source: cross-polytope hashing and its multi-probe form, Andoni et al. 2015.
    """

    def __init__(
        self,
        member: Float32[np.ndarray, "members features"],
        weight: Float32[np.ndarray, " features"],
        tables: int,
    ) -> None:
        """Sort the members.

        Args:
            member: vectors of length 1.
            weight: how much each feature counts when a bucket is chosen.
            tables: how many there are to be.
        """
        fitting = round(np.sqrt(len(member) / BUCKET) / 2)
        self._axes = int(np.clip(fitting, FEWEST_AXES, min(MAX_AXES, member.shape[1] // 2)))
        self._turns = [self._draw_turn(weight, table) for table in range(tables)]
        self._sorted = [
            _sort(self._find_buckets(member, table, OWN), self._axes) for table in range(tables)
        ]

    def buckets(self, table: int) -> Iterator[Int[np.ndarray, " members"]]:
        """Give the members of each bucket that has more than one, in ascending order."""
        order, edge = self._sorted[table]
        for bucket in np.flatnonzero(np.diff(edge) > 1):
            yield order[edge[bucket] : edge[bucket + 1]]

    def visit(
        self, query: Float32[np.ndarray, "queries features"], table: int
    ) -> Iterator[tuple[Int[np.ndarray, " asking"], Int[np.ndarray, " asked"]]]:
        """Give groups of queries, and the members of the bucket that they visit.

        Of a bucket fuller than ``FULLEST`` only the first members are given.
        """
        order, edge = self._sorted[table]
        asking, ask_edge = _sort(self._find_buckets(query, table, VISITED), self._axes)
        asking %= len(query)
        for bucket in np.flatnonzero((np.diff(edge) > 0) & (np.diff(ask_edge) > 0)):
            asked = order[edge[bucket] : edge[bucket + 1]][:FULLEST]
            for start in range(ask_edge[bucket], ask_edge[bucket + 1], _TOGETHER):
                yield asking[start : min(start + _TOGETHER, ask_edge[bucket + 1])], asked

    def _draw_turn(
        self, weight: Float32[np.ndarray, " features"], table: int
    ) -> Float32[np.ndarray, "features axes"]:
        drawn = np.random.default_rng(table).standard_normal((len(weight), len(weight)))
        turn = np.linalg.qr(drawn)[0][:, : 2 * self._axes]
        return np.asarray(weight[:, None] * turn, dtype=np.float32)

    def _find_buckets(
        self,
        vectors: Float32[np.ndarray, "vectors features"],
        table: int,
        places: tuple[tuple[int, int], ...],
    ) -> UInt16[np.ndarray, " visits"]:
        """Numbers of the buckets: all vectors' first place, then all vectors' second place, ..."""
        found = np.empty((len(places), len(vectors)), dtype=np.uint16)
        nearest = 1 + max(map(max, places))
        for start in range(0, len(vectors), _BLOCK):
            rows = slice(start, start + _BLOCK)
            turned = multiply(vectors[rows], self._turns[table])
            first = _nearest_axes(turned[:, : self._axes], nearest)
            second = _nearest_axes(turned[:, self._axes :], nearest)
            for number, (left, right) in enumerate(places):
                found[number, rows] = first[left] * np.uint16(2 * self._axes) + second[right]
        return found.ravel()


def multiply(
    left: Float32[np.ndarray, "rows inner"], right: Float32[np.ndarray, "inner columns"]
) -> Float32[np.ndarray, "rows columns"]:
    """Multiply two matrices in portions of ``SERIAL``.

    >>> multiply(np.eye(2, dtype=np.float32), np.array([[1], [2]], dtype=np.float32)).tolist()
    [[1.0], [2.0]]
    """
    product = np.empty((len(left), right.shape[1]), dtype=np.float32)
    rows = max(1, SERIAL // max(1, right.size))
    even = len(left) // rows * rows
    if even:
        stack = left[:even].reshape(-1, rows, left.shape[1])
        np.matmul(stack, right, out=product[:even].reshape(-1, rows, right.shape[1]))
    np.matmul(left[even:], right, out=product[even:])
    return product


def _nearest_axes(
    turned: Float32[np.ndarray, "vectors axes"], nearest: int
) -> list[UInt16[np.ndarray, " vectors"]]:
    """Twice the axis's number, and 1 more where the vector lies nearest to its negative end."""
    length, rows = np.abs(turned), np.arange(len(turned))
    found = []
    for _ in range(nearest):
        axis = length.argmax(axis=1)
        found.append((2 * axis + (turned[rows, axis] < 0)).astype(np.uint16))
        length[rows, axis] = -1
    return found


def _sort(
    bucket: UInt16[np.ndarray, " visits"], axes: int
) -> tuple[Int[np.ndarray, " visits"], Int[np.ndarray, " edges"]]:
    """Order of the visits by bucket, and where each bucket begins."""
    # A stable sort of 16-bit numbers is a radix sort.
    order = np.argsort(bucket, kind="stable")
    filled = np.bincount(bucket, minlength=4 * axes * axes)
    return order, np.concatenate([[0], np.cumsum(filled)])
