import dataclasses

import polars as pl
import pytest

from labelassemble.report.differences import (
    Difference,
    DifferenceOutcome,
    compared_sources,
    list_differences,
)


def make(low, high, p_corrected=None, name="mass"):
    return Difference(name, name, 0.02, low, high, 0.04, p_corrected, 0.05, "")


@pytest.mark.parametrize(
    ("low", "high", "p_corrected", "outcome"),
    [
        (0.01, 0.03, None, DifferenceOutcome.BETTER),
        (0.01, 0.03, 0.04, DifferenceOutcome.BETTER),
        (0.01, 0.03, 0.05, DifferenceOutcome.UNSURE),
        (-0.03, -0.01, 0.2, DifferenceOutcome.UNSURE),
        (-0.03, -0.01, None, DifferenceOutcome.WORSE),
        (-0.01, 0.03, 0.001, DifferenceOutcome.SAME),
        (0.0, 0.03, None, DifferenceOutcome.SAME),
        (-0.03, 0.0, None, DifferenceOutcome.SAME),
        (None, 0.03, None, DifferenceOutcome.UNTOLD),
        (0.01, None, None, DifferenceOutcome.UNTOLD),
    ],
)
def test_the_outcome_is_what_the_interval_shows(low, high, p_corrected, outcome):
    assert make(low, high, p_corrected).outcome is outcome


def test_classes_keep_their_order_and_the_mean_is_last(simulate_content):
    content = simulate_content(unscored=("mass",))
    turned = dataclasses.replace(content, comparisons=content.comparisons.reverse())
    rows = list_differences(turned)
    assert [row.name for row in rows] == ["effusion", "mass", "hernia", "mean"]
    assert [row.title for row in rows] == ["Effusion", "Mass", "Hernia", "Mean"]
    assert rows[1].text == rows[1].p_text == rows[1].p_corrected_text == "–"
    given = content.comparisons.filter(
        (pl.col("class") == "hernia") & (pl.col("source") == "all")
    ).row(0, named=True)
    assert rows[2].difference == given["difference"]
    assert rows[2].p_corrected == given["p_corrected"]
    assert rows[3].p_corrected is None


def test_nan_is_missing_and_the_note_says_why(simulate_content):
    content = simulate_content()
    blank = content.comparisons.with_columns(
        difference=pl.lit(float("nan")), low=pl.lit(float("nan")), note=pl.lit("no positives")
    ).drop("p_corrected")
    row = list_differences(dataclasses.replace(content, comparisons=blank))[0]
    assert (row.difference, row.low, row.p_corrected) == (None, None, None)
    assert row.note == "no positives"


def test_nothing_compared_is_an_empty_list(simulate_content):
    content = simulate_content(methods=("masked",))
    assert list_differences(content) == compared_sources(content) == []
    empty = dataclasses.replace(
        simulate_content(), comparisons=simulate_content().comparisons.clear()
    )
    assert list_differences(empty) == compared_sources(empty) == []


def test_sources_are_compared_by_themselves(simulate_content):
    content = simulate_content()
    assert compared_sources(content) == ["north", "south"]
    north = content.comparisons.filter(
        (pl.col("source") == "north") & (pl.col("class") != "hernia")
    )
    alone = dataclasses.replace(content, comparisons=north)
    assert [row.name for row in list_differences(alone, "north")] == ["effusion", "mass", "mean"]
