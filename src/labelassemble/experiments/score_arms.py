"""Predictions of all arms in, scores and differences out, on the labels of one table."""

from collections.abc import Mapping, Sequence

import polars as pl

from labelassemble.evaluation.compare import compare_predictions
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.experiments.arm_scores import ArmScores
from labelassemble.experiments.arms import Plan
from labelassemble.experiments.table_changes import keep_classes
from labelassemble.settings import EvaluationSettings


def score_arms(
    plan: Plan,
    predictions: Mapping[str, Sequence[pl.DataFrame]],
    seeds: Sequence[int],
    settings: EvaluationSettings,
) -> ArmScores:
    """Score every arm and seed on the reference's test images, and compare what the plan says.

    Args:
        plan: arms, comparisons, and the table with the test labels.
        predictions: arm to its predictions, one frame a seed.
        seeds: their numbers.
        settings: of intervals.
    """

    def predictions_of(name: str, classes: Sequence[str]) -> list[pl.DataFrame]:
        return [frame.filter(pl.col("class").is_in(list(classes))) for frame in predictions[name]]

    scores = [
        evaluate_predictions(
            frame, keep_classes(plan.reference, arm.classes), settings, method=arm.name, seed=seed
        )
        for arm in plan.arms
        for seed, frame in zip(seeds, predictions_of(arm.name, arm.classes), strict=True)
    ]
    differences = [
        compare_predictions(
            predictions_of(pair.first, pair.classes),
            predictions_of(pair.second, pair.classes),
            keep_classes(plan.reference, pair.classes),
            settings,
            seeds=(seeds, seeds),
        ).with_columns(first=pl.lit(pair.first), second=pl.lit(pair.second))
        for pair in plan.comparisons
    ]
    return ArmScores(pl.concat(scores), pl.concat(differences))
