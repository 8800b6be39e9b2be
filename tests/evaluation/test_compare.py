from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.compare import COMPARISON_COLUMNS, compare_predictions
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.metrics.delong import delong_test
from labelassemble.metrics.holm import holm
from labelassemble.settings import EvaluationSettings

QUICK = EvaluationSettings(replicates=99)
TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Hospitals = tuple[AssembledTable, np.ndarray]


def worse(answer: np.ndarray, seed: int, amount: float = 0.5) -> np.ndarray:
    return answer + amount * np.random.default_rng(seed).normal(size=answer.shape)


def test_difference_is_second_minus_first(hospitals: Hospitals, predict: Predictor) -> None:
    table, answer = hospitals
    first, second = predict(table, worse(answer, 0)), predict(table, answer)
    compared = compare_predictions(first, second, table, QUICK)
    assert dict(compared.schema) == COMPARISON_COLUMNS
    before, after = (evaluate_predictions(each, table, QUICK) for each in (first, second))
    np.testing.assert_allclose(compared["first_score"], before["auroc_score"], rtol=1e-12)
    np.testing.assert_allclose(compared["second_score"], after["auroc_score"], rtol=1e-12)
    np.testing.assert_allclose(
        compared["difference"], (after["auroc_score"] - before["auroc_score"]), atol=1e-12
    )
    for count in ("source", "class", "n_positive", "n_negative", "n_patients", "note"):
        assert compared[count].equals(after[count])
    mean = compared.row(0 + 3, named=True)
    assert mean["class"] == "mean"
    assert 0 < mean["low"] < mean["difference"] < mean["high"]
    assert mean["p"] == mean["p_corrected"] == pytest.approx(2 / 100)


def test_pairing_makes_the_interval_narrow(hospitals: Hospitals, predict: Predictor) -> None:
    table, answer = hospitals
    first, second = predict(table, worse(answer, 0, 0.02)), predict(table, answer)
    compared = compare_predictions(first, second, table, QUICK)
    alone = evaluate_predictions(second, table, QUICK)
    width = compared["high"][3] - compared["low"][3]
    assert width < (alone["auroc_high"][3] - alone["auroc_low"][3]) / 2


def test_swapping_turns_the_sign_only(hospitals: Hospitals, predict: Predictor) -> None:
    table, answer = hospitals
    first, second = predict(table, worse(answer, 0)), predict(table, answer)
    there = compare_predictions(first, second, table, QUICK)
    back = compare_predictions(second, first, table, QUICK)
    np.testing.assert_allclose(there["difference"], -back["difference"].to_numpy())
    np.testing.assert_allclose(there["low"], -back["high"].to_numpy())
    for name in ("p", "p_corrected", "p_delong"):
        np.testing.assert_allclose(there[name], back[name])


def test_a_method_against_itself(hospitals: Hospitals, predict: Predictor) -> None:
    table, answer = hospitals
    predictions = predict(table, answer)
    compared = compare_predictions(predictions, predictions, table, QUICK).filter(source="all")
    for name in ("difference", "low", "high"):
        assert compared[name].to_list() == [0, 0, 0, 0]
    assert compared["p"].to_list() == compared["p_corrected"].to_list() == [1, 1, 1, 1]
    assert compared["p_delong"][:3].to_list() == [1, 1, 1]


def test_correction_is_over_the_classes_of_a_source(
    hospitals: Hospitals, predict: Predictor
) -> None:
    table, answer = hospitals
    first, second = predict(table, worse(answer, 3, 0.2)), predict(table, answer)
    compared = compare_predictions(first, second, table, QUICK)
    for source in ("all", "north", "south"):
        rows = compared.filter(pl.col("source") == source, pl.col("class") != "mean")
        np.testing.assert_allclose(rows["p_corrected"], holm(rows["p"].to_numpy()))
    north = compared.filter(source="north")
    assert np.isnan([north[name][2] for name in ("difference", "low", "p", "p_corrected")]).all()
    assert north["note"][2] == "nobody looked for it here"


def test_several_seeds_are_averaged(hospitals: Hospitals, predict: Predictor) -> None:
    table, answer = hospitals
    firsts = [predict(table, worse(answer, seed)) for seed in (1, 2)]
    seconds = [predict(table, worse(answer, seed, 0.2)) for seed in (3, 4, 5)]
    compared = compare_predictions(firsts, seconds, table, QUICK)
    scores = [evaluate_predictions(each, table, QUICK)["auroc_score"] for each in firsts]
    np.testing.assert_allclose(compared["first_score"], (scores[0] + scores[1]) / 2, rtol=1e-12)
    label = table.labels()["nodule"].to_numpy()
    known = ~np.isnan(label)
    columns = [
        np.array([worse(answer, seed, amount)[:, 1].astype(np.float32) for seed in seeds])
        for seeds, amount in (((1, 2), 0.5), ((3, 4, 5), 0.2))
    ]
    expected = delong_test(columns[0], columns[1], label, known)
    assert compared["p_delong"][1] == pytest.approx(expected.p, rel=1e-9)
    assert np.isnan(compared["p_delong"][3])
    # Averaging single comparisons, replicate by replicate, gives the same middle.
    one = compare_predictions(firsts[0], seconds, table, QUICK)
    two = compare_predictions(firsts[1], seconds, table, QUICK)
    middle = (one["difference"] + two["difference"]) / 2
    np.testing.assert_allclose(compared["difference"], middle, atol=1e-12)


def test_only_classes_that_both_answer(hospitals: Hospitals, predict: Predictor) -> None:
    table, answer = hospitals
    first, second = predict(table, answer, ["effusion"]), predict(table, worse(answer, 1))
    compared = compare_predictions(first, second, table, QUICK).filter(source="all")
    assert compared["note"][1] == "no answer for this class"
    assert compared["note"][3] == "1 of 3 classes; not scored: nodule, mass"
    assert compared["difference"][3] == compared["difference"][0]


def test_one_patient_and_no_replicates_have_no_p(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.array([[0.0], [1.0], [1.0]])
    table = make_table(label, ["north"] * 3, [8, 8, 8], classes=["mass"])
    better = predict(table, label)
    worst = predict(table, 1 - label)
    compared = compare_predictions(worst, better, table, QUICK)
    assert compared["difference"][0] == 1
    assert np.isnan([compared[name][0] for name in ("low", "high", "p", "p_corrected")]).all()
    assert "one patient: no interval" in compared["note"][0]
    quick = compare_predictions(worst, better, table, EvaluationSettings(replicates=0))
    assert quick["difference"][0] == 1
    assert np.isnan(quick["p"][0])


def test_no_predictions_are_told(hospitals: Hospitals, predict: Predictor) -> None:
    table, answer = hospitals
    with pytest.raises(MetricError, match="predictions of both methods"):
        compare_predictions([], predict(table, answer), table, QUICK)
