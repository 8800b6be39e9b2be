from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.evaluation.result_table import RESULT_COLUMNS
from labelassemble.settings import EvaluationSettings

QUICK = EvaluationSettings(replicates=60)
TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Hospitals = tuple[AssembledTable, np.ndarray]


def row_of(results: pl.DataFrame, source: str, name: str) -> dict[str, object]:
    return results.row(
        by_predicate=(pl.col("source") == source) & (pl.col("class") == name), named=True
    )


def test_scores_every_source_and_class(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    results = evaluate_predictions(
        predict(table, probability), table, QUICK, method="masked", seed=3
    )
    assert dict(results.schema) == RESULT_COLUMNS
    assert results["source"].unique(maintain_order=True).to_list() == ["all", "north", "south"]
    assert results["class"].to_list() == ["effusion", "nodule", "mass", "mean"] * 3
    assert results["method"].unique().to_list() == ["masked"]
    assert results["seed"].unique().to_list() == [3]
    label = table.labels().drop("record").to_numpy()
    probability = probability.astype(np.float32)
    for source, rows in (
        ("all", slice(0, 400)),
        ("north", slice(0, 200)),
        ("south", slice(200, 400)),
    ):
        for place, name in enumerate(table.classes):
            row = row_of(results, source, name)
            known = ~np.isnan(label[rows, place])
            truth, scores = label[rows, place][known], probability[rows, place][known]
            assert row["n_positive"] == (truth == 1).sum()
            assert row["n_negative"] == (truth == 0).sum()
            if known.any():
                assert row["auroc_score"] == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
                assert row["average_precision_score"] == pytest.approx(
                    average_precision_score(truth, scores), abs=1e-12
                )
                assert row["auroc_low"] < row["auroc_score"] < row["auroc_high"]
                assert row["note"] == ""
                people = table.records["patient"].to_numpy()[rows][known]
                assert row["n_patients"] == len(set(people))


def test_a_class_that_nobody_looked_for_is_there_and_said(
    hospitals: Hospitals, predict: Predictor
) -> None:
    table, probability = hospitals
    results = evaluate_predictions(predict(table, probability), table, QUICK)
    row = row_of(results, "north", "mass")
    assert np.isnan([row[f"auroc_{end}"] for end in ("score", "low", "high")]).all()
    assert (row["n_positive"], row["n_negative"], row["n_patients"]) == (0, 0, 0)
    assert row["note"] == "nobody looked for it here"
    mean = row_of(results, "north", "mean")
    assert mean["note"] == "2 of 3 classes; not scored: mass"
    assert row_of(results, "all", "mean")["note"] == "all 3 classes"
    two = [row_of(results, "north", name) for name in ("effusion", "nodule")]
    assert mean["auroc_score"] == pytest.approx(np.mean([one["auroc_score"] for one in two]))
    assert mean["n_positive"] == sum(one["n_positive"] for one in two)
    assert max(one["n_patients"] for one in two) <= mean["n_patients"] <= 70


def test_the_mean_has_a_narrower_interval_than_its_classes(
    hospitals: Hospitals, predict: Predictor
) -> None:
    table, probability = hospitals
    results = evaluate_predictions(predict(table, probability), table, QUICK)
    width = results.filter(source="all").with_columns(w=pl.col("auroc_high") - pl.col("auroc_low"))
    assert 0 < width.filter(pl.col("class") == "mean")["w"][0] < width["w"][:3].mean()


def test_the_same_seed_the_same_numbers(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    predictions = predict(table, probability)
    once = evaluate_predictions(predictions, table, QUICK)
    assert once.equals(evaluate_predictions(predictions.reverse(), table, QUICK))
    other = evaluate_predictions(predictions, table, EvaluationSettings(replicates=60, seed=1))
    assert once["auroc_score"].equals(other["auroc_score"])
    assert not once["auroc_low"].equals(other["auroc_low"])


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1))
def test_predictions_at_unknown_cells_never_matter(
    hospitals: Hospitals, predict: Predictor, seed: int
) -> None:
    table, probability = hospitals
    few = EvaluationSettings(replicates=5)
    before = evaluate_predictions(predict(table, probability), table, few)
    unknown = np.isnan(table.labels().drop("record").to_numpy())
    changed = np.where(unknown, np.random.default_rng(seed).random(probability.shape), probability)
    assert before.equals(evaluate_predictions(predict(table, changed), table, few))


