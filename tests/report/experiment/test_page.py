import dataclasses

import numpy as np
import polars as pl

from labelassemble.report.experiment.page import (
    compare_within,
    describe_experiment,
    find_best,
    list_curve_values,
    list_points,
    write_with_interval,
)
from labelassemble.report.number_format import format_interval


def test_differences_within_sources_are_those_of_the_frame(content):
    grid = compare_within(content)
    assert grid.columns == ("all test images", "North Hospital", "South Hospital")
    for column, source in enumerate(("all", "north", "south")):
        own = content.differences.filter(pl.col("class") == "mean", pl.col("source") == source)
        np.testing.assert_array_equal(grid.value[:, column], own["difference"].to_numpy())
        np.testing.assert_array_equal(grid.low[:, column], own["low"].to_numpy())


def test_one_source_or_no_comparison_has_no_grid(content, simulate_experiment):
    assert compare_within(simulate_experiment(sources=("north",))) is None
    none = dataclasses.replace(content, differences=content.differences.clear())
    assert compare_within(none) is None


def test_the_best_of_one_is_nothing(content):
    page = describe_experiment(content)
    for row in page["scores"]:
        scores = [one.auroc.mean for one in row.methods.values() if one.auroc.mean is not None]
        assert find_best(row) == (max(scores) if scores else None)
        assert find_best(dataclasses.replace(row, methods={})) is None


def test_figures_in_numbers(content):
    scatter, curves, _ = content.figures
    name, x, y = list_points(scatter)[0]
    assert name == scatter.names[0]
    assert x == format_interval(scatter.x[0], None, None)
    assert y == format_interval(scatter.y[0], scatter.low[0], scatter.high[0])
    assert list_points(scatter)[-1][1] == "–"
    assert dict(list_curve_values(curves))["med3d"][1] == "–"


def test_numbers_of_any_size():
    assert write_with_interval(50.0, np.nan, np.nan) == "50.0"
    assert write_with_interval(np.nan, np.nan, np.nan) == "–"
    assert write_with_interval(9.0, 8.0, 12.0) == "9.000 [8.000, 12.0]"


def test_many_pairs_have_no_forests_of_their_own(simulate_experiment):
    many = simulate_experiment(arms=tuple(f"arm-{n}" for n in range(14)), seeds=(0,), sources=())
    page = describe_experiment(many)
    assert len(page["pairs"]) == 13
    assert all(forest is None for _, forest, _ in page["pairs"])
    assert not page["wide_scores"]
