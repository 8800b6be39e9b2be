import dataclasses

import polars as pl
import pytest

from labelassemble.report.score_summary import scored_sources, summarise_scores


def test_seeds_are_averaged_and_their_spread_is_kept(simulate_content):
    content = simulate_content(seeds=(0, 1, 2))
    mass = summarise_scores(content)[1]
    rows = content.results.filter(
        (pl.col("class") == "mass") & (pl.col("source") == "all") & (pl.col("method") == "single")
    )
    score = mass.methods["single"].auroc
    assert score.mean == pytest.approx(rows["auroc_score"].mean())
    assert score.low == pytest.approx(rows["auroc_low"].mean())
    assert score.high == pytest.approx(rows["auroc_high"].mean())
    assert score.seeds == dict(rows.select("seed", "auroc_score").iter_rows())
    low, high = f"{rows['auroc_score'].min():.3f}"[1:], f"{rows['auroc_score'].max():.3f}"[1:]
    assert score.spread == f"{low} to {high}"
    assert (mass.n_positive, mass.n_negative, mass.n_patients) == (42, 579, 621)


def test_one_seed_has_no_spread(simulate_content):
    assert summarise_scores(simulate_content())[0].methods["single"].auroc.spread == "–"


def test_no_class_is_dropped(simulate_content):
    content = simulate_content(unscored=("hernia",))
    rest = content.results.filter(pl.col("class") != "mass")
    rows = summarise_scores(dataclasses.replace(content, results=rest))
    assert [row.name for row in rows] == ["effusion", "mass", "hernia", "mean"]
    assert [row.is_scored for row in rows] == [True, False, False, True]
    assert rows[1].note == "no result was given"
    assert rows[2].note == "no known positive"
    assert rows[1].n_positive is None


def test_classes_that_only_the_results_know_are_shown(simulate_content):
    content = simulate_content()
    more = content.results.head(1).with_columns(pl.lit("stray").alias("class"))
    rows = summarise_scores(
        dataclasses.replace(content, results=pl.concat([content.results, more]))
    )
    assert [row.name for row in rows] == ["effusion", "mass", "hernia", "stray", "mean"]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_null_and_nan_are_not_scored(simulate_content, missing):
    content = simulate_content(seeds=(0, 1))
    gone = (pl.col("seed") == 1) & (pl.col("class") == "mass")
    results = content.results.with_columns(
        pl.when(gone).then(pl.lit(missing, pl.Float64)).otherwise(column).alias(column)
        for column in ("auroc_score", "auroc_low", "auroc_high")
    )
    mass = summarise_scores(dataclasses.replace(content, results=results))[1]
    assert list(mass.methods["single"].auroc.seeds) == [0]
    assert mass.methods["single"].auroc.low is not None


def test_scores_without_intervals(simulate_content):
    content = simulate_content()
    bare = content.results.with_columns(auroc_low=pl.lit(None, pl.Float64))
    score = summarise_scores(dataclasses.replace(content, results=bare))[0].methods["single"].auroc
    assert score.low is None
    assert "[" not in score.text


def test_sources_have_rows_of_their_own(simulate_content):
    content = simulate_content()
    assert scored_sources(content) == ["north", "south"]
    all_rows, north = summarise_scores(content), summarise_scores(content, "north")
    assert north[0].methods["single"].auroc.mean != all_rows[0].methods["single"].auroc.mean
