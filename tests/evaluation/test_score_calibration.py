from collections.abc import Callable

import numpy as np

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.score_calibration import score_calibration


def test_errors_by_hand_and_none_of_few_patients(
    make_table: Callable[..., AssembledTable], predict: Callable[..., object]
) -> None:
    label = np.tile([[1.0, 0.0], [0.0, 0.0]], (10, 1))
    label[0, 1] = 1
    table = make_table(label, ["x"] * 20, list(range(20)), classes=["mass", "nodule"])
    answer = np.where(label == 1, 0.75, 0.25)
    found = score_calibration({"ours": predict(table, answer)}, table, 10)  # type: ignore[dict-item]
    mass, nodule = found.rows(named=True)
    assert (mass["brier_error"], mass["n_patients"], mass["note"]) == (0.0625, 20, "")
    assert mass["calibration_error"] == 0.25
    assert np.isnan([nodule["brier_error"], nodule["calibration_error"]]).all()
    assert nodule["note"] == "too few (1 positive patient)"
