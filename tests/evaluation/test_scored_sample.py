from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.scored_sample import take_samples

LABEL = np.array([[1, 0, np.nan], [0, 0.5, np.nan], [np.nan, 1, 1], [1, np.nan, 0]])
ANSWER = np.arange(12).reshape(4, 3) / 16
SOURCE = ["north", "north", "south", "south"]
TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]


@pytest.fixture
def table(make_table: TableMaker) -> AssembledTable:
    return make_table(LABEL, SOURCE, [5, 5, 5, 9], uncertain=[(1, 1), (3, 0)])


def test_all_first_then_every_source(table: AssembledTable, predict: Predictor) -> None:
    samples = take_samples([predict(table, ANSWER)], table)
    assert [sample.source for sample in samples] == ["all", "north", "south"]
    whole, north, south = samples
    np.testing.assert_array_equal(whole.label, LABEL)
    np.testing.assert_array_equal(whole.probability[0], ANSWER)
    np.testing.assert_array_equal(north.probability[0], ANSWER[:2])
    np.testing.assert_array_equal(south.label, LABEL[2:])
    assert len(set(whole.patient.tolist())) == 3
    assert len(set(north.patient.tolist())) == 1


def test_only_hard_known_cells_are_scored(table: AssembledTable, predict: Predictor) -> None:
    whole = take_samples([predict(table, ANSWER)], table)[0]
    np.testing.assert_array_equal(whole.scored, (LABEL == 0) | (LABEL == 1))
    assert np.argwhere(whole.soft).tolist() == [[1, 1]]
    assert np.argwhere(whole.by_policy).tolist() == [[1, 1], [3, 0]]
    assert whole.count_patients(whole.scored) == 3


def test_a_class_without_any_prediction_is_not_scored(
    table: AssembledTable, predict: Predictor
) -> None:
    full, part = predict(table, ANSWER), predict(table, ANSWER, ["effusion", "mass"])
    whole = take_samples([full, part], table)[0]
    assert whole.predicted.tolist() == [[True, True, True], [True, False, True]]
    assert not whole.scored[:, 1].any()
    assert whole.scored[:, 0].tolist() == [True, True, False, True]


def test_an_image_of_two_sources_is_in_both(make_table: TableMaker, predict: Predictor) -> None:
    table = make_table(LABEL, SOURCE, [1, 2, 3, 4], also_in=[(0, "south"), (1, "east")])
    samples = take_samples([predict(table, ANSWER)], table)
    rows = {sample.source: sample.patient.size for sample in samples}
    assert rows == {"all": 4, "north": 2, "south": 3, "east": 1}


def test_only_the_split_counts(make_table: TableMaker, predict: Predictor) -> None:
    table = make_table(LABEL, SOURCE, [1, 2, 3, 4], split=["test", "train", "test", "validate"])
    predictions = predict(table, ANSWER)
    np.testing.assert_array_equal(take_samples([predictions], table)[0].label, LABEL[[0, 2]])
    valid = take_samples([predictions], table, split="validate")
    assert [sample.patient.size for sample in valid] == [1, 0, 1]
    only = predictions.filter(pl.col("record").is_in(["north/00000", "south/00002"]))
    np.testing.assert_array_equal(take_samples([only], table)[0].probability[0], ANSWER[[0, 2]])


def test_named_images_are_excluded(table: AssembledTable, predict: Predictor) -> None:
    predictions = predict(table, ANSWER).filter(pl.col("record") != "north/00001")
    with pytest.raises(MetricError, match="1 of 4 images lack some, such as north/00001 for eff"):
        take_samples([predictions], table)
    whole = take_samples([predictions], table, without=["north/00001"])[0]
    assert whole.patient.size == 3


def test_gaps_at_unknown_cells_are_no_gaps(table: AssembledTable, predict: Predictor) -> None:
    hole = (pl.col("record") == "north/00000") & (pl.col("class") == "mass")
    whole = take_samples([predict(table, ANSWER).filter(~hole)], table)[0]
    assert np.isnan(whole.probability[0, 0, 2])
    assert whole.predicted.all()


def test_unfit_predictions_are_told(table: AssembledTable, predict: Predictor) -> None:
    good = predict(table, ANSWER)
    first = good.row(0, named=True)
    cases: list[tuple[pl.DataFrame, str]] = [
        (good.rename({"probability": "logit"}), "columns record, class, logit"),
        (good.with_columns(probability=pl.lit(None, pl.Float32)), "12 of 12 rows have none"),
        (good.with_columns(probability=pl.lit(float("nan"))), "12 of 12 rows have none"),
        (good.with_columns(probability=pl.lit(float("inf"))), "12 of 12 rows have none"),
        (good.with_columns(pl.lit("masss").alias("class")), "no class 'masss'; nearest: mass"),
        (good.with_columns(record=pl.lit("east/1")), "1 others: east/1"),
        (pl.concat([good, good]), "several for"),
        (pl.concat([good, pl.DataFrame([first], schema=good.schema)]), "several for"),
        (good.clear(), "none for any of the 4"),
    ]
    for predictions, message in cases:
        with pytest.raises(MetricError, match=message):
            take_samples([predictions], table)


def test_unfit_tables_are_told(make_table: TableMaker, predict: Predictor) -> None:
    table = make_table(LABEL, SOURCE, [1, 2, 3, 4], split="train")
    predictions = predict(table, ANSWER)
    with pytest.raises(MetricError, match="at least one image in the split 'test'"):
        take_samples([predictions], table)
    with pytest.raises(MetricError, match="no split 'tests'; nearest: test"):
        take_samples([predictions], table, split="tests")
    table = make_table(LABEL, ["all"] * 4, [1, 2, 3, 4])
    with pytest.raises(MetricError, match="no source called 'all'"):
        take_samples([predict(table, ANSWER)], table)
    table = make_table(LABEL, SOURCE, [1, 2, 3, 4], classes=("mass", "nodule", "mean"))
    with pytest.raises(MetricError, match="no class called 'mean'"):
        take_samples([predict(table, ANSWER)], table)
