import dataclasses

import polars as pl
import pytest

from labelassemble.report.short_answer import answer_shortly, confidence_of


def with_mean(content, difference, low, high):
    rows = pl.DataFrame(
        [("mean", "all", difference, low, high, 0.01)],
        schema={
            "class": pl.String,
            "source": pl.String,
            "difference": pl.Float64,
            "low": pl.Float64,
            "high": pl.Float64,
            "p": pl.Float64,
        },
        orient="row",
    )
    return dataclasses.replace(content, comparisons=rows)


@pytest.mark.parametrize(
    ("difference", "low", "high", "words"),
    [
        (
            0.061,
            0.031,
            0.09,
            ["label-assemble is better than single", ".061 higher", "+.031 to +.090"],
        ),
        (
            -0.061,
            -0.09,
            -0.031,
            ["label-assemble is worse than single", ".061 lower", "−.090 to −.031"],
        ),
        (0.01, -0.02, 0.04, ["No difference was shown", "+.010", "−.020 to +.040", "includes 0"]),
        (0.01, None, None, ["+.010", "without an interval"]),
    ],
)
def test_the_sentence_says_what_the_interval_shows(simulate_content, difference, low, high, words):
    sentence = answer_shortly(with_mean(simulate_content(), difference, low, high)).sentence
    for word in words:
        assert word in sentence
    assert sentence.count("better") == ("better" in words[0])


def test_one_method_has_a_score_but_no_comparison(simulate_content):
    answer = answer_shortly(simulate_content(methods=("label-assemble",)))
    assert answer.sentence.startswith("label-assemble reaches a mean AUROC of .")
    assert answer.difference is None
    assert "compared" not in answer.sentence


def test_two_methods_without_comparison(simulate_content):
    content = dataclasses.replace(simulate_content(), comparisons=None)
    assert answer_shortly(content).sentence.endswith("the methods were not compared.")
    blank = with_mean(simulate_content(), None, None, None)
    assert answer_shortly(blank).sentence.endswith("the methods were not compared.")


def test_nothing_scored(simulate_content):
    content = simulate_content()
    empty = dataclasses.replace(content, results=content.results.clear(), comparisons=None)
    answer = answer_shortly(empty)
    assert answer.sentence == "No network was scored yet."
    assert answer.cautions == ()
    without = content.results.filter(pl.col("class") != "mean")
    answer = answer_shortly(dataclasses.replace(content, results=without))
    assert "No mean AUROC was given" in answer.sentence


def test_patients_images_classes_and_seeds_are_counted(simulate_content):
    content = simulate_content(seeds=(0, 1), unscored=("hernia",))
    tested = content.table.records.filter(pl.col("split") == "test")
    detail = answer_shortly(content).detail
    assert f"621 held-out patients ({tested.height} images)" in detail
    assert "2 of 3 classes" in detail
    assert "means over 2 seeds (lowest to highest: single ." in detail
    uncounted = content.results.with_columns(n_patients=pl.lit(None, pl.Int64))
    detail = answer_shortly(dataclasses.replace(content, results=uncounted)).detail
    assert f"{tested['group'].n_unique()} held-out patients" in detail


def test_several_seeds_of_which_only_one_was_scored(simulate_content):
    content = simulate_content(seeds=(0, 1))
    one = content.results.with_columns(auroc_score=pl.when(pl.col("seed") == 0).then("auroc_score"))
    detail = answer_shortly(dataclasses.replace(content, results=one)).detail
    assert detail.endswith("Scores are means over 2 seeds.")


def test_cautions(simulate_content):
    one = answer_shortly(simulate_content(unscored=("hernia",))).cautions
    assert any("trained once" in caution for caution in one)
    assert "Not scored: Hernia (no known positive)." in one
    assert not any(
        "trained once" in each for each in answer_shortly(simulate_content(seeds=(0, 1))).cautions
    )


def test_means_over_different_classes_are_told(simulate_content):
    content = simulate_content()
    fewer = content.results.filter(
        ~((pl.col("method") == "single") & (pl.col("class") == "hernia"))
    )
    cautions = answer_shortly(dataclasses.replace(content, results=fewer)).cautions
    assert any("single 2, label-assemble 3" in caution for caution in cautions)


def test_classes_that_go_the_other_way_are_named(simulate_content):
    content = with_mean(simulate_content(), 0.05, 0.02, 0.08)
    worse = content.comparisons.with_columns(
        pl.lit("mass").alias("class"), difference=-0.1, low=-0.2, high=pl.lit(-0.05)
    )
    mixed = dataclasses.replace(content, comparisons=pl.concat([content.comparisons, worse]))
    assert "The mean hides classes that go the other way: Mass." in answer_shortly(mixed).cautions
    assert not any("other way" in each for each in answer_shortly(content).cautions)


def test_the_level_does_not_break_over_lines(simulate_content):
    content = dataclasses.replace(simulate_content(), settings={"evaluation": {"confidence": 0.9}})
    assert confidence_of(content) == "90\N{NO-BREAK SPACE}%"


def test_single_sources_have_their_say_beside_the_pooled_mean(simulate_content):
    pooled = with_mean(simulate_content(), 0.03, 0.01, 0.05)
    assert "single sources" not in answer_shortly(pooled).sentence
    rows = pooled.comparisons
    within = [
        rows.with_columns(
            pl.lit(name).alias("source"),
            pl.lit(low + 0.02).alias("difference"),
            pl.lit(low).alias("low"),
            pl.lit(low + 0.04).alias("high"),
        )
        for name, low in (("nih", -0.03), ("rsna", -0.01), ("kermany", 0.09), ("covid", -0.3))
    ]
    content = dataclasses.replace(pooled, comparisons=pl.concat([rows, *within]))
    sentence = answer_shortly(content).sentence
    assert sentence.endswith(
        "within single sources it is better in 1, worse in 1, and not shown to differ in 2 of 4."
    )
