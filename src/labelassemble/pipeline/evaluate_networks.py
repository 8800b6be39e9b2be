"""Predictions of every run in, one result table and the differences out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, some
from labelassemble.evaluation.cohere_predictions import cohere_predictions
from labelassemble.evaluation.compare import compare_predictions
from labelassemble.evaluation.enough_patients import say_too_few
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.evaluation.fit_operation import implied_by_table
from labelassemble.evaluation.operating_points import score_operating_points
from labelassemble.evaluation.result_table import combine_seeds, write_both
from labelassemble.evaluation.scored_sample import ALL
from labelassemble.evaluation.single_predictions import assemble_single_predictions
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.pipeline.complete_cards import complete_cards
from labelassemble.pipeline.describe_score import describe_score
from labelassemble.pipeline.plan_runs import plan_runs, single_sources
from labelassemble.pipeline.progress import PlainProgress
from labelassemble.settings import Method, Recipe, RunSettings
from labelassemble.storage.hold_folder import hold_folder
from labelassemble.storage.sums import begin_sums
from labelassemble.storage.write_aside import forget_asides
from labelassemble.training.came_from import Origins, describe_origins, read_origins

if TYPE_CHECKING:
    from labelassemble.pipeline.score_lesions import LesionResults


RESULTS = "results"


@dataclass(frozen=True)
class Results:
    """Scores of every method and seed, and the last method against the first.

    Attributes:
        scores: one row a method, seed, source and class (``RESULT_COLUMNS``).
        differences: one row a source and class (``COMPARISON_COLUMNS``); None for one method.
        lesions: how lesions were found, where ``detection.task`` is ``detection``; else None.
        operating_points: sensitivity and specificity of every method's first seed, a row a
            group of images and class (``OPERATING_COLUMNS``), where ``detection.task`` is
            ``diagnosis``; else None.
        confidence: level of the intervals.
        origins: what each run came from, by its folder's name; of those that began with a run.
    """

    scores: pl.DataFrame
    differences: pl.DataFrame | None
    lesions: "LesionResults | None" = None
    operating_points: pl.DataFrame | None = None
    confidence: float = 0.95
    origins: Mapping[str, Origins] = field(default_factory=dict)


def evaluate_networks(
    recipe: Recipe, table: AssembledTable, store: ImageStore | None = None
) -> Results:
    """Score every run of the recipe on the test images and save the tables in ``results/``.

    Each run's model card is told its own scores.

    Args:
        recipe: resolved settings.
        table: the assembled table.
        store: decoded images; needed for lesions in images alone.

    Raises:
        RunError: a run is not finished; says which.
        ImageError, SourceError: masks of test images that cannot be read.
    """
    predictions = read_all_predictions(recipe, table)
    with hold_folder(recipe.output / RESULTS, work="evaluation", when_busy=recipe.when_busy):
        begin_sums(recipe.output / RESULTS)
        for run in plan_runs(recipe, table):  # Their cards are written too.
            forget_asides(_folder(recipe, run))
        return _evaluate(recipe, table, store, predictions)


def _evaluate(
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore | None,
    predictions: Mapping[Method, list[pl.DataFrame]],
) -> Results:
    settings = recipe.evaluation
    scores = pl.concat(
        evaluate_predictions(predictions, table, settings, method=method, seed=seed)
        for method, by_seed in predictions.items()
        for seed, predictions in zip(recipe.seeds, by_seed, strict=True)
    )
    differences = None
    if len(recipe.methods) > 1:
        first, last = recipe.methods[0], recipe.methods[-1]
        differences = compare_predictions(predictions[first], predictions[last], table, settings)
    folder = recipe.output / RESULTS
    write_both(scores, folder, "scores")
    if differences is not None:
        write_both(differences, folder, "differences")
    lesions = points = None
    if recipe.detection.task == "detection":
        # Here: whole images are scored without torch.
        from labelassemble.pipeline.score_lesions import score_lesions

        progress = PlainProgress("Read test images and masks").update
        lesions = score_lesions(recipe, table, store, predictions, progress)
    else:
        first_seed = take_first_seed(recipe, table, predictions)
        points = score_operating_points(first_seed, table, settings, recipe.seeds[0])
        write_both(points, folder, "operating_points")
    complete_cards(recipe, table, scores, points)
    origins = {
        run.folder_name: found
        for run in plan_runs(recipe, table)
        if (found := read_origins(_folder(recipe, run)))
    }
    return Results(scores, differences, lesions, points, settings.confidence, origins)


def read_all_predictions(recipe: Recipe, table: AssembledTable) -> dict[Method, list[pl.DataFrame]]:
    """Read the predictions of every method, one frame a seed.

    The networks of ``single`` predict together: for each class the one that knows it best.

    Raises:
        RunError: a run is not finished.
    """
    runs = plan_runs(recipe, table)
    missing = [run.folder_name for run in runs if not (_folder(recipe, run) / "done.json").exists()]
    if missing:
        raise RunError(
            f"{len(runs)} finished runs below {recipe.output / 'runs'}",
            f"not finished: {some(missing, 5)}",
            "Train first; finished runs are kept: labelassemble train RECIPE",
        )
    predictions: dict[Method, list[pl.DataFrame]] = {}
    for method in recipe.methods:
        for seed in recipe.seeds:
            if method == "single":
                by_source = {
                    source: _read(recipe, RunSettings(method=method, source=source, seed=seed))
                    for source in single_sources(table, recipe.detection.task)
                }
                own = assemble_single_predictions(
                    by_source, table, needs_negatives=recipe.detection.task == "diagnosis"
                )
            else:
                own = _read(recipe, RunSettings(method=method, seed=seed))
            predictions.setdefault(method, []).append(own)
    return predictions


def take_first_seed(
    recipe: Recipe, table: AssembledTable, predictions: Mapping[Method, Sequence[pl.DataFrame]]
) -> dict[str, pl.DataFrame]:
    """Give each method's first network as `predict` shows it: coherent with the vocabulary."""
    implied = implied_by_table(recipe, table)
    return {
        str(method): cohere_predictions(by_seed[0], implied)
        for method, by_seed in predictions.items()
    }


