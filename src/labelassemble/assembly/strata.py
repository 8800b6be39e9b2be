"""What each group holds, so that the parts of a split can hold their share of it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from labelassemble.assembly.held_strata import HeldStrata, hold_none

_AT_ONCE = 1_000_000
"""Cells that are looked at at a time."""


class StratumCells(NamedTuple):
    """What somebody judged, as far as the split asks.

    Attributes:
        image: number of the image.
        place: place of the class.
        label: in [0, 1]; NaN where it stays unknown.
        speaker: who said it: index into ``speakers``.
        classes: how many classes there are.
        speakers: how many different speakers there are.
    """

    record: Int[np.ndarray, " cells"]
    place: Int[np.ndarray, " cells"]
    label: Float[np.ndarray, " cells"]
    speaker: Int[np.ndarray, " cells"]
    classes: int
    speakers: int


class Strata(NamedTuple):
    """What groups hold.

    Attributes:
        held: a stratum is, say, "a known positive of class c, said by source s".
        essential: strata that validation needs: positives and negatives of each class, whoever
            said them.
    """

    held: HeldStrata
    essential: Bool[np.ndarray, " strata"]


def find_strata(
    cells: StratumCells,
    group: Int[np.ndarray, " images"],
    usable: Bool[np.ndarray, " images"],
    groups: int,
) -> Strata:
    """Find the known positives and negatives of each class, and the same by who said so.

    Args:
        cells: the table's cells.
        group: number of each image's group.
        usable: images that their group's part may use; others bring nothing to it.
        groups: how many there are.
    """
    essential = 2 * cells.classes
    occurs = np.zeros(essential * (1 + cells.speakers), dtype=bool)
    for _, stratum in _list_held(cells, group, usable):
        occurs[stratum] = True
    place = np.cumsum(occurs) - 1
    held = hold_none(groups, int(occurs.sum()))
    for own, stratum in _list_held(cells, group, usable):
        held.put(own, place[stratum])
    return Strata(held, np.arange(held.strata) < occurs[:essential].sum())


def _list_held(
    cells: StratumCells, group: Int[np.ndarray, " images"], usable: Bool[np.ndarray, " images"]
) -> Iterator[tuple[Int[np.ndarray, " told"], Int[np.ndarray, " told"]]]:
    """Groups and numbers of strata that they hold, a part of the cells at a time: the essential
    strata first, then those of each speaker."""
    for start in range(0, len(cells.record), _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        record, label = cells.record[here], cells.label[here]
        sure = ((label == 0.0) | (label == 1.0)) & usable[record]
        own = group[record[sure]]
        kind = cells.place[here][sure].astype(np.int64) * 2 + (label[sure] == 1.0)
        yield own, kind
        yield own, 2 * cells.classes + kind * cells.speakers + cells.speaker[here][sure]
