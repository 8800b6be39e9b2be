import dataclasses
import math

import numpy as np
import polars as pl
import pytest

from labelassemble.metrics.holm import holm
from labelassemble.report.differences import DifferenceOutcome
from labelassemble.report.experiment.arm_differences import (
    ArmDifference,
    describe_outcomes,
    list_arm_differences,
    list_main_differences,
    list_pairs,
)


def make(title="a − b", difference=0.05, low=0.01, high=0.09, p=0.01, corrected=0.02, **more):
    return ArmDifference(
        "x", title, difference, low, high, p, corrected, 0.05, "", first="b", second="a", **more
    )


def test_numbers_are_those_of_the_frame(content):
    for pair in list_pairs(content):
        rows = list_arm_differences(content, pair, "south")
        own = content.differences.filter(
            pl.col("source") == "south", pl.col("first") == pair[0], pl.col("second") == pair[1]
        )
        assert [row.name for row in rows] == own["class"].to_list()
        assert rows[-1].is_mean
        for row, given in zip(rows, own.iter_rows(named=True), strict=True):
            assert (row.first, row.second) == pair
            for key in ("difference", "low", "high", "p", "low_seeds", "p_seeds", "seed_sd"):
                value = getattr(row, key)
                assert value == given[key] or (value is None and math.isnan(given[key]))


def test_the_means_are_corrected_for_each_other(content):
    rows = list_main_differences(content)
    assert [row.title for row in rows] == [f"{b} − {a}" for a, b in list_pairs(content)]
    expected = holm(np.array([row.p for row in rows]))
    np.testing.assert_allclose([row.p_corrected for row in rows], expected)
    with_seeds = holm(np.array([row.p_seeds for row in rows]))
    np.testing.assert_allclose([row.p_seeds_corrected for row in rows], with_seeds)


def test_a_stricter_correction_that_was_given_stays(content):
    stricter = content.differences.with_columns(
        p_corrected=pl.lit(0.9), p_seeds_corrected=pl.lit(0.9)
    )
    rows = list_main_differences(dataclasses.replace(content, differences=stricter))
    assert all(min(row.p_corrected, row.p_seeds_corrected) >= 0.9 for row in rows)
    assert not any(
        row.outcome in (DifferenceOutcome.BETTER, DifferenceOutcome.WORSE) for row in rows
    )


def test_without_means_the_classes_stand_there(content):
    only = content.differences.filter(pl.col("class") == "edema")
    rows = list_main_differences(dataclasses.replace(content, differences=only))
    assert len(rows) == len(list_pairs(content))
    assert rows[0].title == "Edema: label-assemble − single"


def test_nothing_compared_is_nothing_listed(content):
    none = dataclasses.replace(content, differences=content.differences.clear())
    assert list_pairs(none) == []
    assert list_main_differences(none) == []


@pytest.mark.parametrize(
    ("one", "outcome"),
    [
        # The seeds decide, whatever these patients alone would say.
        (make(low_seeds=0.001, high_seeds=0.1), DifferenceOutcome.BETTER),
        (make(low_seeds=-0.1, high_seeds=-0.01), DifferenceOutcome.WORSE),
        (make(low_seeds=-0.001, high_seeds=0.1), DifferenceOutcome.SAME),
        (
            make("same", 0.01, -0.03, 0.05, low_seeds=0.001, high_seeds=0.02),
            DifferenceOutcome.BETTER,
        ),
        (make(low_seeds=0.001, high_seeds=0.1, p_seeds_corrected=0.2), DifferenceOutcome.UNSURE),
        (make(low_seeds=0.001, high_seeds=0.1, p_seeds_corrected=0.04), DifferenceOutcome.BETTER),
        # One seed: patients alone.
        (make(), DifferenceOutcome.BETTER),
    ],
)
def test_the_assessment_takes_seeds_as_random(one, outcome):
    assert one.outcome is outcome


def test_outcomes_are_said_in_words():
    rows = [
        make("up", low_seeds=0.005, high_seeds=0.095, p_seeds_corrected=0.03),
        make("fragile", low_seeds=-0.02, high_seeds=0.12),
        make("down", -0.05, -0.09, -0.01),
        make("unsure", corrected=0.2),
        make("same", 0.01, -0.03, 0.05, 0.6, 0.6),
        dataclasses.replace(make("gone", None, None, None, None, None), note="no known positive"),
    ]
    said = {outcome: (heading, words) for outcome, heading, words in describe_outcomes(rows)}
    heading, words = said[DifferenceOutcome.BETTER]
    assert heading == "Better after correction (1 of 6)"
    assert words == ["up: +.050 [+.005, +.095], corrected p = .030; patients alone [+.010, +.090]"]
    assert (
        said[DifferenceOutcome.SAME][1][0]
        == "fragile: +.050 [−.020, +.120]; patients alone [+.010, +.090]"
    )
    assert said[DifferenceOutcome.WORSE][1] == [
        "down: −.050 [−.090, −.010], corrected p = .020 (patients alone)"
    ]
    assert "p does not hold after correction (1 of 6)" in said[DifferenceOutcome.UNSURE][0]
    assert said[DifferenceOutcome.UNTOLD][1] == ["gone: no known positive"]
    assert describe_outcomes(rows[:1])[0][1] == "Better (1 of 1)"
