"""Which classes stand together on one image, and how many images say so."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.cell_matrix import CellMatrix, SourceAssessments
from labelassemble.sources.assessments import NEGATIVE, POSITIVE

MIN_KNOWN, MIN_EXPECTED = 100, 5.0
"""Fewer images of which both are known, or fewer together by chance: too few to say anything."""

_STEPS = (1 / 8, 1 / 4, 1 / 2, 0.8, 1.25, 2.0, 4.0, 8.0)
"""Odds ratios where the colour changes."""


_AT_ONCE = 500_000
"""Images whose pairs of classes are counted at a time."""


class PairCounts(NamedTuple):
    """Images of which both classes are known, by what they are, each ``classes classes``.

    Attributes:
        known: both are known.
        both: both are positive.
        first: only the class of the row is positive.
        second: only the class of the column is positive.
    """

    known: Int[np.ndarray, "classes classes"]
    both: Int[np.ndarray, "classes classes"]
    first: Int[np.ndarray, "classes classes"]
    second: Int[np.ndarray, "classes classes"]


class ClassPair(NamedTuple):
    """Two classes, and how much more often than by chance they stand together.

    Attributes:
        known, both, first, second: as in ``PairCounts``.
        expected: how many would be both by chance.
        ratio: odds ratio, with half an image added to each of the four counts where one is 0;
            None where there are too few images or one class is always the same.
        always: the one is never there without the other: one mostly implies the other.
        level: -4 (far less often than by chance) to 4 (far more often); None as ``ratio``.
    """

    first_class: str
    second_class: str
    known: int
    both: int
    first: int
    second: int
    expected: float
    ratio: float | None
    always: bool
    level: int | None


def find_asked(
    table: AssembledTable, cells: CellMatrix, assessments: dict[str, SourceAssessments]
) -> Bool[np.ndarray, "images classes"]:
    """Cells with a definite label of which a source that looked for the class spoke definitely.

    Others follow from narrower or broader classes, so they are known only where they are positive,
    or only where they are negative: among them every pair of classes would go together. Where such
    a one overrules a source that looked, the cell stays: else only those would stay that agree.
    """
    asked = np.zeros(cells.label.shape, dtype=bool)
    for source, said in assessments.items():
        scope = table.scopes.get(source, ())
        places = np.array([name in scope for name in table.classes], dtype=bool)
        definite = (said.state == POSITIVE) | (said.state == NEGATIVE)
        asked[said.record] |= definite & places
    found: Bool[np.ndarray, "images classes"] = asked & ((cells.label == 0) | (cells.label == 1))
    return found


def count_pairs(
    positive: Bool[np.ndarray, "images classes"], known: Bool[np.ndarray, "images classes"]
) -> PairCounts:
    """Count images by every two classes; ``positive`` matters only where ``known``."""
    as_counts = [np.zeros((positive.shape[1],) * 2, dtype=np.int64) for _ in range(3)]
    for start in range(0, len(known), _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        # Floats multiply far faster than integers, and count exactly up to 2**24 images.
        is_known = known[here].astype(np.float32)
        is_positive = (positive[here] & known[here]).astype(np.float32)
        for count, one, two in zip(
            as_counts,
            (is_known, is_positive, is_positive),
            (is_known, is_positive, is_known),
            strict=True,
        ):
            count += np.rint(one.T @ two).astype(np.int64)
    return PairCounts(
        as_counts[0], as_counts[1], as_counts[2] - as_counts[1], as_counts[2].T - as_counts[1]
    )


def list_class_pairs(classes: tuple[str, ...], counts: PairCounts) -> list[ClassPair]:
    """Every two classes, a class with itself left out, in the order of classes."""
    return [
        describe_pair(
            classes[row],
            classes[column],
            *(int(one[row, column]) for one in counts),
        )
        for row in range(len(classes))
        for column in range(row)
    ]


def describe_pair(
    first_class: str, second_class: str, known: int, both: int, first: int, second: int
) -> ClassPair:
    """Measure how two classes go together.

    The odds ratio is (both * neither) / (only one * only the other): 1 by chance.

    >>> describe_pair("edema", "effusion", 1000, 60, 40, 140).ratio
    8.142857142857142
    """
    neither = known - both - first - second
    expected = (both + first) * (both + second) / known if known else 0.0
    varies = 0 < both + first < known and 0 < both + second < known
    if known < MIN_KNOWN or expected < MIN_EXPECTED or not varies:
        ratio = None
    else:
        half = 0.5 if 0 in (both, first, second, neither) else 0.0
        ratio = (both + half) * (neither + half) / ((first + half) * (second + half))
    return ClassPair(
        first_class,
        second_class,
        known,
        both,
        first,
        second,
        expected,
        ratio,
        ratio is not None and both > 0 and 0 in (first, second),
        None if ratio is None else sum(ratio >= step for step in _STEPS) - len(_STEPS) // 2,
    )


def strongest_pairs(pairs: list[ClassPair], most: int) -> list[ClassPair]:
    """The pairs that go together, or avoid each other, the most; those that imply are left out."""
    told = [one for one in pairs if one.ratio is not None and not one.always]
    return sorted(told, key=lambda one: -abs(math.log(one.ratio or 1.0)))[:most]
