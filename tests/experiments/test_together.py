"""Means over seeds and views against single networks, on predictions that are there."""

import numpy as np
import polars as pl
import pytest
from tests.experiments.test_score_arms import answers

from labelassemble.evaluation.compare import compare_predictions
from labelassemble.experiments.arms import Comparison, Plan, make_arm
from labelassemble.experiments.together import average_probabilities, compare_together
from labelassemble.experiments.variants import VARIANTS
from labelassemble.settings import EvaluationSettings


def test_means_are_held_against_single_networks_and_win_where_errors_are_independent(
    table, make_recipe
):
    recipe = make_recipe()
    arms = [make_arm(name, VARIANTS["masked"], recipe, tables={0: table}) for name in ("a", "b")]
    plan = Plan(tuple(arms), (Comparison("a", "b", table.classes),), table)
    seeds = [answers(table, 0.7, seed) for seed in range(3)]
    better = [answers(table, 0.95, seed) for seed in range(3)]
    settings = EvaluationSettings(replicates=100, min_patients=2)
    found = compare_together(plan, {"a": seeds, "b": better}, {"a": better}, 4, settings)
    ways = ["one network", "mean of 3 networks", "one network, 4 views"]
    ways.append("mean of 3 networks, 4 views")
    assert [row[1] for row in found.rows] == [*ways, *ways[:2]]
    assert [row[0] for row in found.rows] == ["a", "", "", "", "b", ""]
    # By hand: the mean frame against the three.
    mean = np.mean([one["probability"].to_numpy() for one in seeds], axis=0)
    frame = seeds[0].with_columns(probability=pl.Series(mean))
    assert average_probabilities(seeds)["probability"].to_list() == pytest.approx(mean.tolist())
    row = compare_predictions(seeds, frame, table, settings).filter(
        pl.col("source") == "all", pl.col("class") == "mean"
    )
    difference, low, high = row.select("difference", "low", "high").row(0)
    assert difference > 0.05, "three networks with errors of their own"
    assert found.rows[1][3].startswith(f"+{difference:.3f}".replace("0.", ".", 1))
    assert f"{high:.3f}]".removeprefix("0") in found.rows[1][3]
    assert low < difference < high
    one = compare_together(plan, {"a": seeds[:1], "b": better[:1]}, {}, 1, settings)
    assert one is None
