"""What the table knows of an image becomes what is known of each of its pixels or voxels.

The table says whether somebody looked for a class on an image, and found it; masks and boxes say
where. Unknown is never negative:

=========================  =====================================================================
the table's cell           its voxels
=========================  =====================================================================
unknown                    unknown, whatever is drawn: the table may hide it on purpose
absent                     negative; unknown where the class is drawn all the same
present, and drawn         as drawn: positive, negative, or unknown where nobody looked
present, and drawn nowhere unknown: it is known of the image alone (``image_known``)
=========================  =====================================================================

Of classes that exclude each other, where one is drawn and known the others are negative, also where
they are unknown.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from labelassemble.detection.annotated import OUTSIDE, Annotated, State
from labelassemble.metrics.lesions.find_lesions import true_lesions
from labelassemble.metrics.lesions.lesions import Lesions
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.places import Coordinates, Places

MAX_LESION_PLACES = 2_000
"""Voxels of a class's lesions that are kept of an image: patches are drawn around them."""


class DensePatch(NamedTuple):
    """One patch; the axes of space are those of its image.

    Attributes:
        image: grey values in [0, 1]; 0 outside the image.
        label: where the class is; False where it is not, without meaning where not known.
        known: whether somebody looked for the class there; never outside the image.
        inside: whether the place lies in the image.
        whole: whether the patch holds all of the image.
    """

    image: Float[np.ndarray, "*space"]
    label: Bool[np.ndarray, "classes *space"]
    known: Bool[np.ndarray, "classes *space"]
    inside: Bool[np.ndarray, "*space"]
    whole: bool


