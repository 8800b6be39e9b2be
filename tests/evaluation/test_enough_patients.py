"""Whether a class has enough patients is counted over patients, side by side."""

from collections.abc import Callable

import numpy as np
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.enough_patients import (
    averaged_classes,
    count_sides,
    describe_mean,
)
from labelassemble.evaluation.scored_sample import take_samples


def test_patients_count_once_a_side_and_on_both(
    make_table: Callable[..., AssembledTable], predict: Callable[..., object]
) -> None:
    label = np.array([[1, 0.5], [1, 1], [0, np.nan], [0, 0], [np.nan, 0]])
    table = make_table(label, ["x"] * 5, [4, 4, 4, 9, 7], classes=["mass", "nodule"])
    sides = count_sides(take_samples([predict(table, np.full((5, 2), 0.5))], table)[0])  # type: ignore[list-item]
    assert sides.positive.tolist() == [1, 1]
    assert sides.negative.tolist() == [2, 2]
    assert sides.enough(1).tolist() == [True, True]
    assert sides.enough(2).tolist() == [False, False]
    assert sides.describe(0, 2) == ["too few (1 positive patient)"]
    assert sides.describe(0, 3) == ["too few (1 positive patient and 2 negative patients)"]


@pytest.mark.parametrize(
    ("scored", "enough", "covered", "words"),
    [
        ([1, 1], [1, 1], [1, 1], "all 2 classes"),
        ([1, 0], [1, 0], [1, 0], "1 of 2 classes; not scored: b"),
        ([1, 1], [0, 1], [0, 1], "1 of 2 classes; too few patients: a"),
        ([1, 1], [0, 0], [1, 1], "all 2 classes; too few patients: a, b"),
        ([0, 0], [0, 0], [0, 0], "0 of 2 classes; not scored: a, b"),
    ],
)
def test_the_mean_covers_what_has_enough(
    scored: list[int], enough: list[int], covered: list[int], words: str
) -> None:
    there, many = np.array(scored, dtype=bool), np.array(enough, dtype=bool)
    assert averaged_classes(there, many).astype(int).tolist() == covered
    assert describe_mean(("a", "b"), there, many) == [words]
