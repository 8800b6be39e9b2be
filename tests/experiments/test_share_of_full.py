import math

import numpy as np
import polars as pl
import pytest

from labelassemble.experiments.share_of_full import shares_of_full
from labelassemble.metrics.auroc import class_auroc
from labelassemble.settings import EvaluationSettings

SETTINGS = EvaluationSettings(replicates=200, min_patients=2)


def answer(table, skill, seed):
    """Answers that tell a label with so many standard deviations between its two sides."""
    generator = np.random.default_rng(seed)
    test = table.records.filter(pl.col("split") == "test").select("record")
    cells = test.join(table.cells.select("record", "class", "label"), on="record")
    drawn = generator.normal(skill * cells["label"].to_numpy())
    return cells.select("record", "class", probability=pl.Series(1 / (1 + np.exp(-drawn))))


@pytest.fixture(scope="module")
def predictions(table):
    skills = {"single": 0.2, "masked": 1.5, "full": 3.0}
    return {name: [answer(table, one, seed) for seed in (1, 2)] for name, one in skills.items()}


def test_the_share_is_that_of_the_means(table, predictions):
    found = shares_of_full(predictions, "single", "full", table, SETTINGS)
    assert list(found) == ["masked"]

    def mean(name):
        label = table.labels().filter(table.records["split"] == "test").drop("record").to_numpy()
        return np.mean([
            class_auroc(
                one.pivot("class", index="record", values="probability")
                .select(table.classes).to_numpy(),
                label,
                ~np.isnan(label),
            )
            for one in predictions[name]
        ])  # fmt: skip

    value, low, high = found["masked"]
    expected = (mean("masked") - mean("single")) / (mean("full") - mean("single"))
    assert value == pytest.approx(expected)
    assert low < value < high


def test_seeds_widen_the_interval(table, predictions):
    alike = {name: [frames[0], frames[0]] for name, frames in predictions.items()}
    other = {**alike, "masked": [answer(table, 0.3, 5), answer(table, 3.0, 6)]}
    width = [
        shares_of_full(each, "single", "full", table, SETTINGS)["masked"] for each in (alike, other)
    ]
    assert width[1][2] - width[1][1] > 1.3 * (width[0][2] - width[0][1])


def test_no_share_where_full_labels_add_nothing(table, predictions):
    turned = {
        "full": predictions["single"],
        "masked": predictions["masked"],
        "single": predictions["full"],
    }
    assert all(map(math.isnan, shares_of_full(turned, "single", "full", table, SETTINGS)["masked"]))
    # Hardly anything: a share, of which nobody knows how large it is.
    near = {
        "single": [answer(table, 1.0, 1)],
        "masked": predictions["masked"],
        "full": [answer(table, 1.0, 4)],
    }
    for nothing, everything in (("single", "full"), ("full", "single")):
        _, low, high = shares_of_full(near, nothing, everything, table, SETTINGS)["masked"]
        assert math.isnan(low)
        assert math.isnan(high)


def test_without_replicates_there_is_no_interval(table, predictions):
    none = SETTINGS.model_copy(update={"replicates": 0})
    value, low, _ = shares_of_full(predictions, "single", "full", table, none)["masked"]
    assert value == value
    assert math.isnan(low)
