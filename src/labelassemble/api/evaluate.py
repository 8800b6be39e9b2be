"""Predictions in, scores and differences out, with intervals over patients."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.api.as_polars import as_polars
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError, RunError, some
from labelassemble.evaluation.compare import compare_predictions
from labelassemble.evaluation.evaluate import evaluate_predictions
from labelassemble.evaluation.result_table import combine_seeds
from labelassemble.inference.prediction_file import PREDICTION_COLUMNS, read_predictions
from labelassemble.settings import EvaluationSettings

Predictions = Path | str | Any
"""A run folder, or a data frame of polars or pandas: columns image, class and prediction (a
probability in [0, 1]), or image and a column of probabilities per class."""


def evaluate(
    runs: Predictions | Sequence[Predictions],
    table: AssembledTable,
    *,
    split: str = "test",
    settings: EvaluationSettings | None = None,
) -> pl.DataFrame:
    """Score predictions on known labels: AUROC and average precision with intervals over patients.

    Args:
        runs: predictions of one network, or of several (seeds), whose scores are averaged.
        table: the labels.
        split: the images to score.
        settings: level, replicates and least number of patients; None: the defaults.

    Returns:
        A row per source (``all`` first) and class (``mean`` last); see docs/statistics.md.

    Raises:
        MetricError: images without a prediction, or probabilities outside [0, 1].
        RunError: a run that is not finished.

    Examples:
        ```python
        scores = la.evaluate("results/runs/masked-seed0", la.read_table("results"))
        ```
    """
    settings = settings or EvaluationSettings()
    scores = [
        evaluate_predictions(predictions, table, settings, method="runs", seed=seed, split=split)
        for seed, predictions in enumerate(_read_all(runs, table))
    ]
    return combine_seeds(scores).drop("method")


def compare(
    first: Predictions | Sequence[Predictions],
    second: Predictions | Sequence[Predictions],
    table: AssembledTable,
    *,
    split: str = "test",
    settings: EvaluationSettings | None = None,
) -> pl.DataFrame:
    """Compare two networks, or two sets of networks, on the same images: second minus first.

    Args:
        first: predictions as in ``evaluate``; a sequence for several seeds of a method.
        second: likewise.
        table: the labels.
        split: the images to score.
        settings: level, replicates, correction; None: the defaults.

    Returns:
        A row per source and class with the difference of AUROCs, its interval and p values, over
        patients and, with several seeds, over seeds too; see docs/statistics.md.

    Raises:
        MetricError, RunError: as in ``evaluate``.

    Examples:
        ```python
        runs = "results/runs/label-assemble-seed0", "results/runs/masked-seed0"
        differences = la.compare(*runs, la.read_table("results"))
        ```
    """
    both = _read_all(first, table), _read_all(second, table)
    return compare_predictions(*both, table, settings or EvaluationSettings(), split=split)


def _read_all(
    given: Predictions | Sequence[Predictions], table: AssembledTable
) -> list[pl.DataFrame]:
    every = given if isinstance(given, list | tuple) else [given]
    return [_read(one, table) for one in every]


def _read(given: Predictions, table: AssembledTable) -> pl.DataFrame:
    if isinstance(given, str | Path):
        place = Path(given) / "predictions.parquet"
        if not place.is_file():
            raise RunError(
                f"a finished run at {given}", f"no {place.name} in it", "Train first, or finish it"
            )
        return read_predictions(place)
    frame = as_polars(given)
    if "record" not in frame.columns:
        raise MetricError(
            "predictions with a column image: source/image, as the table's images are called",
            f"columns {some(frame.columns)}",
            "Add that column",
        )
    if not {"class", "probability"} <= set(frame.columns):
        named = [name for name in frame.columns if name in table.classes]
        frame = frame.unpivot(
            named, index="record", variable_name="class", value_name="probability"
        )
    return frame.select(pl.col(name).cast(of) for name, of in PREDICTION_COLUMNS.items())