def test_notes_say_why_there_is_no_score(make_table: TableMaker, predict: Predictor) -> None:
    label = np.array([[1, 0, 0.5], [1, 0, 0.5], [1, 0, np.nan], [1, 0, np.nan]])
    table = make_table(label, ["north"] * 4, [1, 2, 3, 4])
    probability = np.random.default_rng(0).random((4, 3))
    results = evaluate_predictions(predict(table, probability), table, QUICK)
    notes = results.filter(source="all")["note"].to_list()
    assert notes[0] == "no known negative"
    assert notes[1] == "no known positive"
    assert notes[2] == "no known positive; no known negative; 2 soft labels not scored"
    assert notes[3] == "0 of 3 classes; not scored: effusion, nodule, mass"
    assert results["auroc_score"].is_nan().all()
    assert results["average_precision_score"].is_nan().all()


def test_notes_say_how_far_to_trust(make_table: TableMaker, predict: Predictor) -> None:
    generator = np.random.default_rng(5)
    label = np.zeros((40, 3))
    label[0, 0] = 1
    label[:2, 1] = 1
    label[::2, 2] = 1
    table = make_table(label, ["north"] * 40, list(range(40)), uncertain=[(0, 2), (2, 2)])
    probability = generator.random((40, 3))
    settings = EvaluationSettings(replicates=400)
    results = evaluate_predictions(
        predict(table, probability, ["effusion", "mass"]), table, settings
    ).filter(source="north")
    effusion, nodule, mass, mean = results["note"].to_list()
    assert effusion == "too few (1 positive patient)"
    assert nodule == "no prediction for this class"
    assert mass == "2 uncertain assessments scored as the policy says"
    assert mean == "1 of 3 classes; too few patients: effusion; not scored: nodule"


def test_a_score_of_few_patients_has_no_interval_from_ten_on_it_has(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.zeros((60, 2))
    label[:9, 0], label[:10, 1] = 1, 1
    table = make_table(label, ["north"] * 60, list(range(60)), classes=["mass", "nodule"])
    probability = np.random.default_rng(0).random((60, 2))
    results = evaluate_predictions(predict(table, probability), table, QUICK)
    nine, ten = (row_of(results, "all", name) for name in ("mass", "nodule"))
    for kind in ("auroc", "average_precision"):
        assert not np.isnan(nine[f"{kind}_score"])
        assert np.isnan([nine[f"{kind}_low"], nine[f"{kind}_high"]]).all()
        assert ten[f"{kind}_low"] < ten[f"{kind}_score"] < ten[f"{kind}_high"]
    assert nine["note"] == "too few (9 positive patients)"
    assert ten["note"] == ""


@pytest.mark.parametrize("replicates", [0, 20])
def test_one_patient_has_a_score_and_no_interval(
    make_table: TableMaker, predict: Predictor, replicates: int
) -> None:
    label = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, np.nan]])
    table = make_table(label, ["north"] * 3, [8, 8, 8], classes=("mass", "nodule"))
    probability = np.array([[0.1, 0.2], [0.3, 0.9], [0.05, 0.4]])
    settings = EvaluationSettings(replicates=replicates)
    row = row_of(evaluate_predictions(predict(table, probability), table, settings), "all", "mass")
    assert row["auroc_score"] == 0.5
    assert np.isnan([row["auroc_low"], row["auroc_high"]]).all()
    assert row["note"] == "too few (1 positive patient and 1 negative patient)"


def test_a_class_of_one_patient_among_several(make_table: TableMaker, predict: Predictor) -> None:
    """Drawing that patient again and again would make an interval of no width."""
    label = np.array([[0, 1], [1, 0], [np.nan, 0], [np.nan, 1]])
    table = make_table(label, ["north"] * 4, [1, 1, 2, 3], classes=("mass", "nodule"))
    results = evaluate_predictions(predict(table, np.eye(4)[:, :2]), table, QUICK)
    row = row_of(results, "all", "mass")
    assert np.isnan(row["auroc_low"])
    assert row["note"] == "too few (1 positive patient and 1 negative patient)"


def test_a_source_without_test_images_is_there_and_said(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.array([[0.0], [1.0], [1.0]])
    table = make_table(
        label, ["north", "north", "south"], [1, 2, 3], ["test", "test", "train"], ["mass"]
    )
    results = evaluate_predictions(predict(table, label), table, QUICK)
    row = row_of(results, "south", "mass")
    assert row["note"] == "no image of this source"
    assert np.isnan(row["auroc_score"])
    assert np.isnan(row_of(results, "south", "mean")["auroc_score"])
