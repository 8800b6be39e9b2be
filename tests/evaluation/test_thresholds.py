from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.thresholds import THRESHOLD_COLUMNS, choose_thresholds

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Hospitals = tuple[AssembledTable, np.ndarray]


def rates(probability: np.ndarray, label: np.ndarray, threshold: float) -> tuple[float, float]:
    called = probability >= threshold
    return called[label == 1].mean(), (~called)[label == 0].mean()


def test_are_the_best_of_all_predictions(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    chosen = choose_thresholds(predict(table, probability), table, 0.8, split="test")
    assert dict(chosen.schema) == THRESHOLD_COLUMNS
    label = table.labels().drop("record").to_numpy()
    for row in chosen.filter(pl.col("source") == "all").iter_rows(named=True):
        place = table.classes.index(row["class"])
        known = ~np.isnan(label[:, place])
        taken, truth = probability[known, place].astype(np.float32), label[known, place]
        every = sorted(set(taken.tolist()), reverse=True)
        reached = [rates(taken, truth, threshold) for threshold in every]
        if row["rule"] == "youden":
            best = max(range(len(every)), key=lambda at: sum(reached[at]))
        else:
            best = next(at for at, (hit, _) in enumerate(reached) if hit >= 0.8)
        assert row["threshold"] == every[best]
        np.testing.assert_allclose((row["sensitivity"], row["specificity"]), reached[best])


def test_a_source_has_its_own_where_there_is_enough(
    hospitals: Hospitals, predict: Predictor
) -> None:
    table, probability = hospitals
    shifted = probability.copy()
    shifted[200:] += 5
    chosen = choose_thresholds(predict(table, shifted), table, split="test")
    effusion = chosen.filter(pl.col("class") == "effusion", pl.col("rule") == "youden")
    _, north, south = effusion["threshold"].to_list()
    assert south - north > 3
    mass = chosen.filter(pl.col("class") == "mass", pl.col("source") == "north")
    assert mass["threshold"].is_nan().all()
    assert mass["note"].to_list() == ["nobody looked for it here"] * 2
    strict = choose_thresholds(predict(table, shifted), table, min_patients=100, split="test")
    assert strict["threshold"].is_nan().all()
    assert strict["note"].str.contains(r"too few \(\d+ positive patients").sum() == 2 * (3 + 2 + 3)


def test_equal_predictions_stay_together(make_table: TableMaker, predict: Predictor) -> None:
    label = np.array([[0.0], [1.0], [1.0], [0.0]])
    table = make_table(label, ["north"] * 4, [1, 2, 3, 4], "validate", ["mass"])
    chosen = choose_thresholds(predict(table, np.full((4, 1), 0.25)), table, 0.5, min_patients=2)
    every = chosen.filter(source="all")
    assert every["threshold"].to_list() == [0.25, 0.25]
    assert every["sensitivity"].to_list() == [1, 1]
    assert every["specificity"].to_list() == [0, 0]


def test_one_kind_alone_has_none(make_table: TableMaker, predict: Predictor) -> None:
    label = np.ones((3, 1))
    table = make_table(label, ["north"] * 3, [1, 2, 3], "validate", ["mass"])
    chosen = choose_thresholds(predict(table, label / 2), table)
    assert chosen["threshold"].is_nan().all()
    assert chosen["note"][0] == "no known negative"


@pytest.mark.parametrize("sensitivity", [0.0, 1.1, float("nan")])
def test_impossible_sensitivities_are_told(
    hospitals: Hospitals, predict: Predictor, sensitivity: float
) -> None:
    table, probability = hospitals
    with pytest.raises(MetricError, match=r"a sensitivity in \(0, 1\]"):
        choose_thresholds(predict(table, probability), table, sensitivity, split="test")