class DenseCase:
    """One image of the table.

    Args:
        ground: the image and what is drawn on it.
        label: the table's, in [0, 1], a class; anything where not known.
        known: whether the table knows it.
        rows: which classes of ``annotated`` these are.
        image: its name.
        row: its row in ``LabelArrays``.
        source: number of its source.
        exclusive: places in ``rows`` of classes of which no place of the image has two.
    """

    def __init__(
        self,
        annotated: Annotated,
        label: Float[np.ndarray, " classes"],
        known: Bool[np.ndarray, " classes"],
        *,
        rows: Int[np.ndarray, " classes"],
        record: str,
        row: int,
        source: int,
        exclusive: Sequence[int] = (),
    ) -> None:
        self.annotated, self.rows, self.exclusive = annotated, rows, exclusive
        self.label, self.known = label, known
        self.record, self.row, self.source = record, row, source
        lesions = [annotated.lesions(int(of_class)) for of_class in rows]
        self.drawn: Bool[np.ndarray, " classes"] = np.array(
            [len(own) > 0 for own in lesions], dtype=bool
        )
        """Whether a lesion of the class is drawn."""
        self.meaning = settle_meaning(label, known, self.drawn)
        self.places = self._find_places(lesions)

    @property
    def unplaced(self) -> Bool[np.ndarray, " classes"]:
        """Classes that the image has and of which nobody drew a lesion."""
        unplaced: Bool[np.ndarray, " classes"] = self.known & (self.label > 0.0) & ~self.drawn
        return unplaced

    def state(self) -> State:
        """Give what is known of every place of the image: 0 unknown, 1 negative, 3 positive."""
        return self._settle(self.annotated.state())

    def known_region(self) -> Bool[np.ndarray, "classes *space"]:
        """Give where somebody looked for each class."""
        return np.asarray(self.state() != UNKNOWN)

    def lesions(self) -> Lesions:
        """Give the lesions that are drawn and known: what candidates are held against."""
        return true_lesions(self.state() == POSITIVE, self.annotated.spacing, self.annotated.affine)

    def read(self, centre: Sequence[int], size: Sequence[int]) -> DensePatch:
        """Cut one patch out; of a volume, only its voxels are read from disk."""
        grey, drawn = self.annotated.cut(centre, size)
        first = [middle - side // 2 for middle, side in zip(centre, size, strict=True)]
        shape = self.annotated.shape
        whole = all(
            start <= 0 and start + side >= own
            for start, side, own in zip(first, size, shape, strict=True)
        )
        state = self._settle(drawn)
        return DensePatch(
            grey,
            state == POSITIVE,
            state != UNKNOWN,
            _inside(first, size, shape),
            whole,
        )

    def _settle(self, drawn: State) -> UInt8[np.ndarray, "asked *space"]:
        """Turn what is drawn, of all classes of the ground, into what is known of those asked."""
        return exclude(_look_up(self.meaning, drawn[self.rows]), self.exclusive)

    def _find_places(self, lesions: Sequence[Coordinates]) -> Places:
        """Where patches may be centred; a few thousand places, whatever the image's size."""
        kept = []
        for place, own in enumerate(lesions):
            few = _thin_out(own, MAX_LESION_PLACES)
            there = self.meaning[place][self.annotated.state_at(few)[self.rows[place]]]
            kept.append(few[there == POSITIVE].astype(np.int32))
        body = self.annotated.body()
        there = self._settle(self.annotated.state_at(body))
        free = (there != POSITIVE).all(axis=0) & (there == NEGATIVE).any(axis=0)
        return Places(
            tuple(self.annotated.shape),
            tuple(kept),
            body[free].astype(np.int32),
            (there[:, free] == NEGATIVE).T,
        )


def settle_meaning(
    label: Float[np.ndarray, " classes"],
    known: Bool[np.ndarray, " classes"],
    drawn: Bool[np.ndarray, " classes"],
) -> UInt8[np.ndarray, "classes 4"]:
    """Say for each class what a drawn state means, by what the table knows of the image.

    Args:
        label: the table's; above 0 the class is there, also where it is uncertain.
        known: whether the table knows it.
        drawn: whether a lesion of the class is drawn.

    Returns:
        The state for each drawn state 0 to 3; outside the image nothing is known.

    >>> yes = np.array([True, True])
    >>> settle_meaning(np.array([0.0, 1.0]), yes, yes).tolist()
    [[1, 1, 0, 0], [0, 1, 0, 3]]
    """
    meaning = np.full((len(label), 4), UNKNOWN, dtype=np.uint8)
    absent = known & (label <= 0.0)
    meaning[absent, UNKNOWN] = meaning[absent, NEGATIVE] = NEGATIVE
    placed = known & (label > 0.0) & drawn
    meaning[placed, NEGATIVE], meaning[placed, POSITIVE] = NEGATIVE, POSITIVE
    assert (meaning[:, OUTSIDE] == UNKNOWN).all()
    return meaning


def exclude(state: State, exclusive: Sequence[int]) -> State:
    """Make unknown places negative where another class that excludes this one is positive.

    Args:
        state: 0 unknown, 1 negative, 3 positive; a class a row. It is changed.
        exclusive: rows of which no place is positive in two. Where two are all the same, both stay.

    >>> exclude(np.array([[0, 0, 1], [3, 1, 0]], dtype=np.uint8), [0, 1]).tolist()
    [[1, 0, 1], [3, 1, 0]]
    """
    if exclusive:
        drawn = (state[list(exclusive)] == POSITIVE).any(axis=0)
        for place in exclusive:
            state[place][drawn & (state[place] == UNKNOWN)] = NEGATIVE
    return state


def _look_up(meaning: UInt8[np.ndarray, "classes 4"], drawn: State) -> State:
    state = np.empty(drawn.shape, dtype=np.uint8)
    for place, own in enumerate(meaning):
        state[place] = own[drawn[place]]
    return state


def _inside(
    first: Sequence[int], size: Sequence[int], shape: Sequence[int]
) -> Bool[np.ndarray, "*space"]:
    inside: Bool[np.ndarray, "*space"] = np.zeros(tuple(size), dtype=bool)
    here = tuple(
        slice(max(0, -start), max(0, min(side, own - start)))
        for start, side, own in zip(first, size, shape, strict=True)
    )
    inside[here] = True
    return inside


def _thin_out(places: Coordinates, most: int) -> Coordinates:
    if len(places) <= most:
        return places
    kept: Coordinates = places[np.linspace(0, len(places) - 1, most).astype(np.int64)]
    return kept
