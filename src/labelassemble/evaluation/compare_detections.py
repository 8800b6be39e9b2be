"""Does the second method find lesions better than the first? Paired over patients."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.correct import correct_p
from labelassemble.evaluation.detection_measures import MEASURES, Measured, measure_detections
from labelassemble.evaluation.detection_sample import DetectionSample, take_detection_samples
from labelassemble.evaluation.detection_scores import COUNTS, count_lesions, describe_lesions
from labelassemble.evaluation.enough_patients import each_class_and_mean
from labelassemble.evaluation.evaluate import describe_interval, mean_replicates
from labelassemble.metrics.interval import percentile_interval, two_sided_p
from labelassemble.metrics.lesions.match_lesions import Matches
from labelassemble.metrics.random_seeds import seeds_test
from labelassemble.settings import EvaluationSettings

Networks = Sequence[tuple[pl.DataFrame, Mapping[str, Matches]]]
"""Each seed's predictions and matches, as ``take_detection_samples`` takes them."""

DETECTION_COMPARISON_COLUMNS: dict[str, type[pl.DataType]] = {
    "source": pl.String,
    "class": pl.String,
    "measure": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p": pl.Float64,
    "p_corrected": pl.Float64,
    "low_seeds": pl.Float64,
    "high_seeds": pl.Float64,
    "p_seeds": pl.Float64,
    "p_seeds_corrected": pl.Float64,
    "first_score": pl.Float64,
    "second_score": pl.Float64,
    **dict.fromkeys(COUNTS, pl.Int64),
    "note": pl.String,
}
"""Columns of a comparison; a number that could not be made is nan, and ``note`` says why."""


def compare_detections(
    first: Networks,
    second: Networks,
    table: AssembledTable,
    settings: EvaluationSettings,
    split: str = "test",
) -> pl.DataFrame:
    """Differences of all measures, second minus first, on the same scans and replicates.

    Of several networks (seeds) of a method the mean of their scores is compared. ``low``, ``high``
    and ``p`` say what other patients would have changed; those with ``_seeds`` what other patients
    and training anew would have changed, as in ``compare_predictions``; nan with one seed.

    Args:
        first: each network of the first method; as many of both are paired in their order.
        second: each network of the second.
        table: the assembled table: labels, splits, sources, patients.
        settings: specificity, correction, and replicates, confidence and seed of the bootstrap.
        split: the scans to score.

    Returns:
        One row a source (``all`` first), class (``mean`` last) and measure, columns
        ``DETECTION_COMPARISON_COLUMNS``. ``p_corrected`` is corrected over the classes of one
        source and measure, ``p_seeds_corrected`` by ``holm`` where the settings say ``max_t``; the
        mean is one question by itself and keeps its p.

    Raises:
        MetricError: a method without networks; see also ``take_detection_samples``.

    Source: Efron and Tibshirani 1993, bootstrap; ``seeds_test``; ``correct_p`` for the correction.
    """
    if not first or not second:
        raise MetricError(
            "networks of both methods",
            f"{len(first)} of the first, {len(second)} of the second",
            "Pass at least one of each",
        )
    networks = [*first, *second]
    rows: list[dict[str, object]] = []
    for sample in take_detection_samples(
        [predictions for predictions, _ in networks],
        [matches for _, matches in networks],
        table,
        split,
    ):
        rows += _compare(sample, measure_detections(sample, settings), len(first), settings)
    return pl.DataFrame(rows, schema=DETECTION_COMPARISON_COLUMNS)


def _compare(
    sample: DetectionSample, measured: Measured, firsts: int, settings: EvaluationSettings
) -> list[dict[str, object]]:
    by_measure = [
        _compare_measure(sample, measured, place, firsts, settings)
        for place in range(len(MEASURES))
    ]
    # Class by class, as tables are read, rather than measure by measure.
    return [row for rows in zip(*by_measure, strict=True) for row in rows]


def _compare_measure(
    sample: DetectionSample,
    measured: Measured,
    measure: int,
    firsts: int,
    settings: EvaluationSettings,
) -> list[dict[str, object]]:
    score = measured.score[:, measure]
    scored, enough = np.asarray(~np.isnan(score).any(axis=0)), measured.enough[measure]
    rows: list[dict[str, object]] = []
    replicates = []

    def describe(place: int) -> list[str]:
        return describe_lesions(sample, place, settings.min_patients, [MEASURES[measure]])

    for _, name, classes, notes in each_class_and_mean(sample.classes, scored, enough, describe):
        scores, drawn = _average(measured, measure, classes & scored)
        before, after = (part.mean() for part in (scores[:firsts], scores[firsts:]))
        difference = drawn[firsts:].mean(axis=0) - drawn[:firsts].mean(axis=0)
        replicates.append(difference)
        interval = percentile_interval(difference, settings.confidence)
        seeds = seeds_test(
            scores[:firsts],
            scores[firsts:],
            drawn[:firsts],
            drawn[firsts:],
            settings.confidence,
            paired=2 * firsts == len(scores),
        )
        if (scored & enough & classes).any():
            notes += describe_interval(interval, settings.replicates)
        rows.append(
            {
                "source": sample.source,
                "class": name,
                "measure": MEASURES[measure],
                "difference": float(after - before),
                "low": interval.low,
                "high": interval.high,
                "p": two_sided_p(difference),
                "low_seeds": seeds.low,
                "high_seeds": seeds.high,
                "p_seeds": seeds.p,
                "first_score": float(before),
                "second_score": float(after),
                **count_lesions(sample, classes),
                "note": "; ".join(notes),
            }
        )
    p, p_seeds, observed = (
        np.array([row[name] for row in rows]) for name in ("p", "p_seeds", "difference")
    )
    drawn_by_class = np.stack(replicates, axis=1)[:, :-1]
    p[:-1] = correct_p(p[:-1], observed[:-1], drawn_by_class, settings.correction)
    p_seeds[:-1] = correct_p(p_seeds[:-1], None, None, settings.correction)
    return [
        {**row, "p_corrected": p[place], "p_seeds_corrected": p_seeds[place]}
        for place, row in enumerate(rows)
    ]


def _average(
    measured: Measured,
    measure: int,
    classes: Bool[np.ndarray, " classes"],
) -> tuple[Float[np.ndarray, " networks"], Float[np.ndarray, "networks replicates"]]:
    """Each network's mean over the classes, and its replicates; nan without classes."""
    score = np.full(len(measured.score), np.nan)
    if classes.any():
        score = measured.score[:, measure][:, classes].mean(axis=1)
    drawn = [mean_replicates(each[:, measure], classes) for each in measured.replicate]
    return score, np.stack(drawn)
