"""Whether a class has enough patients on both sides for an interval, a p and an assessment.

The one place where that is decided: replicates of a class without enough are nan, so that whatever
is made from them is nan too, and tests that use no replicates ask here.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from labelassemble.evaluation.scored_sample import MEAN, ScoredSample


class SidePatients(NamedTuple):
    """How many patients have a positive cell of each class, and how many a negative one."""

    positive: Int[np.ndarray, " classes"]
    negative: Int[np.ndarray, " classes"]

    def enough(self, min_patients: int) -> Bool[np.ndarray, " classes"]:
        """Classes with so many patients on both sides.

        >>> SidePatients(np.array([10, 3]), np.array([50, 50])).enough(10)
        array([ True, False])
        """
        return np.asarray(np.minimum(self.positive, self.negative) >= min_patients)

    def describe(self, place: int, min_patients: int) -> list[str]:
        """Say of one class what is missing: nothing known on a side, or too few patients.

        >>> SidePatients(np.array([4]), np.array([50])).describe(0, min_patients=10)
        ['too few (4 positive patients)']
        >>> SidePatients(np.array([0]), np.array([1])).describe(0, min_patients=10)
        ['no known positive']
        """
        sides = {"positive": int(self.positive[place]), "negative": int(self.negative[place])}
        if missing := [f"no known {side}" for side, count in sides.items() if count == 0]:
            return missing
        few = {side: count for side, count in sides.items() if count < min_patients}
        if not few:
            return []
        counted = " and ".join(
            f"{count:,} {side} patient{'s' if count != 1 else ''}" for side, count in few.items()
        )
        return [f"too few ({counted})"]


def count_sides(sample: ScoredSample) -> SidePatients:
    """Count the patients with scored positives, and those with scored negatives, of each class."""
    patient = np.unique(sample.patient, return_inverse=True)[1]
    return SidePatients(
        *(_patients(patient, sample.scored & (sample.label == side)) for side in (1, 0))
    )


def averaged_classes(
    scored: Bool[np.ndarray, " classes"], enough: Bool[np.ndarray, " classes"]
) -> Bool[np.ndarray, " classes"]:
    """Classes that a mean covers: those with enough patients; where there are none, all scored.

    A class of few patients would lend the mean an interval that it does not have itself.

    >>> averaged_classes(np.array([True, True]), np.array([True, False]))
    array([ True, False])
    """
    return scored & enough if (scored & enough).any() else scored


def each_class_and_mean(
    classes: tuple[str, ...],
    scored: Bool[np.ndarray, " classes"],
    enough: Bool[np.ndarray, " classes"],
    describe: Callable[[int], list[str]],
) -> Iterator[tuple[int, str, Bool[np.ndarray, " classes"], list[str]]]:
    """Give the rows of a result: each class, then the mean over those that it covers.

    Args:
        classes: their names.
        scored: those that can be scored.
        enough: those of enough patients.
        describe: what to say of the class at a place.

    Yields:
        The row's place, its name, the classes it is of, and what to say of it.
    """
    every = np.arange(len(classes))
    for place, name in enumerate(classes):
        yield place, name, np.asarray(every == place), describe(place)
    notes = describe_mean(classes, scored, enough)
    yield len(classes), MEAN, averaged_classes(scored, enough), notes


def describe_mean(
    classes: tuple[str, ...],
    scored: Bool[np.ndarray, " classes"],
    enough: Bool[np.ndarray, " classes"],
) -> list[str]:
    """Say which classes a mean covers, why not the others, and why it has no interval.

    >>> scored, enough = np.array([True, True, False]), np.array([True, False, False])
    >>> describe_mean(("effusion", "nodule", "mass"), scored, enough)
    ['1 of 3 classes; too few patients: nodule; not scored: mass']
    """
    covered = averaged_classes(scored, enough)
    counted = f"{int(covered.sum())} of {len(classes)} class{'es' if len(classes) != 1 else ''}"
    parts = [f"all {len(classes)} classes" if covered.all() and len(classes) > 1 else counted]
    lacking = [name for name, without in zip(classes, scored & ~enough, strict=True) if without]
    if lacking:
        parts.append(f"too few patients: {', '.join(lacking)}")
    unscored = [name for name, there in zip(classes, scored, strict=True) if not there]
    if unscored:
        parts.append(f"not scored: {', '.join(unscored)}")
    return ["; ".join(parts)]


def say_too_few(note: str | None) -> str:
    """Take from a note what it says of too few patients, for a line that has no room for more.

    >>> say_too_few("too few (4 positive patients); 2 soft labels not scored")
    'too few (4 positive patients)'
    """
    said = [part for part in (note or "").split("; ") if part.startswith("too few")]
    return said[0] if said else ""


def blank_replicates(
    replicate: Float[np.ndarray, "predictions replicates *measures classes"],
    enough: Bool[np.ndarray, "*measures classes"],
) -> Float[np.ndarray, "predictions replicates *measures classes"]:
    """Take away the replicates of classes without enough patients: nan, as if never drawn."""
    return np.asarray(np.where(enough, replicate, np.nan))


def _patients(
    patient: Int[np.ndarray, " images"], cells: Bool[np.ndarray, "images classes"]
) -> Int[np.ndarray, " classes"]:
    return np.array([np.unique(patient[of_class]).size for of_class in cells.T], dtype=np.int64)
