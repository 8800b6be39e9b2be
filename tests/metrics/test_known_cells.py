import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics.known_cells import known_cells

SCORE = np.array([0.1, 0.2, 0.3, 0.4])
LABEL = np.array([0.0, 1.0, 0.5, 1.0])
KNOWN = np.array([True, True, True, False])


def test_takes_known_hard_cells_in_order() -> None:
    cells = known_cells(SCORE, LABEL, KNOWN, np.array([1, 2, 3, 4]))
    assert cells.image.tolist() == [0, 1]
    assert cells.score.tolist() == [0.1, 0.2]
    assert cells.positive.tolist() == [False, True]
    assert cells.weight.tolist() == [1, 2]


def test_one_each_without_weights() -> None:
    assert known_cells(SCORE, LABEL, KNOWN).weight.tolist() == [1, 1]


def test_anything_may_stand_where_not_known() -> None:
    score, label = SCORE.copy(), LABEL.copy()
    score[3], label[3] = np.nan, -1
    assert known_cells(score, label, KNOWN).image.tolist() == [0, 1]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_refuses_scores_that_are_no_numbers(bad: float) -> None:
    score = SCORE.copy()
    score[1] = bad
    with pytest.raises(MetricError, match="1 of 3 are nan or infinite"):
        known_cells(score, LABEL, KNOWN)


@pytest.mark.parametrize(("bad", "told"), [(np.nan, "nan"), (-1, "-1"), (1.5, "1.5")])
def test_refuses_labels_that_are_none(bad: float, told: str) -> None:
    label = LABEL.copy()
    label[0] = bad
    with pytest.raises(MetricError, match=f"1 of 3 are not, such as {told}"):
        known_cells(SCORE, label, KNOWN)


@pytest.mark.parametrize("bad", [-0.5, np.nan, np.inf])
def test_refuses_wrong_weights(bad: float) -> None:
    with pytest.raises(MetricError, match="finite weights of 0 or more"):
        known_cells(SCORE, LABEL, KNOWN, np.array([1, bad, 1, 1]))


def test_refuses_known_that_is_not_boolean() -> None:
    with pytest.raises(MetricError, match="known of type float64"):
        known_cells(SCORE, LABEL, KNOWN.astype(float))


def test_refuses_other_lengths_and_matrices() -> None:
    with pytest.raises(MetricError, match=r"label \(3,\)"):
        known_cells(SCORE, LABEL[:3], KNOWN)
    with pytest.raises(MetricError, match=r"weight \(2,\)"):
        known_cells(SCORE, LABEL, KNOWN, np.ones(2))
    with pytest.raises(MetricError, match=r"score \(2, 2\)"):
        known_cells(SCORE.reshape(2, 2), LABEL.reshape(2, 2), KNOWN.reshape(2, 2))
