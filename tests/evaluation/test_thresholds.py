from collections.abc import Callable

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.thresholds import THRESHOLD_COLUMNS, choose_thresholds
from labelassemble.settings import EvaluationSettings

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Hospitals = tuple[AssembledTable, np.ndarray]
ASKED = EvaluationSettings(sensitivity=0.8, specificity=0.9, call_patients=10, replicates=50)


def rates(probability: np.ndarray, label: np.ndarray, threshold: float) -> tuple[float, float]:
    called = probability >= threshold
    return called[label == 1].mean(), (~called)[label == 0].mean()


def test_are_the_best_of_all_predictions(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    chosen = choose_thresholds(predict(table, probability), table, ASKED, split="test")
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
        elif row["rule"] == "sensitivity":
            best = next(at for at, (hit, _) in enumerate(reached) if hit >= 0.8)
        else:
            best = max(at for at, (_, spared) in enumerate(reached) if spared >= 0.9)
        assert row["threshold"] == every[best]
        np.testing.assert_allclose((row["sensitivity"], row["specificity"]), reached[best])
        for name in ("threshold", "sensitivity", "specificity"):
            assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
            assert row[f"{name}_low"] < row[f"{name}_high"]


def test_a_source_has_its_own_where_there_is_enough(
    hospitals: Hospitals, predict: Predictor
) -> None:
    table, probability = hospitals
    shifted = probability.copy()
    shifted[200:] += 5
    chosen = choose_thresholds(predict(table, shifted), table, ASKED, split="test")
    effusion = chosen.filter(pl.col("class") == "effusion", pl.col("rule") == "youden")
    _, north, south = effusion["threshold"].to_list()
    assert south - north > 3
    mass = chosen.filter(pl.col("class") == "mass", pl.col("source") == "north")
    assert mass["threshold"].is_nan().all()
    assert mass["note"].to_list() == ["nobody looked for it here"] * 3
    many = ASKED.model_copy(update={"call_patients": 100})
    strict = choose_thresholds(predict(table, shifted), table, many, split="test")
    assert strict["threshold"].is_nan().all()
    assert strict["note"].str.contains(r"too few \(\d+ positive patients").sum() == 3 * (3 + 2 + 3)


def test_equal_predictions_stay_together(make_table: TableMaker, predict: Predictor) -> None:
    label = np.array([[0.0], [1.0], [1.0], [0.0]])
    table = make_table(label, ["north"] * 4, [1, 2, 3, 4], "validate", ["mass"])
    few = ASKED.model_copy(update={"call_patients": 2})
    chosen = choose_thresholds(predict(table, np.full((4, 1), 0.25)), table, few)
    youden, sensitivity, specificity = chosen.filter(source="all").rows(named=True)
    for row in (youden, sensitivity):
        assert (row["threshold"], row["sensitivity"], row["specificity"]) == (0.25, 1, 0)
    assert np.isnan(specificity["threshold"])
    assert specificity["note"] == "no threshold reaches a specificity of 0.9"


def test_one_kind_alone_has_none(make_table: TableMaker, predict: Predictor) -> None:
    label = np.ones((3, 1))
    table = make_table(label, ["north"] * 3, [1, 2, 3], "validate", ["mass"])
    chosen = choose_thresholds(predict(table, label / 2), table, ASKED)
    assert chosen["threshold"].is_nan().all()
    assert chosen["note"][0] == "no known negative"
