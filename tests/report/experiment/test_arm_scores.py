import dataclasses
import math
import statistics

import polars as pl
import pytest

from labelassemble.errors import MetricError
from labelassemble.report.experiment.arm_scores import (
    count_scored,
    find_mean,
    list_arms,
    list_test_sources,
    seed_score,
    summarise_arms,
)


def test_scores_are_means_over_seeds_and_their_spread(content):
    rows = summarise_arms(content)
    assert [row.name for row in rows][-1] == "mean"
    for row in rows[:-1]:
        for arm in list_arms(content):
            own = content.scores.filter(
                (pl.col("source") == "all")
                & (pl.col("class") == row.name)
                & (pl.col("method") == arm)
            )
            values = [one for one in own["auroc_score"].to_list() if not math.isnan(one)]
            score = seed_score(row, arm)
            if row.name == "hernia":
                assert not values
                assert score.mean is None
                assert row.methods[arm].note == "no known positive"
                continue
            assert score.mean == pytest.approx(statistics.mean(values))
            assert score.deviation == pytest.approx(statistics.stdev(values))
            assert score.low == pytest.approx(own["auroc_low"].mean())
            assert score.high == pytest.approx(own["auroc_high"].mean())
            assert score.seeds == dict(zip((0, 1, 2), values, strict=True))
            assert row.n_positive == own["n_positive"][0]


def test_a_source_has_scores_of_its_own(content):
    north = seed_score(find_mean(summarise_arms(content, "north")), "masked")
    own = content.scores.filter(pl.col("source") == "north", pl.col("class") == "mean")
    assert north.mean == pytest.approx(
        own.filter(pl.col("method") == "masked")["auroc_score"].mean()
    )
    assert list_test_sources(content) == ["north", "south"]
    assert summarise_arms(content, "nowhere") == []


def test_one_source_is_no_source_of_its_own(simulate_experiment):
    assert list_test_sources(simulate_experiment(arms=("masked",), sources=("north",))) == []


def test_one_seed_has_no_deviation(simulate_experiment):
    content = simulate_experiment(arms=("masked", "full"), seeds=(4,))
    score = seed_score(find_mean(summarise_arms(content)), "full")
    assert score.deviation is None
    assert score.deviation_text == "–"
    assert score.by_seed == score.text.partition(" ")[0]


def test_the_only_class_stands_for_a_mean(content):
    rows = summarise_arms(content)
    assert find_mean(rows) is rows[-1]
    assert find_mean(rows[:1]) is rows[0]
    assert find_mean(rows[:2]) is None
    assert count_scored(rows, "masked") == (6, 7)


def test_an_arm_without_scores_or_facts_is_kept(content):
    fewer = content.scores.filter(pl.col("method") != "full").with_columns(
        method=pl.col("method").replace("single", "stranger")
    )
    changed = dataclasses.replace(content, scores=fewer)
    arms = list_arms(changed)
    assert arms[-1] == "stranger"
    assert {"full", "single"} <= set(arms)
    rows = summarise_arms(changed)
    assert seed_score(rows[-1], "full").mean is None
    assert count_scored(rows, "full") == (0, 0)


def test_a_class_that_one_seed_could_not_score_has_no_mean(content):
    spoiled = content.scores.with_columns(
        auroc_score=pl.when(
            (pl.col("seed") == 1) & (pl.col("class") == "edema") & (pl.col("method") == "full")
        )
        .then(math.nan)
        .otherwise("auroc_score")
    )
    rows = summarise_arms(dataclasses.replace(content, scores=spoiled))
    score = seed_score(next(row for row in rows if row.name == "edema"), "full")
    assert score.mean is None
    assert list(score.seeds) == [0, 2]


def test_a_seed_that_comes_twice_is_refused(content):
    twice = dataclasses.replace(content, scores=pl.concat([content.scores] * 2))
    with pytest.raises(MetricError, match="every method and seed once"):
        summarise_arms(twice)
