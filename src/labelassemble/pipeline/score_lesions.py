"""Candidates of every run in, lesion scores of every method and their differences out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.candidates import join_single_candidates, read_candidates
from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.match_candidates import match_tables
from labelassemble.detection.open_cases import open_cases
from labelassemble.evaluation.compare_detections import compare_detections
from labelassemble.evaluation.detection_scores import score_detections
from labelassemble.evaluation.enough_patients import say_too_few
from labelassemble.evaluation.result_table import write_both
from labelassemble.images.store import ImageStore
from labelassemble.metrics.lesions.froc import froc
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches
from labelassemble.pipeline.describe_score import describe_score
from labelassemble.settings import Method, Recipe, RunSettings
from labelassemble.sources.read_progress import ReadProgress

_TOLD = {
    "froc": "FROC, mean sensitivity at 1/8 to 8 false positives a scan",
    "average_precision": "average precision of lesions",
    "auroc": "AUROC of patients",
    "sensitivity": "sensitivity of patients at a specificity of {specificity:g} %",
}
"""What a terminal is reported; the tables hold more."""


@dataclass(frozen=True)
class LesionResults:
    """Scores of every method and seed, and the last method against the first.

    Attributes:
        scores: one row a method, seed, source and class (``DETECTION_COLUMNS``).
        differences: one row a source, class and measure (``DETECTION_COMPARISON_COLUMNS``); None
            for one method.
        curves: method to class to false positives a scan and sensitivity, of the first seed, where
            there is a curve.
    """

    scores: pl.DataFrame
    differences: pl.DataFrame | None
    curves: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]


def score_lesions(
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore | None,
    predictions: Mapping[Method, list[pl.DataFrame]],
    progress: ReadProgress | None = None,
) -> LesionResults:
    """Score candidates against what is drawn on the test images; save the tables in ``results/``.

    Args:
        recipe: resolved settings; ``detection.task`` is ``detection``.
        table: the assembled table.
        store: decoded images; None where images are volumes.
        predictions: of every method, one frame a seed (``read_all_predictions``).
        progress: called with (images done, images in all) as their masks are read.

    Raises:
        RunError: a run without candidates, or ``match_by = 'mask_iou'``.
        ImageError, SourceError: images or masks that cannot be read.
    """
    cases = open_test_cases(recipe, table, store, progress)
    settings = recipe.evaluation
    candidates = read_all_candidates(recipe, predictions)
    places = [(method, place) for method in candidates for place in range(len(recipe.seeds))]
    tables = [candidates[method][place] for method, place in places]
    matches = dict(
        zip(places, match_tables(tables, cases, table.classes, recipe.detection), strict=True)
    )
    scores = pl.concat(
        score_detections(
            predictions[method][place],
            matches[method, place],
            table,
            settings,
            method=method,
            seed=recipe.seeds[place],
        )
        for method, place in places
    )
    differences = None
    if len(recipe.methods) > 1:
        first, last = (
            [
                (predictions[method][place], matches[method, place])
                for place in range(len(recipe.seeds))
            ]
            for method in (recipe.methods[0], recipe.methods[-1])
        )
        differences = compare_detections(first, last, table, settings)
    folder = recipe.output / "results"
    write_both(scores, folder, "detection_scores")
    if differences is not None:
        write_both(differences, folder, "detection_differences")
    curves = {str(method): _trace(matches[method, 0], table.classes) for method in recipe.methods}
    return LesionResults(scores, differences, curves)


def open_test_cases(
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore | None,
    progress: ReadProgress | None = None,
) -> list[DenseCase]:
    """Open the test images with what is drawn on them, in the order of the table.

    Raises:
        SettingsError, RunError, ImageError, SourceError: see ``open_annotated``.
    """
    test = table.records.filter(pl.col("split") == "test")["record"].to_list()
    return open_cases(recipe, table, test, store=store, progress=progress)


def read_all_candidates(
    recipe: Recipe, predictions: Mapping[Method, list[pl.DataFrame]]
) -> dict[Method, list[pl.DataFrame]]:
    """Read the candidates of every method, one frame a seed.

    The networks of ``single`` find together: each class's lesions, the one whose predictions are
        taken.

    Raises:
        RunError: a run without candidates.
    """
    candidates: dict[Method, list[pl.DataFrame]] = {}
    for method in recipe.methods:
        for seed, own in zip(recipe.seeds, predictions[method], strict=True):
            if method != "single":
                found = _read(recipe, RunSettings(method=method, seed=seed))
            else:
                sources = own["source"].unique(maintain_order=True)
                found = join_single_candidates(
                    own,
                    {
                        source: _read(recipe, RunSettings(method=method, source=source, seed=seed))
                        for source in sources
                    },
                )
            candidates.setdefault(method, []).append(found)
    return candidates


def describe_lesion_results(results: LesionResults) -> str:
    """The pooled scores and differences as aligned tables for a terminal, a measure each."""
    pooled = results.scores.filter(pl.col("source") == "all")
    methods = pooled["method"].unique(maintain_order=True).to_list()
    names = pooled["class"].unique(maintain_order=True).to_list()
    width = max(len(name) for name in names)
    specificity = 100 * pooled["specificity"][0]
    lines = []
    for measure, words in _TOLD.items():
        of_scans = measure in ("froc", "average_precision")
        counts = ("n_lesions", "n_scans") if of_scans else ("n_positive", "n_negative")
        head = ("lesions", "scans") if of_scans else ("with", "without")
        scores = _over_seeds(pooled, measure)
        lines.append(words.format(specificity=specificity))
        heads = [f"{'':<{width}}", f"{head[0]:>7} {head[1]:>7}", *(f"{one:<20}" for one in methods)]
        lines.append("  ".join([*heads, "difference" if len(methods) > 1 else ""]).rstrip())
        for name in names:
            row = pooled.filter(pl.col("class") == name).row(0, named=True)
            cells = [f"{describe_score(scores[method, name]):<20}" for method in methods]
            numbers = f"{row[counts[0]]:>7} {row[counts[1]]:>7}"
            difference = _difference(results.differences, name, measure)
            said = say_too_few(row["note"])
            told = [f"{name:<{width}}", numbers, *cells, difference, said]
            lines.append("  ".join(told).rstrip())
        lines.append("")
    lines.append(
        "Intervals over patients; of several seeds the mean. Differences: last method minus first."
    )
    return "\n".join(lines)


def _trace(
    matches: Mapping[str, Matches], classes: Sequence[str]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    joined = join_matches(list(matches.values()))
    found = {name: froc(joined, place) for place, name in enumerate(classes)}
    return {
        name: (curve.false_positives, curve.sensitivity)
        for name, curve in found.items()
        if not curve.reason
    }


def _over_seeds(pooled: pl.DataFrame, measure: str) -> dict[tuple[str, str], dict[str, Any]]:
    ends = [pl.col(f"{measure}_{end}").mean().alias(end) for end in ("score", "low", "high")]
    means = pooled.group_by("method", "class", maintain_order=True).agg(ends)
    return {(row["method"], row["class"]): row for row in means.iter_rows(named=True)}


def _difference(differences: pl.DataFrame | None, name: str, measure: str) -> str:
    if differences is None:
        return ""
    of_class = differences.filter(source="all", measure=measure).filter(pl.col("class") == name)
    row = of_class.row(0, named=True)
    return describe_score(row, "difference")


def _read(recipe: Recipe, run: RunSettings) -> pl.DataFrame:
    folder: Path = recipe.output / "runs" / run.folder_name
    return read_candidates(folder / "candidates.parquet")
