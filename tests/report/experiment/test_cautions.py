import dataclasses

import polars as pl

from labelassemble.report.experiment.arm_scores import summarise_arms
from labelassemble.report.experiment.cautions import list_experiment_cautions


def caution(content):
    return " ".join(list_experiment_cautions(content, summarise_arms(content)))


def test_what_follows_from_the_numbers_is_said(content):
    said = caution(content)
    assert said.startswith("The labels come from reports, read by a program.")
    assert "Not scored: Hernia (no known positive)." in said
    assert "The test images are of 2 sources." in said
    assert "trained once" not in said
    assert "different classes" not in said


def test_few_seeds_are_said(simulate_experiment):
    arms = ("masked", "full")
    assert "trained once" in caution(simulate_experiment(arms=arms, seeds=(3,)))
    assert "Two seeds say little" in caution(simulate_experiment(arms=arms, seeds=(3, 4)))


def test_nothing_is_said_without_cause(simulate_experiment):
    clean = simulate_experiment(unscored=(), sources=("north",), cautions=())
    assert caution(clean) == ""


def test_arms_that_prediction_for_other_classes_are_said(content):
    fewer = content.scores.filter(
        (pl.col("method") != "single") | (pl.col("class") != "edema"),
        pl.col("method") != "dodnet",
    )
    said = caution(dataclasses.replace(content, scores=fewer))
    assert "The arms predict different classes" in said
    assert "Without any score: dodnet." in said
