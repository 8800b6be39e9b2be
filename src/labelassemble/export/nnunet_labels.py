"""States of classes as the one whole number a voxel that nnU-Net v2 learns from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Shaped, UInt8

from labelassemble.sources.assessments import POSITIVE, UNKNOWN

Combination = frozenset[int]
"""Classes, by number, that one voxel has."""


MAX_CLASSES = 31
"""Classes of which a voxel's states fit into one number of 64 bits."""


@dataclass(frozen=True)
class NnunetLabels:
    """Which number means what.

    Attributes:
        classes: names.
        combinations: classes of the numbers 1, 2, ...
        overlap: pairs of classes that some voxel has together.
        ignore: the number of voxels that are not learned from.
    """

    classes: tuple[str, ...]
    combinations: tuple[Combination, ...]
    overlap: frozenset[frozenset[int]]
    ignore: int

    @property
    def has_regions(self) -> bool:
        """Whether classes overlap, so that each is a region of several numbers."""
        return any(len(one) > 1 for one in self.combinations)

    def order(self) -> list[int]:
        """Classes that some voxel has, as nnU-Net orders regions: those within others last."""
        counts = [sum(place in one for one in self.combinations) for place in range(self.count)]
        there = [place for place in range(self.count) if counts[place]]
        return sorted(there, key=lambda place: -counts[place])

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.classes)

    def describe(self) -> dict[str, object]:
        """Give ``labels`` of ``dataset.json``, and ``regions_class_order`` where there are any."""
        numbers = {
            place: [at for at, one in enumerate(self.combinations, start=1) if place in one]
            for place in self.order()
        }
        labels: dict[str, object] = {"background": 0}
        for place, own in numbers.items():
            labels[self.classes[place]] = own if self.has_regions else own[0]
        labels["ignore"] = self.ignore
        if not self.has_regions:
            return {"labels": labels}
        sizes = {at: len(one) for at, one in enumerate(self.combinations, start=1)}
        smallest = [min(own, key=lambda at: (sizes[at], at)) for own in numbers.values()]
        return {"labels": labels, "regions_class_order": smallest}

    def label(self, state: UInt8[np.ndarray, "classes *space"]) -> Shaped[np.ndarray, "*space"]:
        """Give each voxel its number.

        A voxel is ignored where a class is unknown that it may have: beside its positive classes,
        with each of which that class overlaps somewhere in the table, or alone. A class that no
        voxel has is not asked about.
        """
        code = encode_states(state)
        found, place = np.unique(code, return_inverse=True)
        numbers = np.array([self.number(int(one)) for one in found], dtype=np.uint16)
        labels = numbers[place].reshape(code.shape)
        return labels.astype(np.uint8) if self.ignore < 256 else labels

    def number(self, code: int) -> int:
        """Give the number of a voxel with this code (``encode_states``)."""
        positive, unknown = decode_state(code, self.count)
        for one in unknown.intersection(self.order()):
            if all(frozenset((one, other)) in self.overlap for other in positive):
                return self.ignore
        return self.combinations.index(positive) + 1 if positive else 0


def encode_states(state: UInt8[np.ndarray, "classes *space"]) -> Int[np.ndarray, "*space"]:
    """Pack the states of all classes into one number: a bit for positive, a bit for unknown."""
    code = np.zeros(state.shape[1:], dtype=np.int64)
    for place, one in enumerate(state):
        code |= (one == POSITIVE).astype(np.int64) << (2 * place)
        code |= (one == UNKNOWN).astype(np.int64) << (2 * place + 1)
    return code


def decode_state(code: int, classes: int) -> tuple[Combination, Combination]:
    """Unpack the classes that are positive, and those that are unknown.

    >>> decode_state(0b1001, 2)
    (frozenset({0}), frozenset({1}))
    """
    positive = frozenset(place for place in range(classes) if code >> (2 * place) & 1)
    unknown = frozenset(place for place in range(classes) if code >> (2 * place + 1) & 1)
    return positive, unknown


def plan_labels(classes: Sequence[str], codes: Iterable[int]) -> NnunetLabels:
    """Plan the numbers: one for each combination of classes that occurs, single classes first.

    Args:
        classes: of the states.
        codes: every code that ``encode_states`` gives anywhere.

    >>> plan = plan_labels(("kidney", "tumour"), [0b0001, 0b0101, 0b1000])
    >>> plan.describe()["labels"]
    {'background': 0, 'kidney': [1, 2], 'tumour': [2], 'ignore': 3}
    """
    held = {decode_state(code, len(classes))[0] for code in codes} - {frozenset()}
    ordered = sorted(held, key=lambda one: (len(one), sorted(one)))
    overlap = frozenset(
        frozenset((one, other)) for group in held for one in group for other in group if one < other
    )
    return NnunetLabels(tuple(classes), tuple(ordered), overlap, len(ordered) + 1)
