from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.wrong_predictions import WRONG_COLUMNS, choose_wrong_predictions

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
NAN = float("nan")


def points(effusion: float, nodule: float) -> pl.DataFrame:
    return pl.DataFrame({"class": ["effusion", "nodule"], "threshold": [effusion, nodule]})


@pytest.fixture
def clinic(make_table: TableMaker) -> tuple[AssembledTable, np.ndarray]:
    """Eight test images of a patient each, then a validation image that is wrong too."""
    label = np.array([[0, 0], [0, 0], [0, NAN], [1, 0], [1, 1], [1, 1], [NAN, 1], [0.5, 0], [0, 0]])
    probability = np.array(
        [
            [0.9, 0.2],
            [0.8, 0.1],
            [0.7, 0.9],
            [0.1, 0.3],
            [0.2, 0.05],
            [0.9, 0.01],
            [0.99, 0.9],
            [0.99, 0.1],
            [1.0, 1.0],
        ]
    )
    split = ["test"] * 8 + ["validate"]
    return make_table(
        label, ["north"] * 9, list(range(9)), split, ["effusion", "nodule"]
    ), probability


def test_the_surest_of_each_class_come_first(
    clinic: tuple[AssembledTable, np.ndarray], predict: Predictor
) -> None:
    table, probability = clinic
    wrong = choose_wrong_predictions(predict(table, probability), table, points(0.5, 0.2), 20)
    assert wrong.columns == list(WRONG_COLUMNS)
    found = [
        (name[-1], one, label)
        for name, one, label in wrong.select("record", "class", "label").iter_rows()
    ]
    # Image 3's nodule waits for the surest of both classes; image 0's is at its threshold.
    assert found == [
        ("0", "effusion", 0.0),
        ("3", "nodule", 0.0),
        ("1", "effusion", 0.0),
        ("2", "effusion", 0.0),
        ("5", "nodule", 1.0),
        ("4", "effusion", 1.0),
    ]
    assert wrong["threshold"].to_list() == [0.5, 0.2, 0.5, 0.5, 0.2, 0.5]
    assert wrong["source"].unique().to_list() == ["north"]


def test_half_of_each_and_no_more_than_asked(
    clinic: tuple[AssembledTable, np.ndarray], predict: Predictor
) -> None:
    table, probability = clinic
    predictions = predict(table, probability)
    for number, kinds in ((0, []), (1, [0.0]), (3, [0.0, 0.0, 1.0])):
        wrong = choose_wrong_predictions(predictions, table, points(0.5, 0.2), number)
        assert wrong["label"].to_list() == kinds


def test_a_class_without_a_threshold_is_never_wrong(
    clinic: tuple[AssembledTable, np.ndarray], predict: Predictor
) -> None:
    table, probability = clinic
    wrong = choose_wrong_predictions(predict(table, probability), table, points(NAN, 0.2), 20)
    assert set(wrong["class"]) == {"nodule"}


def test_a_patient_is_shown_once(make_table: TableMaker, predict: Predictor) -> None:
    label = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    table = make_table(label, ["north"] * 3, [1, 1, 2], "test", ["effusion", "nodule"])
    predictions = predict(table, np.tile([0.9, 0.1], (3, 1)))
    wrong = choose_wrong_predictions(predictions, table, points(0.5, 0.5), 6)
    patients = wrong.join(table.records, on="record")["patient"]
    assert sorted(patients) == ["north/p1", "north/p2"]
