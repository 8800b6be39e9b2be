from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.operating_points import OPERATING_COLUMNS, score_operating_points
from labelassemble.evaluation.thresholds import choose_thresholds
from labelassemble.settings import EvaluationSettings

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
SETTINGS = EvaluationSettings()


@pytest.fixture
def halves(make_table: TableMaker) -> tuple[AssembledTable, np.ndarray]:
    """300 validation and 300 test images, a patient each; few positive masses to choose on."""
    generator = np.random.default_rng(3)
    label = (generator.random((600, 3)) < 0.3).astype(float)
    label[:300, 2] = np.arange(300) < 4
    probability = 1 / (1 + np.exp(-label - generator.normal(size=label.shape)))
    split = ["validate"] * 300 + ["test"] * 300
    return make_table(label, ["north"] * 600, list(range(600)), split), probability


def test_thresholds_of_validation_are_applied_to_test(
    halves: tuple[AssembledTable, np.ndarray], predict: Predictor
) -> None:
    table, probability = halves
    predictions = predict(table, probability)
    points = score_operating_points({"ours": predictions}, table, SETTINGS, seed=5)
    assert dict(points.schema) == OPERATING_COLUMNS
    chosen = choose_thresholds(predictions, table, SETTINGS).filter(source="all", rule="youden")
    label = table.labels().drop("record").to_numpy()[300:]
    for place, row in enumerate(points.head(2).iter_rows(named=True)):
        assert row["threshold"] == chosen["threshold"][place]
        called = probability[300:, place].astype(np.float32) >= row["threshold"]
        for side, name in ((1, "sensitivity"), (0, "specificity")):
            right = (called == side)[label[:, place] == side]
            assert row[f"{name}_score"] == pytest.approx(right.mean())
            # Independent images: Wilson's interval as SciPy has it.
            ends = binomtest(int(right.sum()), right.size).proportion_ci(method="wilson")
            found = (row[f"{name}_low"], row[f"{name}_high"])
            np.testing.assert_allclose(found, ends, atol=1e-9)
        assert row["n_true_positive"] == (called & (label[:, place] == 1)).sum()
        assert row["n_negative"] == row["n_negative_patients"] == (label[:, place] == 0).sum()


def test_too_few_validation_patients_have_nothing(
    halves: tuple[AssembledTable, np.ndarray], predict: Predictor
) -> None:
    table, probability = halves
    mass = score_operating_points({"ours": predict(table, probability)}, table, SETTINGS).row(
        2, named=True
    )
    assert mass["note"] == "too few (4 positive validation patients)"
    numbers = [mass[name] for name, kind in OPERATING_COLUMNS.items() if kind == pl.Float64]
    assert all(value is None or np.isnan(value) for value in numbers)


def test_too_few_test_patients_have_no_interval(make_table: TableMaker, predict: Predictor) -> None:
    """Many images of few patients are few; the other side keeps its interval."""
    label = np.tile([[1.0], [0.0]], (60, 1))
    label[60:, 0] = np.arange(60) < 30
    patient = [*range(60), *(60 + row // 10 if row < 30 else 60 + row for row in range(60))]
    split = ["validate"] * 60 + ["test"] * 60
    table = make_table(label, ["north"] * 120, patient, split, ["mass"])
    row = score_operating_points({"m": predict(table, label / 2)}, table, SETTINGS).row(
        0, named=True
    )
    assert (row["n_positive"], row["n_positive_patients"]) == (30, 3)
    assert row["sensitivity_score"] == 1
    assert np.isnan([row["sensitivity_low"], row["sensitivity_high"]]).all()
    assert 0.8 < row["specificity_low"] < 1
    assert row["note"] == "too few (3 positive patients)"


def test_patients_with_many_images_widen_the_interval(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.tile([[1.0], [0.0]], (200, 1))
    probability = np.where(np.arange(400)[:, None] % 40 < 20, label, 0.4)
    split = ["validate"] * 200 + ["test"] * 200

    def width(patient: list[int]) -> float:
        table = make_table(label, ["north"] * 400, patient, split, ["mass"])
        row = score_operating_points({"m": predict(table, probability)}, table, SETTINGS)
        return float((row["sensitivity_high"] - row["sensitivity_low"]).item())

    assert width([row // 10 for row in range(400)]) > 1.5 * width(list(range(400)))


def test_the_rule_and_the_level_are_the_settings(
    halves: tuple[AssembledTable, np.ndarray], predict: Predictor
) -> None:
    table, probability = halves
    asked = EvaluationSettings(threshold_rule="sensitivity", sensitivity=0.97, confidence=0.5)
    wide, narrow = (
        score_operating_points({"m": predict(table, probability)}, table, settings)
        for settings in (asked.model_copy(update={"confidence": 0.99}), asked)
    )
    assert narrow["sensitivity_score"][0] > 0.9
    assert narrow["sensitivity_low"][0] > wide["sensitivity_low"][0]
    usual = score_operating_points({"m": predict(table, probability)}, table, SETTINGS)
    assert narrow["threshold"][0] < usual["threshold"][0]


def test_without_validation_images_nothing_is_chosen(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.tile([[1.0], [0.0]], (30, 1))
    table = make_table(label, ["north"] * 60, list(range(60)), "test", ["mass"])
    points = score_operating_points({"m": predict(table, label / 2)}, table, SETTINGS)
    assert points["note"].to_list() == ["no validation images"]
    assert points["threshold"].is_nan().all()
