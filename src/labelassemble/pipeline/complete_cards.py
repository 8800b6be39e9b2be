"""Scores of test images, told to the card of each network that they are of."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.cohere_predictions import cohere_predictions
from labelassemble.evaluation.complete_card import tell_test_scores
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.evaluation.fit_operation import implied_by_table
from labelassemble.evaluation.operating_points import score_operating_points
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.pipeline.plan_runs import plan_runs
from labelassemble.settings import Recipe


def complete_cards(
    recipe: Recipe, table: AssembledTable, scores: pl.DataFrame, points: pl.DataFrame | None
) -> None:
    """Tell every network's card its scores, and its calls of each subgroup.

    Networks of one source predict together elsewhere; their cards have their own scores.

    Args:
        recipe: resolved settings.
        table: the assembled table.
        scores: ``RESULT_COLUMNS`` of all methods and seeds.
        points: ``OPERATING_COLUMNS`` of the first seed of each; None: no run makes calls.

    Raises:
        RunError: a card whose header is damaged.
    """
    implied = implied_by_table(recipe, table)
    for run in plan_runs(recipe, table):
        folder, alone = recipe.output / "runs" / run.folder_name, run.source is not None
        mine = (pl.col("method") == run.method) & (pl.col("seed") == run.seed)
        own = scores.filter(mine)
        predictions = read_predictions(folder / "predictions.parquet")
        if alone:
            own = evaluate_predictions(
                predictions, table, recipe.evaluation, method=run.method, seed=run.seed
            )
        calls = points
        if points is not None:
            calls = points.filter(mine)
            if alone or calls.is_empty():
                coherent = {str(run.method): cohere_predictions(predictions, implied)}
                calls = score_operating_points(coherent, table, recipe.evaluation, run.seed)
        tell_test_scores(folder, own, calls, recipe.evaluation.confidence)
