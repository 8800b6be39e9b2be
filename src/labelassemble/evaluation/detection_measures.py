"""What is measured of lesions and their patients, and the same in bootstrap replicates."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.evaluation.detection_sample import DetectionSample
from labelassemble.evaluation.enough_patients import SidePatients, blank_replicates
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.bootstrap import bootstrap_scores
from labelassemble.metrics.lesions.bootstrap_detection import bootstrap_detection
from labelassemble.metrics.lesions.bootstrap_operating_point import bootstrap_operating_point
from labelassemble.metrics.lesions.class_matches import class_matches
from labelassemble.metrics.lesions.detection_ap import detection_ap
from labelassemble.metrics.lesions.froc import RATES, froc
from labelassemble.metrics.lesions.operating_point import apply_threshold, choose_threshold
from labelassemble.settings import EvaluationSettings

AT_RATES = tuple(f"froc_{f'{rate:g}' if rate >= 1 else f'1_{round(1 / rate)}'}" for rate in RATES)
"""Sensitivity at 1/8 (``froc_1_8``) to 8 (``froc_8``) false positives a scan."""
MEASURES = (*AT_RATES, "froc", "average_precision", "auroc", "sensitivity")
"""Of lesions: ``AT_RATES``, ``froc``, their mean, and average precision. Of patients: AUROC of the
largest prediction, and sensitivity at the specificity that the settings name."""
OF_PATIENTS = ("auroc", "sensitivity")
"""Measures that set patients with a finding against patients without."""


class Measured(NamedTuple):
    """Every prediction, measure (``MEASURES``) and class; nan where one cannot be scored."""

    score: Float[np.ndarray, "predictions measures classes"]
    replicate: Float[np.ndarray, "predictions replicates measures classes"]
    """All measures of all predictions, on the same patients wherever the seed is the same."""
    threshold: Float[np.ndarray, "predictions classes"]
    """At which ``sensitivity`` is reported: chosen on the negatives of these patients."""
    enough: Bool[np.ndarray, "measures classes"]
    """Where there are enough patients for an interval; elsewhere all replicates are nan."""


def count_scan_sides(sample: DetectionSample, measure: str) -> SidePatients:
    """Count the patients on both sides of a measure (of ``MEASURES``), for each class.

    Of lesions: patients with a drawn lesion, and all patients who were looked at, in whom false
    positives are counted. Of patients: those with and those without.
    """
    if measure in OF_PATIENTS:
        positive, negative = (
            (sample.known & (sample.label == side)).sum(axis=0) for side in (1, 0)
        )
        return SidePatients(positive, negative)
    drawn, looked = (np.zeros(len(sample.classes), dtype=np.int64) for _ in range(2))
    for place in range(len(sample.classes) if sample.matches else 0):
        matches = class_matches(sample.matches[0], place)
        drawn[place] = _patients(sample, matches.known & (matches.truths > 0))
        looked[place] = _patients(sample, matches.known)
    return SidePatients(drawn, looked)


def measure_detections(sample: DetectionSample, settings: EvaluationSettings) -> Measured:
    """Score every prediction of a sample, and again in replicates clustered by patient.

    The threshold of ``sensitivity`` is chosen on the same negatives, and again in every replicate,
    so its interval covers the choice.

    Args:
        sample: scans and patients.
        settings: replicates, specificity, and the seed, from which every call draws anew.

    Source: Setio 2017, LUNA16, rates and mean; Everingham 2010, average precision; Efron and
    Tibshirani 1993, bootstrap.
    """
    predictions, classes = len(sample.score), len(sample.classes)
    score = np.full((predictions, len(MEASURES), classes), np.nan)
    replicate = np.full((predictions, settings.replicates, len(MEASURES), classes), np.nan)
    threshold = np.full((predictions, classes), np.nan)
    if sample.patient.size:
        _measure_lesions(sample, settings, score, replicate)
        _measure_patients(sample, settings, score, replicate, threshold)
    # Who was never asked for a class has missed no lesion of it.
    unpredicted = ~sample.scans.predicted.all(axis=0)
    score[..., unpredicted] = replicate[..., unpredicted] = threshold[..., unpredicted] = np.nan
    enough = np.stack(
        [count_scan_sides(sample, name).enough(settings.min_patients) for name in MEASURES]
    )
    return Measured(score, blank_replicates(replicate, enough), threshold, enough)


def _patients(sample: DetectionSample, scans: Bool[np.ndarray, " scans"]) -> int:
    return int(np.unique(sample.scans.patient[scans]).size)


def _measure_lesions(
    sample: DetectionSample,
    settings: EvaluationSettings,
    score: Float[np.ndarray, "predictions measures classes"],
    replicate: Float[np.ndarray, "predictions replicates measures classes"],
) -> None:
    rates, mean, precision = len(RATES), MEASURES.index("froc"), MEASURES.index("average_precision")
    for prediction, matches in enumerate(sample.matches):
        for place in range(len(sample.classes)):
            curve = froc(matches, place)
            score[prediction, :rates, place] = curve.sensitivity_at
            score[prediction, mean, place] = curve.score
            score[prediction, precision, place] = detection_ap(matches, place).score
    drawn = bootstrap_detection(
        sample.matches,
        sample.scans.patient,
        settings.replicates,
        np.random.default_rng(settings.seed),
    )
    replicate[:, :, :rates] = np.moveaxis(drawn.sensitivity_at, 3, 2)
    replicate[:, :, mean] = drawn.froc_score
    replicate[:, :, precision] = drawn.average_precision


def _measure_patients(
    sample: DetectionSample,
    settings: EvaluationSettings,
    score: Float[np.ndarray, "predictions measures classes"],
    replicate: Float[np.ndarray, "predictions replicates measures classes"],
    threshold: Float[np.ndarray, "predictions classes"],
) -> None:
    area, found = MEASURES.index("auroc"), MEASURES.index("sensitivity")
    for prediction, probability in enumerate(sample.score):
        score[prediction, area] = class_auroc(probability, sample.label, sample.known)
    replicate[:, :, area] = bootstrap_scores(
        sample.score,
        sample.label,
        sample.known,
        sample.patient,
        settings.replicates,
        np.random.default_rng(settings.seed),
    ).auroc
    for place in range(len(sample.classes)):
        label, known = sample.label[:, place], sample.known[:, place]
        predictions = sample.score[:, :, place]
        for prediction, probability in enumerate(predictions):
            chosen = choose_threshold(probability, label, known, settings.specificity).value
            threshold[prediction, place] = chosen
            point = apply_threshold(probability, label, known, chosen)
            score[prediction, found, place] = point.sensitivity
        replicate[:, :, found, place] = bootstrap_operating_point(
            predictions,
            label,
            known,
            sample.patient,
            specificity=settings.specificity,
            replicates=settings.replicates,
            generator=np.random.default_rng(settings.seed),
        ).sensitivity
