"""What each group holds, so that the parts of a split can hold their share of it."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int


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
        held: a column a stratum, such as "a known positive of class c, said by source s".
        essential: strata that validation needs: positives and negatives of each class, whoever
            said them.
    """

    held: Bool[np.ndarray, "groups strata"]
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
    sure = (cells.label == 0.0) | (cells.label == 1.0)
    sure &= usable[cells.record]
    kind = cells.place[sure] * 2 + (cells.label[sure] == 1.0)
    by_speaker = kind * cells.speakers + cells.speaker[sure]
    own = group[cells.record[sure]]
    first = _mark(own, kind, groups, 2 * cells.classes)
    second = _mark(own, by_speaker, groups, 2 * cells.classes * cells.speakers)
    held = np.concatenate([first, second], axis=1)
    essential = np.arange(held.shape[1]) < first.shape[1]
    return Strata(held, essential)


def _mark(
    group: Int[np.ndarray, " cells"], kind: Int[np.ndarray, " cells"], groups: int, kinds: int
) -> Bool[np.ndarray, "groups strata"]:
    """Which groups hold which kinds, of the kinds that occur."""
    occurs = np.zeros(kinds, dtype=bool)
    occurs[kind] = True
    place = np.cumsum(occurs) - 1
    held = np.zeros((groups, int(occurs.sum())), dtype=bool)
    held[group, place[kind]] = True
    return held
