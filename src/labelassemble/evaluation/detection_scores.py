"""Candidates and the table in, lesion scores per source and class out, with intervals."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.detection_measures import (
    MEASURES,
    OF_PATIENTS,
    Measured,
    count_scan_sides,
    measure_detections,
)
from labelassemble.evaluation.detection_sample import DetectionSample, take_detection_samples
from labelassemble.evaluation.enough_patients import averaged_classes, describe_mean
from labelassemble.evaluation.evaluate import describe_class, describe_interval, mean_replicates
from labelassemble.evaluation.scored_sample import MEAN
from labelassemble.metrics.auroc_interval import auroc_interval
from labelassemble.metrics.class_mean import class_mean
from labelassemble.metrics.interval import percentile_interval
from labelassemble.metrics.lesions.class_matches import class_matches
from labelassemble.metrics.lesions.match_lesions import Matches
from labelassemble.settings import EvaluationSettings

COUNTS = ("n_scans", "n_lesions", "n_patients", "n_positive", "n_negative")
DETECTION_COLUMNS: dict[str, type[pl.DataType]] = {
    "method": pl.String,
    "seed": pl.Int64,
    "source": pl.String,
    "class": pl.String,
    **dict.fromkeys(COUNTS, pl.Int64),
    **{f"{name}_{end}": pl.Float64 for name in MEASURES for end in ("score", "low", "high")},
    "specificity": pl.Float64,
    "threshold": pl.Float64,
    "note": pl.String,
}
"""Columns of a table of lesion scores; a score that could not be made is nan, and ``note`` says
why. ``n_scans``: on which the class is known, also in part. ``n_lesions``: drawn where somebody
looked. ``n_patients``, ``n_positive``, ``n_negative``: patients with a known scan."""


def score_detections(
    predictions: pl.DataFrame,
    matches: Mapping[str, Matches],
    table: AssembledTable,
    settings: EvaluationSettings,
    *,
    method: str = "",
    seed: int = 0,
    split: str = "test",
    without: Collection[str] = (),
) -> pl.DataFrame:
    """Score one network's candidates and predictions: per source and pooled, per class and on
    average.

    Args:
        predictions: image, class, prediction: each scan's largest prediction.
        matches: of the network's candidates, by image (``match_tables``).
        table: the assembled table: labels, splits, sources, patients.
        settings: specificity, and replicates, confidence and seed of the bootstrap.
        method: goes into the result's column of that name.
        seed: the network's, goes into the result's column of that name.
        split: the scans to score.
        without: images to leave out.

    Returns:
        One row a source (``all`` first) and class (``mean`` last), columns ``DETECTION_COLUMNS``.
        ``mean`` covers, measure by measure, the classes with enough patients; its scans and
        lesions are those of the classes that ``froc`` covers, its patients of ``auroc``'s.

    Raises:
        MetricError: see ``take_detection_samples``.
    """
    rows = []
    for sample in take_detection_samples([predictions], [matches], table, split, without):
        named = {"method": method, "seed": seed, "specificity": settings.specificity}
        rows += [{**named, **row} for row in _score(sample, settings)]
    return pl.DataFrame(rows, schema=DETECTION_COLUMNS)


def count_lesions(
    sample: DetectionSample,
    classes: Bool[np.ndarray, " classes"],
    of_patients: Bool[np.ndarray, " classes"] | None = None,
) -> dict[str, object]:
    """Count scans and lesions of some classes, and patients of the same or others (``COUNTS``)."""
    scans = lesions = 0
    if sample.matches:
        each = [class_matches(sample.matches[0], int(place)) for place in np.flatnonzero(classes)]
        scans = sum(int(one.known.sum()) for one in each)
        lesions = sum(int(one.truths.sum()) for one in each)
    asked = classes if of_patients is None else of_patients
    known, positive = sample.known[:, asked], sample.label[:, asked] == 1
    return {
        "n_scans": scans,
        "n_lesions": lesions,
        "n_patients": int(known.any(axis=1).sum()),
        "n_positive": int((known & positive).sum()),
        "n_negative": int((known & ~positive).sum()),
    }


def describe_lesions(
    sample: DetectionSample, place: int, min_patients: int, measures: Sequence[str]
) -> list[str]:
    """What a reader must know of one class and some measures: why no score, or why no interval."""
    notes = describe_class(sample.scans, place, min_patients=1)
    positive = sample.known[:, place] & (sample.label[:, place] == 1)
    if not positive.any():
        return notes
    if reason := class_matches(sample.matches[0], place).reason:
        # Present, and drawn nowhere: the patients can be scored, the lesions cannot.
        notes.append(reason)
    few: list[str] = []
    for measure in measures:
        sides = count_scan_sides(sample, measure)
        if measure in OF_PATIENTS:
            few += sides.describe(place, min_patients)
        elif not reason and (drawn := int(sides.positive[place])) < min_patients:
            few.append(f"too few ({drawn} patient{'s' if drawn != 1 else ''} with a lesion)")
    return [*(one for one in dict.fromkeys(few) if one not in notes), *notes]


def mean_over(
    measured: Measured, prediction: int, place: int, classes: Bool[np.ndarray, " classes"]
) -> tuple[float, Bool[np.ndarray, " classes"]]:
    """Average one measure over those of some classes that have it; say which these are.

    Of several classes, those with enough patients; where none has, all that have the measure.
    """
    score = measured.score[prediction, place]
    covered = averaged_classes(classes & ~np.isnan(score), measured.enough[place])
    return class_mean(score[covered]).score, covered


def _score(sample: DetectionSample, settings: EvaluationSettings) -> list[dict[str, object]]:
    measured = measure_detections(sample, settings)
    every = np.arange(len(sample.classes))
    rows: list[dict[str, object]] = []
    for place, name in enumerate([*sample.classes, MEAN]):
        classes = np.full(every.size, True) if name == MEAN else np.asarray(every == place)
        covered = [
            mean_over(measured, 0, MEASURES.index(one), classes)[1] if name == MEAN else classes
            for one in ("froc", "auroc")
        ]
        counts = count_lesions(sample, *covered)
        row: dict[str, object] = {"source": sample.source, "class": name, **counts}
        columns, notes = _measure_columns(sample, measured, classes, settings)
        row |= columns
        if name == MEAN:
            froc = MEASURES.index("froc")
            scored = ~np.isnan(measured.score[0, froc])
            notes = [*describe_mean(sample.classes, scored, measured.enough[froc]), *notes]
        else:
            told = describe_lesions(sample, place, settings.min_patients, ("froc", "auroc"))
            notes = [*told, *notes]
        row["threshold"] = float("nan") if name == MEAN else measured.threshold[0, place]
        row["note"] = "; ".join(notes)
        rows.append(row)
    return rows


def _measure_columns(
    sample: DetectionSample,
    measured: Measured,
    classes: Bool[np.ndarray, " classes"],
    settings: EvaluationSettings,
) -> tuple[dict[str, object], list[str]]:
    """Scores and intervals of one row, and what to say of the interval of ``froc``."""
    columns: dict[str, object] = {}
    notes: list[str] = []
    for place, name in enumerate(MEASURES):
        score, covered = mean_over(measured, 0, place, classes)
        replicate: Float[np.ndarray, "replicates classes"] = measured.replicate[0, :, place]
        means = mean_replicates(replicate, covered)
        interval = percentile_interval(means, settings.confidence)
        ends = interval[:2]
        tested = np.flatnonzero(covered & measured.enough[place])
        if name == "auroc" and tested.size == 1 and settings.replicates:
            ends = auroc_interval(
                sample.score[0, :, tested[0]],
                sample.label[:, tested[0]],
                sample.known[:, tested[0]],
                sample.patient,
                settings.confidence,
            )
        columns |= {f"{name}_score": score, f"{name}_low": ends[0], f"{name}_high": ends[1]}
        if name == "froc" and tested.size:
            notes = describe_interval(interval, settings.replicates)
    return columns, notes
