import numpy as np
import polars as pl
import pytest

from labelassemble.evaluation.compare import COMPARISON_COLUMNS
from labelassemble.experiments.arms import Comparison, Plan, make_arm
from labelassemble.experiments.score_arms import score_arms
from labelassemble.experiments.variants import VARIANTS
from labelassemble.settings import EvaluationSettings


def answers(table, right: float, seed: int) -> pl.DataFrame:
    """Answers on all test cells: the truth with probability ``right``, else its opposite."""
    test = table.records.filter(pl.col("split") == "test").select("record")
    cells = table.cells.join(test, on="record", how="semi", maintain_order="left")
    generator = np.random.default_rng(seed)
    truth = cells["label"].to_numpy().astype(np.float64)
    told = np.where(generator.random(len(truth)) < right, truth, 1 - truth)
    told = told + 0.1 * generator.random(len(truth))
    return cells.select("record", "class").with_columns(probability=pl.Series(told))


def test_arms_are_scored_on_their_own_classes_and_compared_on_those_that_are_named(
    table, make_recipe
):
    recipe = make_recipe()
    good, poor = (
        make_arm(name, VARIANTS["masked"], recipe, tables={0: table}) for name in ("g", "p")
    )
    plan = Plan((poor, good), (Comparison("p", "g", ("mass",)),), table)
    frames = {
        "g": [answers(table, 1.0, seed) for seed in (0, 1)],
        "p": [answers(table, 0.6, seed) for seed in (2, 3)],
    }
    found = score_arms(plan, frames, (0, 1), EvaluationSettings(replicates=50))
    pooled = found.scores.filter(pl.col("source") == "all", pl.col("method") == "g")
    assert pooled.filter(pl.col("class") == "mass")["auroc_score"].to_list() == [1.0, 1.0]
    assert set(pooled["class"]) == {*table.classes, "mean"}
    assert set(pooled["seed"]) == {0, 1}
    assert set(found.differences["class"]) == {"mass", "mean"}
    assert set(found.differences.columns) == {*COMPARISON_COLUMNS, "first", "second"}
    row = found.differences.filter(pl.col("source") == "all").row(0, named=True)
    assert (row["first"], row["second"]) == ("p", "g")
    assert row["difference"] == pytest.approx(1 - row["first_score"])
    assert row["difference"] > 0
