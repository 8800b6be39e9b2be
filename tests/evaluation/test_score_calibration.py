from collections.abc import Callable

import numpy as np

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.score_calibration import pool_calibration, score_calibration


def test_errors_by_hand_and_none_of_few_patients(
    make_table: Callable[..., AssembledTable], predict: Callable[..., object]
) -> None:
    label = np.tile([[1.0, 0.0], [0.0, 0.0]], (10, 1))
    label[0, 1] = 1
    table = make_table(label, ["x"] * 20, list(range(20)), classes=["mass", "nodule"])
    probability = np.where(label == 1, 0.75, 0.25)
    found = score_calibration({"ours": predict(table, probability)}, table, 10)  # type: ignore[dict-item]
    mass, nodule = found.rows(named=True)
    assert (mass["brier_error"], mass["n_patients"], mass["note"]) == (0.0625, 20, "")
    assert mass["calibration_error"] == 0.25
    assert np.isnan([nodule["brier_error"], nodule["calibration_error"]]).all()
    assert nodule["note"] == "too few (1 positive patient)"


def test_pooled_bins_hold_the_classes_of_enough_patients(
    make_table: Callable[..., AssembledTable], predict: Callable[..., object]
) -> None:
    label = np.tile([[1.0, 0.0], [0.0, 0.0]], (10, 1))
    table = make_table(label, ["x"] * 20, list(range(20)), classes=["mass", "nodule"])
    predictions = {"ours": predict(table, np.where(label == 1, 0.75, 0.25))}
    probability, rate, cells = pool_calibration(predictions, table, 10)["ours"]  # type: ignore[arg-type]
    assert (probability.tolist(), rate.tolist(), cells.tolist()) == ([0.25, 0.75], [0, 1], [10, 10])
    assert pool_calibration(predictions, table, 11) == {}  # type: ignore[arg-type]
