from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.single_predictions import assemble_single_predictions

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]

# Known positives in training: effusion 2 north, 1 south; nodule 1 each; mass south only (soft and
# test cells do not count).
LABEL = np.array(
    [
        [1, 1, 0.5],
        [1, 0, 0.5],
        [0, np.nan, 0.5],
        [1, 1, 1],
        [np.nan, 0, 0],
        [1, 1, 0],
        [1, 1, 0],
    ]
)
SOURCE = ["north", "north", "north", "south", "south", "south", "south"]
SPLIT = ["train", "train", "train", "train", "train", "test", "validate"]


@pytest.fixture
def table(make_table: TableMaker) -> AssembledTable:
    return make_table(LABEL, SOURCE, list(range(7)), SPLIT)


def chosen(predictions: pl.DataFrame) -> dict[str, str]:
    return dict(predictions.select("class", "source").unique().iter_rows())


def test_takes_the_network_that_knows_a_class_best(
    table: AssembledTable, predict: Predictor
) -> None:
    north, south = predict(table, np.full((7, 3), 0.25)), predict(table, np.full((7, 3), 0.75))
    predictions = assemble_single_predictions({"north": north, "south": south}, table)
    assert predictions.columns == ["record", "class", "probability", "source"]
    assert chosen(predictions) == {"effusion": "north", "nodule": "north", "mass": "south"}
    assert predictions["class"].unique(maintain_order=True).to_list() == list(table.classes)
    assert predictions.height == 21
    assert (predictions["probability"] == 0.25).to_list() == (
        predictions["source"] == "north"
    ).to_list()


def test_equal_counts_go_to_the_first(table: AssembledTable, predict: Predictor) -> None:
    one = predict(table, np.zeros((7, 3)))
    assert chosen(assemble_single_predictions({"south": one, "north": one}, table)) == {
        "effusion": "north",
        "nodule": "south",
        "mass": "south",
    }


def test_only_networks_that_prediction_are_asked(table: AssembledTable, predict: Predictor) -> None:
    north = predict(table, np.zeros((7, 3)), ["nodule"])
    south = predict(table, np.zeros((7, 3)), ["effusion", "nodule"])
    predictions = assemble_single_predictions({"north": north, "south": south}, table)
    assert chosen(predictions) == {"effusion": "south", "nodule": "north"}


def test_a_network_that_saw_one_kind_alone_is_not_asked(
    make_table: TableMaker, predict: Predictor
) -> None:
    """North has three positives of mass and no negative: its prediction is always the same."""
    label = np.array([[1, 1], [1, 0], [1, 0], [1, 1], [0, 0], [np.nan, 1], [0, 1]])
    source = ["north"] * 3 + ["south"] * 4
    split = ["train"] * 5 + ["train", "test"]
    table = make_table(label, source, list(range(7)), split, ("mass", "nodule"))
    both = {name: predict(table, np.zeros((7, 2))) for name in ("north", "south")}
    assert chosen(assemble_single_predictions(both, table)) == {"mass": "south", "nodule": "south"}
    # Its only negative is of the test part, which it never saw.
    label[6, 0], label[4, 0] = 0, np.nan
    table = make_table(label, source, list(range(7)), split, ("mass", "nodule"))
    assert chosen(assemble_single_predictions(both, table))["mass"] == "north"
    # Negatives without a positive teach as little.
    label[:, 0] = [1, 0, np.nan, 0, 0, 0, 1]
    table = make_table(label, source, list(range(7)), split, ("mass", "nodule"))
    assert chosen(assemble_single_predictions(both, table))["mass"] == "north"


def test_of_lesions_images_that_all_have_one_are_enough(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.array([[1.0], [1.0], [1.0], [0.0]])
    source = ["north", "north", "south", "south"]
    table = make_table(label, source, list(range(4)), "train", ("mass",))
    both = {name: predict(table, label) for name in ("north", "south")}
    assert chosen(assemble_single_predictions(both, table)) == {"mass": "south"}
    assert chosen(assemble_single_predictions(both, table, needs_negatives=False)) == {
        "mass": "north"
    }


def test_strangers_and_nothing_are_told(table: AssembledTable, predict: Predictor) -> None:
    north = predict(table, np.zeros((7, 3)))
    with pytest.raises(MetricError, match="predictions of north, east"):
        assemble_single_predictions({"north": north, "east": north}, table)
    with pytest.raises(MetricError, match="predictions of none"):
        assemble_single_predictions({}, table)
    with pytest.raises(MetricError, match="at least one class of the table"):
        assemble_single_predictions({"north": north.clear()}, table)
