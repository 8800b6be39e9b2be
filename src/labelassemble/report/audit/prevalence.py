"""How frequent each class is: by source, by part of the split, and by fold."""

import math
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.metrics.clustered_share import count_by_person, measure_shares
from labelassemble.report.cell_matrix import CellMatrix, SourceAssessments
from labelassemble.sources.assessments import NEGATIVE, POSITIVE

_PARTS = ("train", "validate", "test")


class Prevalence(NamedTuple):
    """Positives of known images; share and interval in [0, 1], None where nothing is known."""

    positive: int
    known: int
    persons: int
    share: float | None
    low: float | None
    high: float | None

    def differs(self, other: "Prevalence") -> bool:
        """Whether the 95 % intervals of the two have no point in common."""
        if None in (self.low, self.high, other.low, other.high):
            return False
        return bool(self.low > other.high or other.low > self.high)  # type: ignore[operator]


Column = dict[str, Prevalence]
"""Class to how frequent it is, in table order; classes that were not looked for are left out."""


def measure_by_source(
    table: AssembledTable, assessments: dict[str, SourceAssessments]
) -> dict[str, Column]:
    """Count what each source said itself of the classes that it looked for.

    A class outside a source's scope has none: what follows from other assessments there is only
    ever positive, or only ever negative, and so no share of anything.
    """
    group = table.records["group"].to_numpy()
    return {
        source: _measure(table, said, group, np.ones(len(said.record), dtype=bool), source)
        for source, said in assessments.items()
    }


def measure_by_source_and_part(
    table: AssembledTable, assessments: dict[str, SourceAssessments]
) -> dict[str, dict[str, Column]]:
    """Count the same in each part of the split: source to part to column."""
    group, split = table.records["group"].to_numpy(), table.records["split"]
    inside = {part: (split == part).to_numpy() for part in _PARTS}
    return {
        source: {
            part: _measure(table, said, group, inside[part][said.record], source) for part in _PARTS
        }
        for source, said in assessments.items()
    }


def measure_by_part(table: AssembledTable, cells: CellMatrix) -> dict[str, Column]:
    """Count the table's labels after all policies, 1 of 0 and 1, in each part of the split."""
    split = table.records["split"]
    return {part: _measure_labels(table, cells, (split == part).to_numpy()) for part in _PARTS}


def measure_by_fold(table: AssembledTable, cells: CellMatrix) -> dict[str, Column]:
    """Count the same in each fold, where there are any: number of the fold, as text, to column."""
    folds = table.records["fold"].drop_nulls().unique().sort().to_list()
    of = table.records["fold"]
    return {
        str(fold): _measure_labels(table, cells, (of == fold).fill_null(False).to_numpy())
        for fold in folds
    }


def find_imbalanced(by_part: dict[str, Column]) -> list[tuple[str, str]]:
    """Classes whose interval in validate or test has no point in common with that in train.

    Returns:
        (class, part), in the order of classes.
    """
    train = by_part.get("train", {})
    return [
        (name, part)
        for name in train
        for part in _PARTS[1:]
        if name in by_part.get(part, {}) and by_part[part][name].differs(train[name])
    ]


class Apart(NamedTuple):
    """A class whose intervals in two sources have no point in common.

    Attributes:
        name: the class.
        most: the source where it is most frequent.
        least: the source where it is rarest.
        ratio: how many times as frequent; None where the rarest has none at all.
    """

    name: str
    most: str
    least: str
    ratio: float | None


def find_apart(by_source: dict[str, Column]) -> list[Apart]:
    """Find classes whose intervals in two sources have no point in common, largest ratio first."""
    apart = []
    for name in dict.fromkeys(name for column in by_source.values() for name in column):
        shares = {
            source: one.share
            for source, column in by_source.items()
            if (one := column.get(name)) is not None and one.share is not None
        }
        if len(shares) < 2:
            continue
        most, least = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
        if by_source[most][name].differs(by_source[least][name]):
            ratio = shares[most] / shares[least] if shares[least] else None
            apart.append(Apart(name, most, least, ratio))
    return sorted(apart, key=lambda one: -(math.inf if one.ratio is None else one.ratio))


def find_lacking(by_part: dict[str, Column]) -> list[tuple[str, str, str]]:
    """Find classes of which a part holds no known positive, or no known negative.

    Returns:
        (class, part, side); parts of which nothing at all is known are passed over.
    """
    lacking = []
    for part, column in by_part.items():
        if not any(one.known for one in column.values()):
            continue
        for name, one in column.items():
            if one.positive == 0:
                lacking.append((name, part, "positive"))
            if one.positive == one.known:
                lacking.append((name, part, "negative"))
    return lacking


class OneSided(NamedTuple):
    """A source that says only positive, or only negative, of a class."""

    source: str
    name: str
    side: str
    records: int
    looked_for: bool


def find_one_sided(counts: pl.DataFrame) -> list[OneSided]:
    """Find sources that know one side of a class only: there, the source gives the label away.

    A class that a source looked for and never found counts as well: it is just as one-sided.

    Args:
        counts: what ``label_counts.count_labels`` gave.

    Returns:
        The most images first.
    """
    found = []
    for row in counts.iter_rows(named=True):
        positive, negative = row["positive"], row["negative"]
        if bool(positive) != bool(negative):
            side = "positive" if positive else "negative"
            place = (row["source"], row["class"])
            found.append(OneSided(*place, side, positive + negative, row["looked_for"]))
    return sorted(found, key=lambda one: -one.records)


def _measure(
    table: AssembledTable,
    said: SourceAssessments,
    group: np.ndarray,
    rows: Bool[np.ndarray, " held"],
    source: str,
) -> Column:
    scope = table.scopes.get(source, ())
    places = [place for place, name in enumerate(table.classes) if name in scope]
    state = said.state[rows][:, places]
    names = [table.classes[place] for place in places]
    return _count(names, state == POSITIVE, state == NEGATIVE, group[said.record[rows]])


def _measure_labels(
    table: AssembledTable, cells: CellMatrix, rows: Bool[np.ndarray, " images"]
) -> Column:
    label = cells.label[rows]
    group = table.records["group"].to_numpy()[rows]
    return _count(list(table.classes), label == 1, label == 0, group)


def _count(
    names: list[str], positive: np.ndarray, negative: np.ndarray, group: np.ndarray
) -> Column:
    found = measure_shares(count_by_person(positive, positive | negative, group))
    columns = [
        [None if isinstance(one, float) and np.isnan(one) else one for one in values.tolist()]
        for values in found
    ]
    return {
        name: Prevalence(*numbers)
        for name, numbers in zip(names, zip(*columns, strict=True), strict=True)
    }
