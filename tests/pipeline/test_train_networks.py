from dataclasses import replace
from typing import Any, get_args

import polars as pl
import pytest

from labelassemble.errors import AssemblyError
from labelassemble.inference.operating_file import OPERATING, read_operation
from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.plan_runs import plan_runs, single_sources
from labelassemble.settings import Method


def test_single_trains_every_source_that_annotates(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    assert single_sources(table) == ["north", "east", "west"]
    recipe = finished.recipe.model_copy(update={"seeds": (0, 3)})
    names = [run.folder_name for run in plan_runs(recipe, table)]
    assert names == [
        f"{method}-seed{seed}"
        for seed in (0, 3)
        for method in ("single-north", "single-east", "single-west", "masked")
    ]


def test_every_method_but_single_is_one_run_a_seed(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    others = tuple(method for method in get_args(Method) if method != "single")
    recipe = finished.recipe.model_copy(update={"methods": others, "seeds": (3,)})
    runs = plan_runs(recipe, table)
    assert [run.method for run in runs] == list(others)
    assert {run.source for run in runs} == {None}
    assert [run.folder_name for run in runs] == [f"{method}-seed3" for method in others]


def test_nothing_known_in_training(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    records = table.records.with_columns(pl.lit("test").alias("split"))
    with pytest.raises(AssemblyError, match="none of the sources has any"):
        plan_runs(finished.recipe, replace(table, records=records))


def test_every_run_has_its_operating_file(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    for run in plan_runs(finished.recipe, table):
        operation = read_operation(finished.recipe.output / "runs" / run.folder_name / OPERATING)
        assert next(iter(operation.sources)) == "all"
        told = operation.sources["all"]
        assert set(told) <= set(table.classes)
        assert all(one.points or one.note for one in told.values())
