"""Which groups hold which strata, a bit each: millions of groups times hundreds of strata."""

import numpy as np
from jaxtyping import Bool, Int, Int64, UInt8

_BITS = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(np.int64)
"""The eight bits of every byte, the lowest first."""

_Rows = Bool[np.ndarray, " groups"] | Int[np.ndarray, " rows"]
"""Some groups: marked, or their numbers."""


class HeldStrata:
    """A matrix of groups times strata of what is held, in an eighth of the memory of one of bytes.

    Attributes:
        bits: a row for eight strata, the first in the lowest bit; a column a group.
        strata: how many there are.
    """

    def __init__(self, bits: UInt8[np.ndarray, "bytes groups"], strata: int) -> None:
        self.bits, self.strata = bits, strata

    def __len__(self) -> int:
        """How many groups there are."""
        return int(self.bits.shape[1])

    def put(self, group: Int[np.ndarray, " told"], stratum: Int[np.ndarray, " told"]) -> None:
        """Say of groups that each holds a stratum."""
        stratum = stratum.astype(np.int64)
        bit = np.left_shift(np.uint8(1), (stratum & 7).astype(np.uint8))
        np.bitwise_or.at(self.bits.reshape(-1), (stratum >> 3) * len(self) + group, bit)

    def column(self, stratum: int) -> Bool[np.ndarray, " groups"]:
        """Tell of each group whether it holds a stratum."""
        held: Bool[np.ndarray, " groups"] = (self.bits[stratum >> 3] & (1 << (stratum & 7))) > 0
        return held

    def count(self, rows: _Rows) -> Int64[np.ndarray, " strata"]:
        """Count of some groups how many hold each stratum."""
        counts = [np.bincount(eight[rows], minlength=256) @ _BITS for eight in self.bits]
        return np.concatenate([np.zeros(0, np.int64), *counts])[: self.strata]

    def take(self, rows: _Rows) -> "HeldStrata":
        """Take some groups, in this order."""
        return HeldStrata(self.bits[:, rows], self.strata)

    def matrix(self) -> Bool[np.ndarray, "groups strata"]:
        """Give a row a group, a column a stratum."""
        every = np.unpackbits(self.bits, axis=0, count=self.strata, bitorder="little")
        return every.T.astype(bool)


def hold_none(groups: int, strata: int) -> HeldStrata:
    """Give strata that no group holds."""
    return HeldStrata(np.zeros((-(-strata // 8), groups), dtype=np.uint8), strata)


def pack_strata(held: Bool[np.ndarray, "groups strata"]) -> HeldStrata:
    """Pack a matrix of bytes.

    >>> pack_strata(np.array([[True, False], [True, True]])).count(np.array([0, 1])).tolist()
    [2, 1]
    """
    return HeldStrata(np.packbits(held.T, axis=0, bitorder="little"), held.shape[1])
