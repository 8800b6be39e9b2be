import dataclasses
from collections.abc import Callable

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.operating_points import score_operating_points
from labelassemble.evaluation.subgroups import list_groups
from labelassemble.settings import EvaluationSettings

AGE = (None, 17.9, 18.0, 40.0, 64.5, 65.0, 99.0, 40.0)


def make(make_table: Callable[..., AssembledTable]) -> AssembledTable:
    label = np.array([[1.0], [0.0]] * 8)
    source = ["north"] * 8 + ["south"] * 8
    split = ["test", "validate"] * 8
    table = make_table(label, source, list(range(16)), split, ["mass"])
    facts = {"age": np.repeat(AGE, 2).tolist(), "sex": ["F"] * 16, "view": ["PA"] * 8 + [None] * 8}
    records = table.records.with_columns(
        pl.Series(name, values, dtype=table.records.schema[name]) for name, values in facts.items()
    )
    return dataclasses.replace(table, records=records)


def test_groups_are_of_what_is_known(make_table: Callable[..., AssembledTable]) -> None:
    groups = list_groups(make(make_table), "test")
    counts = {name: int(inside.sum()) for name, inside in groups.items()}
    assert counts == {
        "all": 8,
        "source north": 4,
        "source south": 4,
        "age 0 to 17": 1,
        "age 18 to 39": 1,
        "age 40 to 64": 3,
        "age 65 and over": 2,
    }, "one sex and one view alone are no groups"


def test_groups_add_up_to_all(
    make_table: Callable[..., AssembledTable], predict: Callable[..., pl.DataFrame]
) -> None:
    generator = np.random.default_rng(0)
    label = (generator.random((400, 1)) < 0.5).astype(float)
    source = ["north", "south"] * 200
    split = ["validate"] * 200 + ["test"] * 200
    table = make_table(label, source, list(range(400)), split, ["mass"])
    probability = 1 / (1 + np.exp(-label - generator.normal(size=label.shape)))
    settings = EvaluationSettings(replicates=0)
    points = score_operating_points({"m": predict(table, probability)}, table, settings)
    assert points["group"].to_list() == ["all", "source north", "source south"]
    assert points["threshold"].n_unique() == 1
    counts = points.select("n_true_positive", "n_positive", "n_true_negative", "n_negative")
    assert counts.row(0) == counts[1:].sum().row(0)
