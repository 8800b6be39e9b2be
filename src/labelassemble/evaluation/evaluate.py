"""Predictions and the table in, scores per source and class out, with intervals over patients."""

from collections.abc import Collection
from functools import partial

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.enough_patients import (
    blank_replicates,
    count_sides,
    each_class_and_mean,
)
from labelassemble.evaluation.result_table import RESULT_COLUMNS
from labelassemble.evaluation.scored_sample import ScoredSample, take_samples
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.auroc_interval import auroc_interval
from labelassemble.metrics.average_precision import class_average_precision
from labelassemble.metrics.bootstrap import BootstrapScores, bootstrap_scores
from labelassemble.metrics.class_mean import class_mean
from labelassemble.metrics.interval import Interval, percentile_interval
from labelassemble.settings import EvaluationSettings


def evaluate_predictions(
    predictions: pl.DataFrame,
    table: AssembledTable,
    settings: EvaluationSettings,
    *,
    method: str = "",
    seed: int = 0,
    split: str = "test",
    without: Collection[str] = (),
) -> pl.DataFrame:
    """Score one network's predictions: per source and pooled, per class and on average.

    Args:
        predictions: image, class, prediction; higher predictions mean more likely present. Classes
            may be missing as a whole, images of other splits are ignored.
        table: the assembled table: labels, splits, sources, patients.
        settings: replicates, confidence and seed of the bootstrap.
        method: goes into the result's column of that name.
        seed: the network's, goes into the result's column of that name.
        split: the images to score.
        without: images to leave out, such as those whose file cannot be read.

    Returns:
        One row a source (``all`` first) and class (``mean`` last), columns ``RESULT_COLUMNS``.
        An image of several sources is in each. The counts are of scored cells (labelled 0 or 1),
        and of patients who have one. A class that cannot be scored has nan, and ``note`` says why.
        With fewer than ``settings.min_patients`` patients on a side there is a score and no
        interval. ``mean`` covers the classes that have enough, its counts are theirs together, and
        its note says how many they are; its interval comes from the same replicates. Where no class
        has enough it covers those that can be scored, without an interval.

    Raises:
        MetricError: predictions and table do not fit; see ``take_samples``.
    """
    rows = []
    for sample in take_samples([predictions], table, split, without):
        rows += [{"method": method, "seed": seed, **row} for row in _score(sample, settings)]
    return pl.DataFrame(rows, schema=RESULT_COLUMNS)


def describe_class(sample: ScoredSample, place: int, min_patients: int) -> list[str]:
    """What a reader must know about one class of a sample: why no score, or why no interval."""
    known = sample.known[:, place]
    if sample.patient.size == 0:
        return ["no image of this source"]
    if not sample.predicted[:, place].all():
        return ["no prediction for this class"]
    if not known.any():
        return ["nobody looked for it here"]
    notes = count_sides(sample).describe(place, min_patients)
    if soft := int((known & sample.soft[:, place]).sum()):
        notes.append(f"{soft:,} soft labels not scored")
    if ruled := int((sample.by_policy & sample.scored)[:, place].sum()):
        notes.append(f"{ruled:,} uncertain assessments scored as the policy says")
    return notes


def describe_interval(interval: Interval, replicates: int) -> list[str]:
    """Say how many replicates an interval rests on, where that is not all of them."""
    if interval.scored == replicates:
        return []
    rests = f"{interval.scored:,} of {replicates:,} replicates"
    if np.isnan(interval.low):
        return [f"no interval: only {rests} have a score"]
    return [f"interval from {rests}"]


def positives_and_negatives(
    sample: ScoredSample,
) -> tuple[Bool[np.ndarray, "images classes"], Bool[np.ndarray, "images classes"]]:
    """Scored cells that are labelled 1, and those that are labelled 0."""
    return sample.scored & (sample.label == 1), sample.scored & (sample.label == 0)


def draw_scores(sample: ScoredSample, settings: EvaluationSettings) -> BootstrapScores:
    """Bootstrap a sample, always from the settings' seed, so that methods see the same patients.

    Classes with too few patients on a side have no replicates: they are nan.
    """
    if sample.patient.size == 0:
        shape = (sample.probability.shape[0], settings.replicates, len(sample.classes))
        return BootstrapScores(np.full(shape, np.nan), np.full(shape, np.nan))
    drawn = bootstrap_scores(
        sample.probability,
        sample.label,
        sample.scored,
        sample.patient,
        settings.replicates,
        np.random.default_rng(settings.seed),
    )
    enough = count_sides(sample).enough(settings.min_patients)
    return BootstrapScores(*(blank_replicates(each, enough) for each in drawn))


def mean_replicates(
    replicate: Float[np.ndarray, "replicates classes"],
    classes: Bool[np.ndarray, " classes"],
) -> Float[np.ndarray, " replicates"]:
    """Average some classes in every replicate; nan where one of them has no score.

    Leaving such a class out of its replicate would compare means of different classes.
    """
    if not classes.any():
        return np.full(replicate.shape[0], np.nan)
    return np.asarray(replicate[:, classes].mean(axis=1))


def _score(sample: ScoredSample, settings: EvaluationSettings) -> list[dict[str, object]]:
    auroc = class_auroc(sample.probability[0], sample.label, sample.scored)
    precision = class_average_precision(sample.probability[0], sample.label, sample.scored)
    scored = ~np.isnan(auroc)
    enough = count_sides(sample).enough(settings.min_patients)
    positive, negative = positives_and_negatives(sample)
    drawn = draw_scores(sample, settings)
    rows: list[dict[str, object]] = []
    describe = partial(describe_class, sample, min_patients=settings.min_patients)
    for _, name, classes, notes in each_class_and_mean(sample.classes, scored, enough, describe):
        patients = sample.count_patients(sample.scored[:, classes])
        intervals = [
            percentile_interval(mean_replicates(each[0], classes & scored), settings.confidence)
            for each in drawn
        ]
        tested = np.flatnonzero(classes & scored & enough)
        ends = intervals[0][:2]
        if tested.size == 1 and settings.replicates:
            # Of one class; the bootstrap's is too narrow with few patients, and a mean's is not.
            ends = auroc_interval(
                sample.probability[0, :, tested[0]],
                sample.label[:, tested[0]],
                sample.scored[:, tested[0]],
                sample.patient,
                settings.confidence,
            )
        if tested.size:
            notes += describe_interval(intervals[0], settings.replicates)
        rows.append(
            {
                "source": sample.source,
                "class": name,
                "n_positive": int(positive[:, classes].sum()),
                "n_negative": int(negative[:, classes].sum()),
                "n_patients": patients,
                "auroc_score": class_mean(auroc[classes]).score,
                "auroc_low": ends[0],
                "auroc_high": ends[1],
                "average_precision_score": class_mean(precision[classes]).score,
                "average_precision_low": intervals[1].low,
                "average_precision_high": intervals[1].high,
                "note": "; ".join(notes),
            }
        )
    return rows
