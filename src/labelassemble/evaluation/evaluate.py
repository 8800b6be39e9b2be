"""Predictions and the table in, scores per source and class out, with intervals over patients."""

from collections.abc import Collection

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.result_table import RESULT_COLUMNS
from labelassemble.evaluation.scored_sample import MEAN, ScoredSample, take_samples
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.average_precision import class_average_precision
from labelassemble.metrics.bootstrap import BootstrapScores, bootstrap_scores
from labelassemble.metrics.class_mean import class_mean
from labelassemble.metrics.interval import Interval, percentile_interval
from labelassemble.settings import EvaluationSettings

FEW_PATIENTS = 5
"""With fewer patients on one side than this, the note says so: the interval is a guide at best."""


def evaluate_predictions(
    predictions: pl.DataFrame,
    table: AssembledTable,
    settings: EvaluationSettings,
    method: str = "",
    seed: int = 0,
    split: str = "test",
    without: Collection[str] = (),
) -> pl.DataFrame:
    """Score one network's answers: per source and pooled, per class and on average.

    Args:
        predictions: picture, class, answer; higher answers mean more likely present. Classes may
            be missing as a whole, pictures of other splits are ignored.
        table: the assembled table: labels, splits, sources, patients.
        settings: replicates, confidence and seed of the bootstrap.
        method: goes into the result's column of that name.
        seed: the network's, goes into the result's column of that name.
        split: the pictures to score.
        without: pictures to leave out, such as those whose file cannot be read.

    Returns:
        One row a source (``all`` first) and class (``mean`` last), columns ``RESULT_COLUMNS``.
        A picture of several sources is in each. The counts are of scored cells (labelled 0 or 1),
        and of patients who have one. A class that cannot be scored has nan, and ``note`` says why.
        ``mean`` covers the classes that can be scored, its counts are theirs together, and its
        note says how many they are; its interval comes from the same replicates.

    Raises:
        MetricError: predictions and table do not fit; see ``take_samples``.
    """
    rows = []
    for sample in take_samples([predictions], table, split, without):
        rows += [{"method": method, "seed": seed, **row} for row in _score(sample, settings)]
    return pl.DataFrame(rows, schema=RESULT_COLUMNS)


def describe_class(sample: ScoredSample, place: int) -> list[str]:
    """What a reader must know about one class of a sample: why no score, or how far to trust it."""
    known = sample.known[:, place]
    positive, negative = positives_and_negatives(sample)
    if sample.patient.size == 0:
        return ["no picture of this source"]
    if not sample.answered[:, place].all():
        return ["no answer for this class"]
    if not known.any():
        return ["nobody looked for it here"]
    notes = []
    for cells, kind in ((positive[:, [place]], "positive"), (negative[:, [place]], "negative")):
        patients = sample.count_patients(cells)
        if patients == 0:
            notes.append(f"no known {kind}")
        elif patients < FEW_PATIENTS:
            notes.append(f"{kind}s of {patients} patient{'s' if patients > 1 else ''} only")
    if soft := int((known & sample.soft[:, place]).sum()):
        notes.append(f"{soft:,} soft labels not scored")
    if ruled := int((sample.by_policy & sample.scored)[:, place].sum()):
        notes.append(f"{ruled:,} uncertain verdicts scored as the policy says")
    return notes


def describe_interval(interval: Interval, replicates: int, patients: int) -> list[str]:
    """Say how many replicates an interval rests on, where that is not all of them."""
    if replicates == 0:
        return []
    if patients < 2:
        return ["one patient: no interval"]
    if interval.scored == replicates:
        return []
    rests = f"{interval.scored:,} of {replicates:,} replicates"
    if np.isnan(interval.low):
        return [f"no interval: only {rests} have a score"]
    return [f"interval from {rests}"]


def describe_mean(sample: ScoredSample, scored: Bool[np.ndarray, " classes"]) -> list[str]:
    """Say which classes a mean covers."""
    left = [name for name, covered in zip(sample.classes, scored, strict=True) if not covered]
    if not left:
        return [f"all {len(sample.classes)} classes"]
    return [f"{int(scored.sum())} of {len(sample.classes)} classes; not scored: {', '.join(left)}"]


def positives_and_negatives(
    sample: ScoredSample,
) -> tuple[Bool[np.ndarray, "images classes"], Bool[np.ndarray, "images classes"]]:
    """Scored cells that are labelled 1, and those that are labelled 0."""
    return sample.scored & (sample.label == 1), sample.scored & (sample.label == 0)


def draw_scores(sample: ScoredSample, settings: EvaluationSettings) -> BootstrapScores:
    """Bootstrap a sample, always from the settings' seed, so that methods see the same patients."""
    if sample.patient.size == 0:
        shape = (sample.answer.shape[0], settings.replicates, len(sample.classes))
        return BootstrapScores(np.full(shape, np.nan), np.full(shape, np.nan))
    return bootstrap_scores(
        sample.answer,
        sample.label,
        sample.scored,
        sample.patient,
        settings.replicates,
        np.random.default_rng(settings.seed),
    )


def mean_replicates(
    replicate: Float[np.ndarray, "replicates classes"],
    classes: Bool[np.ndarray, " classes"],
    patients: int,
) -> Float[np.ndarray, " replicates"]:
    """Average some classes in every replicate; nan where one of them has no score.

    Leaving such a class out of its replicate would compare means of different classes. One patient
    drawn again and again is always the same: its replicates are nan too.
    """
    if patients < 2 or not classes.any():
        return np.full(replicate.shape[0], np.nan)
    return np.asarray(replicate[:, classes].mean(axis=1))


def _score(sample: ScoredSample, settings: EvaluationSettings) -> list[dict[str, object]]:
    auroc = class_auroc(sample.answer[0], sample.label, sample.scored)
    precision = class_average_precision(sample.answer[0], sample.label, sample.scored)
    covered = ~np.isnan(auroc)
    positive, negative = positives_and_negatives(sample)
    drawn = draw_scores(sample, settings)
    every = np.arange(covered.size)
    rows: list[dict[str, object]] = []
    for place, name in enumerate([*sample.classes, MEAN]):
        classes = covered if name == MEAN else np.asarray(every == place)
        notes = describe_mean(sample, covered) if name == MEAN else describe_class(sample, place)
        patients = sample.count_patients(sample.scored[:, classes])
        intervals = [
            percentile_interval(
                mean_replicates(each[0], classes & covered, patients), settings.confidence
            )
            for each in drawn
        ]
        if (covered & classes).any():
            notes += describe_interval(intervals[0], settings.replicates, patients)
        rows.append(
            {
                "source": sample.source,
                "class": name,
                "n_positive": int(positive[:, classes].sum()),
                "n_negative": int(negative[:, classes].sum()),
                "n_patients": patients,
                "auroc_score": class_mean(auroc[classes]).score,
                "auroc_low": intervals[0].low,
                "auroc_high": intervals[0].high,
                "average_precision_score": class_mean(precision[classes]).score,
                "average_precision_low": intervals[1].low,
                "average_precision_high": intervals[1].high,
                "note": "; ".join(notes),
            }
        )
    return rows