def describe_results(results: Results) -> str:
    """The pooled scores and differences as a table for a terminal."""
    if results.lesions is not None:
        from labelassemble.pipeline.score_lesions import describe_lesion_results

        told = describe_lesion_results(results.lesions)
        return "\n".join([told, *describe_all_origins(results)])
    combined = combine_seeds([results.scores]).filter(pl.col("source") == "all")
    methods = combined["method"].unique(maintain_order=True).to_list()
    by_class = {(row["method"], row["class"]): row for row in combined.iter_rows(named=True)}
    differing = {}
    if results.differences is not None:
        pooled = results.differences.filter(pl.col("source") == "all")
        differing = {row["class"]: row for row in pooled.iter_rows(named=True)}
    names = combined["class"].unique(maintain_order=True).to_list()
    width = max(len(name) for name in [*names, "AUROC"])
    head = [f"{'AUROC':<{width}}", f"{'pos':>5} {'neg':>6}"]
    lines = ["  ".join([*head, *(f"{method:<20}" for method in methods), "difference"])]
    for name in names:
        row = by_class[methods[0], name]
        counts = f"{row['n_positive']:>5} {row['n_negative']:>6}"
        cells = [
            describe_score(by_class[method, name], "auroc_score", "auroc_") for method in methods
        ]
        difference = describe_score(differing[name], "difference") if name in differing else ""
        scores = [f"{cell:<20}" for cell in cells]
        said = say_too_few(row["note"])
        lines.append("  ".join([f"{name:<{width}}", counts, *scores, difference, said]).rstrip())
    lines += describe_within_sources(results)
    level = f"{100 * results.confidence:g} %"
    lines.append(
        f"{level} intervals over patients; differences are the last method minus the first."
    )
    if results.operating_points is not None:
        lines += ["", *describe_operating_points(results.operating_points)]
    lines += describe_all_origins(results)
    return "\n".join(lines)


def describe_all_origins(results: Results) -> list[str]:
    """What each run came from, through any number of runs; no line where none did."""
    lines = []
    for run, origins in results.origins.items():
        lines += ["", f"{run} came from:", *describe_origins(origins)]
    return lines


def describe_operating_points(points: pl.DataFrame) -> list[str]:
    """The last method's sensitivity and specificity as lines of a table for a terminal."""
    last = points.filter(pl.col("method") == points["method"][-1], group=ALL)
    rows = last.to_dicts()
    width = max(len(row["class"]) for row in rows)
    rules = {
        "youden": "Youden",
        "sensitivity": "least sensitivity",
        "specificity": "least specificity",
    }
    rule = rules[rows[0]["rule"]]
    heads = f"{'':<{width}}  {'threshold':<9}  {'sensitivity':<20}  specificity"
    lines = [
        f"{rows[0]['method']}, seed {rows[0]['seed']}, at thresholds chosen on validation ({rule}):"
    ]
    lines.append(heads)
    for row in rows:
        told = [f"{row['class']:<{width}}", row["note"]]
        if row["threshold"] == row["threshold"]:
            shares = [
                describe_score(row, f"{one}_score", f"{one}_")
                for one in ("sensitivity", "specificity")
            ]
            said = say_too_few(row["note"])
            told = [told[0], f"{row['threshold']:<9.3f}", f"{shares[0]:<20}", shares[1], said]
        lines.append("  ".join(told).rstrip())
    return lines


def describe_within_sources(results: Results) -> list[str]:
    """One line a test source: the mean difference on its own images alone.

    A pooled score flatters where the source gives the class away; these do not. With one test
    source there is nothing to add.
    """
    if results.differences is None:
        return []
    within = results.differences.filter(
        (pl.col("class") == "mean") & (pl.col("source") != "all") & pl.col("difference").is_finite()
    )
    if within.height < 2:
        return []
    return [
        f"within {row['source']} alone: {row['first_score']:.3f} -> {row['second_score']:.3f}, "
        f"{describe_score(row, 'difference')} ({row['note'].split(';')[0]})"
        for row in within.iter_rows(named=True)
    ]


def _folder(recipe: Recipe, run: RunSettings) -> Path:
    return recipe.output / "runs" / run.folder_name


def _read(recipe: Recipe, run: RunSettings) -> pl.DataFrame:
    return read_predictions(_folder(recipe, run) / "predictions.parquet")
