"""Is the second method better than the first? Paired over patients, class by class."""

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.evaluate import (
    describe_class,
    describe_interval,
    describe_mean,
    draw_scores,
    mean_replicates,
    positives_and_negatives,
)
from labelassemble.evaluation.scored_sample import MEAN, ScoredSample, take_samples
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.class_mean import class_mean
from labelassemble.metrics.delong import delong_test
from labelassemble.metrics.holm import holm
from labelassemble.metrics.interval import percentile_interval, two_sided_p
from labelassemble.settings import EvaluationSettings

COMPARISON_COLUMNS: dict[str, type[pl.DataType]] = {
    "class": pl.String,
    "source": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p": pl.Float64,
    "p_corrected": pl.Float64,
    "p_delong": pl.Float64,
    "first_score": pl.Float64,
    "second_score": pl.Float64,
    "n_positive": pl.Int64,
    "n_negative": pl.Int64,
    "n_patients": pl.Int64,
    "note": pl.String,
}
"""Columns of a comparison; a number that could not be made is nan, and ``note`` says why."""


def compare_predictions(
    first: pl.DataFrame | Sequence[pl.DataFrame],
    second: pl.DataFrame | Sequence[pl.DataFrame],
    table: AssembledTable,
    settings: EvaluationSettings,
    split: str = "test",
    without: Collection[str] = (),
) -> pl.DataFrame:
    """Difference of AUROCs, second minus first, on the same cells, with interval and p.

    Of several networks (seeds) of a method the mean of their AUROCs is compared. Intervals and p
    say what other patients would have changed, not what training anew would: look at the seeds too.

    Args:
        first: picture, class, answer of the first method; a sequence for several seeds.
        second: the same of the second method.
        table: the assembled table: labels, splits, sources, patients.
        settings: replicates, confidence and seed of the bootstrap.
        split: the pictures to score.
        without: pictures to leave out, such as those whose file cannot be read.

    Returns:
        One row a source (``all`` first) and class (``mean`` last), columns ``COMPARISON_COLUMNS``.
        ``low``, ``high`` and ``p`` are of the bootstrap over patients, both methods seeing the same
        replicates. ``p_corrected`` is Holm's over the classes of one source; the mean is one
        question by itself and keeps its p. ``p_delong`` takes images as independent and is for
        comparison. ``mean`` covers the classes that both methods answer and that can be scored.

    Raises:
        MetricError: a method without predictions, or predictions and table do not fit; see
            ``take_samples``.

    Source: Efron and Tibshirani 1993, bootstrap; Holm 1979; DeLong, DeLong and Clarke-Pearson 1988.
    """
    firsts = [first] if isinstance(first, pl.DataFrame) else list(first)
    seconds = [second] if isinstance(second, pl.DataFrame) else list(second)
    if not firsts or not seconds:
        raise MetricError(
            "predictions of both methods",
            f"{len(firsts)} of the first, {len(seconds)} of the second",
            "Pass at least one frame of each",
        )
    rows = []
    for sample in take_samples([*firsts, *seconds], table, split, without):
        rows += _compare(sample, len(firsts), settings)
    return pl.DataFrame(rows, schema=COMPARISON_COLUMNS)


def _compare(
    sample: ScoredSample, firsts: int, settings: EvaluationSettings
) -> list[dict[str, object]]:
    scores = np.stack([class_auroc(each, sample.label, sample.scored) for each in sample.answer])
    before, after = scores[:firsts].mean(axis=0), scores[firsts:].mean(axis=0)
    covered = ~np.isnan(after)
    drawn = draw_scores(sample, settings).auroc
    replicate = drawn[firsts:].mean(axis=0) - drawn[:firsts].mean(axis=0)
    positive, negative = positives_and_negatives(sample)
    every = np.arange(covered.size)
    rows: list[dict[str, object]] = []
    for place, name in enumerate([*sample.classes, MEAN]):
        classes = covered if name == MEAN else np.asarray(every == place)
        notes = describe_mean(sample, covered) if name == MEAN else describe_class(sample, place)
        patients = sample.count_patients(sample.scored[:, classes])
        difference = mean_replicates(replicate, classes & covered, patients)
        interval = percentile_interval(difference, settings.confidence)
        if (covered & classes).any():
            notes += describe_interval(interval, settings.replicates, patients)
        scored = class_mean(before[classes]).score, class_mean(after[classes]).score
        rows.append(
            {
                "class": name,
                "source": sample.source,
                "difference": scored[1] - scored[0],
                "low": interval.low,
                "high": interval.high,
                "p": two_sided_p(difference),
                "p_delong": float("nan") if name == MEAN else _delong(sample, firsts, place),
                "first_score": scored[0],
                "second_score": scored[1],
                "n_positive": int(positive[:, classes].sum()),
                "n_negative": int(negative[:, classes].sum()),
                "n_patients": patients,
                "note": "; ".join(notes),
            }
        )
    corrected = [*holm(np.array([row["p"] for row in rows[:-1]], dtype=np.float64)), rows[-1]["p"]]
    return [{**row, "p_corrected": p} for row, p in zip(rows, corrected, strict=True)]


def _delong(sample: ScoredSample, firsts: int, place: int) -> float:
    answer = sample.answer[:, :, place]
    test = delong_test(
        answer[:firsts], answer[firsts:], sample.label[:, place], sample.scored[:, place]
    )
    return test.p
