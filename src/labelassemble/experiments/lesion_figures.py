"""What was found of lesions, in sentences, tables and figures of an experiment's page."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from labelassemble.evaluation.detection_measures import AT_RATES
from labelassemble.evaluation.scored_sample import ALL, MEAN
from labelassemble.experiments.arms import Arm, Comparison, Plan
from labelassemble.experiments.wording import say_difference, say_score
from labelassemble.metrics.lesions.froc import RATES
from labelassemble.report.experiment.content import CellGrid, Curves, ScoreTable
from labelassemble.report.number_format import format_interval
from labelassemble.settings import Recipe

MEASURE = "sensitivity"
"""Of patients, at ``evaluation.specificity``: what Kang 2023 tells of PDAC."""

_TOLD = {
    "froc": "FROC score",
    "average_precision": "average precision",
    MEASURE: "sensitivity at {specificity:g} % specificity",
}
"""What the tables of lesion scores show."""


def _row(differences: pl.DataFrame, pair: Comparison, name: str, measure: str) -> Mapping[str, Any]:
    return differences.filter(
        first=pair.first, second=pair.second, source=ALL, measure=measure
    ).row(by_predicate=pl.col("class") == name, named=True)


def say_lesions(pair: Comparison, differences: pl.DataFrame, name: str, recipe: Recipe) -> str:
    """Say what one comparison found of a class: sensitivity of patients and FROC score."""
    parts = []
    level = f"sensitivity at {100 * recipe.evaluation.specificity:g} % specificity"
    for measure, words in ((MEASURE, level), ("froc", "FROC score")):
        row = _row(differences, pair, name, measure)
        before, after = (say_score(row[f"{one}_score"]) for one in ("first", "second"))
        parts.append(f"{words} {before} -> {after} ({say_difference(row)})")
    return f"{name}, {pair.first} -> {pair.second}: {'; '.join(parts)}."


def tabulate_lesions(
    scores: pl.DataFrame, arms: Sequence[Arm], name: str, recipe: Recipe
) -> ScoreTable:
    """Put lesion scores of some arms, of one class or the mean, in a table.

    Args:
        scores: of all arms and seeds, ``DETECTION_COLUMNS``.
        arms: the rows.
        name: the class, or ``mean``.
        recipe: its specificity.
    """
    numbers = np.array(
        [
            [
                scores.filter(method=arm.name, source=ALL)
                .filter(pl.col("class") == name)
                .select(f"{measure}_{end}" for end in ("score", "low", "high"))
                .to_numpy()
                for measure in _TOLD
            ]
            for arm in arms
        ]
    )
    value, low, high = np.moveaxis(numbers.mean(axis=2), 2, 0)
    specificity = 100 * recipe.evaluation.specificity
    return ScoreTable(
        title=f"Lesions: {'mean of all classes' if name == MEAN else name}",
        rows=tuple(arm.name for arm in arms),
        columns=tuple(words.format(specificity=specificity) for words in _TOLD.values()),
        value=value,
        low=low,
        high=high,
        by_seed=numbers[..., 0],
        note="FROC score: mean sensitivity for lesions at 1/8 to 8 false positives a scan. "
        "Sensitivity at a specificity is that of patients.",
    )


def list_sensitivities(table: ScoreTable) -> dict[str, str]:
    """Say the sensitivity of patients of every arm of a table: ``.459 [.244, .627]``."""
    place = list(_TOLD).index(MEASURE)
    ends = (table.value[:, place], table.low[:, place], table.high[:, place])
    return {
        arm: format_interval(float(value), float(low), float(high))
        for arm, value, low, high in zip(table.rows, *ends, strict=True)
    }


def froc_figure(scores: pl.DataFrame, plan: Plan, name: str, seeds: int) -> Curves:
    """Draw sensitivity for a class's lesions over false positives a scan, a curve an arm."""
    own = scores.filter(pl.col("source") == ALL, pl.col("class") == name)
    ends = [pl.col(f"{rate}_{end}").mean() for rate in AT_RATES for end in ("score", "low", "high")]
    series = {
        arm.name: np.array(
            own.filter(pl.col("method") == arm.name).select(ends).row(0), dtype=np.float64
        ).reshape(-1, 3)
        for arm in plan.arms
    }
    return Curves(
        title=f"Free-response ROC of {name}",
        x_title="false positives a scan",
        y_title="sensitivity for lesions",
        x=tuple(RATES),
        x_names=tuple(f"{rate:g}" if rate >= 1 else f"1/{round(1 / rate)}" for rate in RATES),
        series=series,
        note=f"Means over {seeds} seeds; bands: intervals over patients.",
    )


def draw_differences(
    differences: pl.DataFrame, plan: Plan, recipe: Recipe
) -> tuple[CellGrid, CellGrid]:
    """Draw differences of FROC score and of the sensitivity of patients.

    A row a comparison and a column a class, the mean last.
    """
    found = _draw_grid(
        differences,
        plan,
        "froc",
        "FROC score, differences",
        "Mean sensitivity for lesions at 1/8 to 8 false positives a scan.",
    )
    patients = _draw_grid(
        differences,
        plan,
        MEASURE,
        f"Sensitivity at {100 * recipe.evaluation.specificity:g} % specificity, differences",
        "Patients with a lesion of the class among those without; the threshold is chosen on "
        "the same patients without, and again in every replicate.",
    )
    return found, patients


def _draw_grid(
    differences: pl.DataFrame, plan: Plan, measure: str, title: str, note: str
) -> CellGrid:
    classes = (*plan.reference.classes, MEAN)
    ends = ("difference", "low", "high")
    numbers = np.full((3, len(plan.comparisons), len(classes)), np.nan)
    for line, pair in enumerate(plan.comparisons):
        for place, name in enumerate(classes):
            if name in pair.classes or (name == MEAN and len(pair.classes) > 1):
                row = _row(differences, pair, name, measure)
                numbers[:, line, place] = [row[end] for end in ends]
    return CellGrid(
        title=title,
        rows=tuple(f"{pair.second} - {pair.first}" for pair in plan.comparisons),
        columns=classes,
        value=numbers[0],
        low=numbers[1],
        high=numbers[2],
        note=note,
    )
