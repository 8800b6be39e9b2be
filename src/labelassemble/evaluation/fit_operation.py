"""A run's predictions on validation images in, its calibration and thresholds out."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelassemble import __version__
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.evaluation.cohere_predictions import cohere_predictions
from labelassemble.evaluation.scored_sample import ALL, ScoredSample, take_samples
from labelassemble.evaluation.thresholds import choose_class_thresholds
from labelassemble.inference.coherent import implied_classes
from labelassemble.inference.operating_file import (
    OPERATING,
    ClassOperation,
    ClassPoint,
    Operation,
    ShareInterval,
    read_operation,
    write_operation,
)
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.metrics.platt import Platt, apply_platt, fit_platt
from labelassemble.settings import EvaluationSettings, Recipe
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary


def fit_operation(
    predictions: pl.DataFrame,
    table: AssembledTable,
    implied: Mapping[str, Sequence[str]],
    settings: EvaluationSettings,
    intervals: bool = True,
) -> Operation:
    """Calibrate every class, and choose its thresholds, on all validation images and each source's.

    Predictions are made coherent with the vocabulary first, as `predict` gives them. A class or a
    source with fewer than ``settings.call_patients`` patients on a side has neither, and says so.

    Args:
        predictions: record, class, probability of one network, for the validation images.
        table: the assembled table.
        implied: as ``make_coherent`` takes it.
        settings: rule, what it has to reach, patients needed, intervals.
        intervals: whether thresholds have one, which takes the time.

    Raises:
        MetricError: predictions and table do not fit; see ``take_samples``.

    Source: Platt 1999; ``choose_thresholds``.
    """
    coherent = cohere_predictions(predictions, implied)
    samples: list[ScoredSample] = []
    if (table.records["split"] == "validate").any():
        samples = take_samples([coherent], table, "validate")
    sources = {one.source: fit_sample(one, settings, intervals) for one in samples}
    if not sources:
        nothing = ClassOperation(
            positive_patients=0, negative_patients=0, note="no validation images"
        )
        sources = {ALL: dict.fromkeys(table.classes, nothing)}
    return make_operation(sources, "validation images", settings)


def calibrate_predictions(predictions: pl.DataFrame, operation: Operation) -> pl.DataFrame:
    """Calibrate a table of predictions; classes with too few patients are left out of it.

    Args:
        predictions: record, class, probability.
        operation: its entry of all sources counts.
    """
    parts = []
    for (name,), own in predictions.group_by("class", maintain_order=True):
        one = operation.choose(str(name))
        if one is not None and one.calibration is not None:
            calibrated = apply_platt(own["probability"].to_numpy(), one.calibration)
            parts.append(own.with_columns(probability=pl.Series(calibrated)))
    return pl.concat(parts) if parts else predictions.clear()


def write_run_operation(recipe: Recipe, table: AssembledTable, folder: Path) -> None:
    """Write ``operating.json`` of a finished run; one with the same settings stays.

    Args:
        recipe: all settings.
        table: the assembled table.
        folder: the run folder, with the predictions on validation images.

    Raises:
        RunError: no predictions.
    """
    place, settings = folder / OPERATING, recipe.evaluation
    before: Operation | None = None
    with suppress(RunError):
        before = read_operation(place)
    fitted_before = before is not None and before == make_operation(
        before.sources, before.chosen_on, settings
    )
    if not fitted_before:
        implied = implied_by_table(recipe, table)
        predictions = read_predictions(folder / "predictions.parquet")
        write_operation(fit_operation(predictions, table, implied, settings), place)


def implied_by_table(recipe: Recipe, table: AssembledTable) -> dict[str, tuple[str, ...]]:
    """Give the classes of a table that are present wherever another one is."""
    vocabulary: Any = table.manifest["vocabulary"]
    return implied_classes(choose_vocabulary(recipe), vocabulary["version"], table.classes)


def make_operation(
    sources: Mapping[str, Mapping[str, ClassOperation]],
    chosen_on: str,
    settings: EvaluationSettings,
) -> Operation:
    """Put what was fitted beside what it was asked for."""
    return Operation(
        version=__version__,
        chosen_on=chosen_on,
        rule=settings.threshold_rule,
        asked={"sensitivity": settings.sensitivity, "specificity": settings.specificity},
        min_patients=settings.call_patients,
        confidence=settings.confidence,
        sources={source: dict(classes) for source, classes in sources.items()},
    )


def fit_sample(
    sample: ScoredSample, settings: EvaluationSettings, intervals: bool = True
) -> dict[str, ClassOperation]:
    """Calibrate and choose for every class of one sample that was predicted."""
    return {
        name: _fit_class(sample, place, settings, intervals)
        for place, name in enumerate(sample.classes)
        if sample.predicted[0, place]
    }


def _fit_class(
    sample: ScoredSample, place: int, settings: EvaluationSettings, intervals: bool
) -> ClassOperation:
    rows = choose_class_thresholds(sample, place, settings, intervals)
    first = rows[0]
    patients = (first["n_positive_patients"], first["n_negative_patients"])
    platt: Platt | None = None
    if min(patients) >= settings.call_patients:
        cells = sample.probability[0, :, place], sample.label[:, place], sample.scored[:, place]
        platt = fit_platt(*cells)
    own = next(row for row in rows if row["rule"] == settings.threshold_rule)
    return ClassOperation(
        positive_patients=patients[0],
        negative_patients=patients[1],
        slope=None if platt is None else platt.slope,
        intercept=None if platt is None else platt.intercept,
        points={row["rule"]: _point(row) for row in rows if not np.isnan(row["threshold"])},
        note=own["note"],
    )


def _point(row: Mapping[str, Any]) -> ClassPoint:
    def number(name: str) -> float | None:
        return None if np.isnan(row[name]) else float(row[name])

    def share(name: str) -> ShareInterval:
        return ShareInterval(
            score=number(name), low=number(f"{name}_low"), high=number(f"{name}_high")
        )

    return ClassPoint(
        threshold=row["threshold"],
        threshold_low=number("threshold_low"),
        threshold_high=number("threshold_high"),
        sensitivity=share("sensitivity"),
        specificity=share("specificity"),
    )
