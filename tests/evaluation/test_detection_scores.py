from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.detection_measures import MEASURES
from labelassemble.evaluation.detection_scores import DETECTION_COLUMNS, score_detections
from labelassemble.metrics.lesions.match_lesions import Matches
from labelassemble.settings import EvaluationSettings

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Matcher = Callable[..., dict[str, Matches]]
SETTINGS = EvaluationSettings(replicates=200, min_patients=2)


def test_every_source_and_class_has_a_row(
    hospitals: tuple[AssembledTable, np.ndarray], predict: Predictor, match: Matcher
) -> None:
    table, probability = hospitals
    label = table.labels().drop("record").to_numpy()
    scores = score_detections(
        predict(table, probability),
        match(table, label, probability),
        table,
        SETTINGS,
        method="masked",
        seed=3,
    )
    assert dict(scores.schema) == DETECTION_COLUMNS
    assert scores.select("source", "class").rows() == [
        (source, name) for source in ("all", "north", "south") for name in (*table.classes, "mean")
    ]
    assert set(scores.select("method", "seed", "specificity").rows()) == {("masked", 3, 0.98)}
    row = scores.filter(source="all").filter(pl.col("class") == "nodule").row(0, named=True)
    own = label[:, 1]
    assert row["n_scans"] == np.isfinite(own).sum()
    assert row["n_lesions"] == (own == 1).sum()
    assert row["n_patients"] == row["n_positive"] + row["n_negative"] <= 140
    for name in MEASURES:
        assert row[f"{name}_low"] <= row[f"{name}_score"] <= row[f"{name}_high"]
        assert row[f"{name}_low"] < row[f"{name}_high"] or row[f"{name}_score"] == 1
    rates = [row[f"{name}_score"] for name in MEASURES[:7]]
    assert rates == sorted(rates)
    assert row["froc_score"] == pytest.approx(np.mean(rates))


def test_the_mean_covers_what_can_be_scored(
    hospitals: tuple[AssembledTable, np.ndarray], predict: Predictor, match: Matcher
) -> None:
    table, probability = hospitals
    label = table.labels().drop("record").to_numpy()
    scores = score_detections(
        predict(table, probability), match(table, label, probability), table, SETTINGS
    )
    north = scores.filter(source="north")
    mass = north.filter(pl.col("class") == "mass").row(0, named=True)
    assert np.isnan([mass[f"{name}_score"] for name in MEASURES]).all()
    assert mass["note"] == "nobody looked for it here"
    mean = north.filter(pl.col("class") == "mean").row(0, named=True)
    assert mean["froc_score"] == pytest.approx(north["froc_score"][:2].mean())
    assert mean["note"].startswith("2 of 3 classes; not scored: mass")
    assert mean["n_lesions"] == north["n_lesions"][:2].sum()


def test_present_and_drawn_nowhere_counts_for_patients_alone(
    make_table: TableMaker, predict: Predictor, match: Matcher
) -> None:
    label = np.repeat([[1.0], [0.0]], 8, axis=0)
    probability = np.linspace(0.9, 0.1, 16)[:, None]
    table = make_table(label, ["x"] * 16, range(16), classes=["pdac"])
    undrawn = [(row, 0) for row in range(8)]
    scores = score_detections(
        predict(table, probability), match(table, label, probability, undrawn), table, SETTINGS
    )
    row = scores.row(0, named=True)
    assert (row["auroc_score"], row["sensitivity_score"]) == (1.0, 1.0)
    assert np.isnan(
        [row["froc_score"], row["froc_1_8_score"], row["average_precision_score"]]
    ).all()
    assert (row["n_scans"], row["n_lesions"], row["n_positive"]) == (8, 0, 8)
    assert "no scan has a lesion of the class where somebody looked" in row["note"]


def test_one_patient_has_no_interval(
    make_table: TableMaker, predict: Predictor, match: Matcher
) -> None:
    label = np.array([[1.0], [0.0], [1.0]])
    probability = np.array([[0.9], [0.1], [0.8]])
    table = make_table(label, ["x"] * 3, [1, 1, 1], classes=["pdac"])
    scores = score_detections(
        predict(table, probability), match(table, label, probability), table, SETTINGS
    )
    row = scores.row(0, named=True)
    assert row["froc_score"] == 1.0
    assert np.isnan(row["froc_low"])
    assert row["note"].startswith("too few (1 patient with a lesion)")


def test_a_source_of_training_alone(
    make_table: TableMaker, predict: Predictor, match: Matcher
) -> None:
    label = np.array([[1.0], [0.0]] * 2)
    probability = np.array([[0.9], [0.1]] * 2)
    table = make_table(
        label, ["a", "a", "b", "b"], range(4), ["train", "train", "test", "test"], ["pdac"]
    )
    scores = score_detections(
        predict(table, probability), match(table, label, probability), table, SETTINGS
    )
    row = scores.filter(source="a").row(0, named=True)
    assert (row["n_scans"], row["note"]) == (0, "no image of this source")
    assert np.isnan(row["froc_score"])


def test_the_mean_counts_the_classes_that_it_covers(
    make_table: TableMaker, predict: Predictor, match: Matcher
) -> None:
    """Of nodules there are three patients: too few, so they are neither averaged nor counted."""
    label = np.stack([np.arange(40) % 2, np.arange(40) < 3], axis=1).astype(float)
    probability = np.linspace(0.9, 0.1, 80).reshape(40, 2)
    table = make_table(label, ["x"] * 40, range(40), classes=["mass", "nodule"])
    settings = EvaluationSettings(replicates=20)
    scores = score_detections(
        predict(table, probability), match(table, label, probability), table, settings
    )
    mass, nodule, mean = scores.filter(source="all").rows(named=True)
    assert "too few patients: nodule" in mean["note"]
    assert nodule["n_lesions"] == 3
    for count in ("n_scans", "n_lesions", "n_patients", "n_positive", "n_negative"):
        assert mean[count] == mass[count]
