"""How many of the sick are found while so many of the healthy are left alone."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Real

from labelassemble.metrics.interval import Interval, percentile_interval, two_sided_p
from labelassemble.metrics.known_cells import known_cells
from labelassemble.metrics.lesions.bootstrap_operating_point import bootstrap_operating_point
from labelassemble.metrics.lesions.operating_point import (
    OperatingPoint,
    apply_threshold,
    choose_threshold,
)
from labelassemble.metrics.lesions.wilson import WilsonInterval, wilson_interval


class SensitivityAtSpecificity(NamedTuple):
    """One prediction of one class at one operating point."""

    threshold: float
    """Scores at or above it are called positive."""
    point: OperatingPoint
    """Both rates, and the counts they rest on."""
    sensitivity: Interval
    """By bootstrap over patients."""
    specificity: Interval
    """By bootstrap over patients."""
    sensitivity_wilson: WilsonInterval
    """Of a threshold fixed beforehand and one known row a patient; else nan."""
    specificity_wilson: WilsonInterval
    """As above."""
    reason: str
    """Why a rate is nan; empty where none is."""


class SensitivityDifference(NamedTuple):
    """Second prediction minus first, both at the same specificity of the same patients."""

    difference: float
    interval: Interval
    """By bootstrap over patients, both predictions on the same replicates."""
    p: float
    """Two-sided; see ``two_sided_p``."""
    reason: str
    """Why there is no difference; empty where there is one."""


def sensitivity_at_specificity(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
    *,
    generator: np.random.Generator,
    specificity: float = 0.98,
    threshold: float | None = None,
    replicates: int = 1000,
    confidence: float = 0.95,
) -> SensitivityAtSpecificity:
    """Sensitivity of one class at a fixed specificity, with intervals.

    Without ``threshold`` the operating point is chosen on the same negatives that it is told of
    (as studies with one reading of the ROC do), and again in every replicate, so the interval
    covers the choice. With a threshold from other patients (``choose_threshold``) it stays fixed.

    Args:
        score: one a patient or scan; higher means more likely present; see ``scan_probabilities``.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class.
        patient: any number that says whose it is.
        generator: where the bootstrap's randomness comes from.
        specificity: to reach; unused with a threshold.
        threshold: chosen on other patients; none: chosen here.
        replicates: of the bootstrap; 0: no interval.
        confidence: of the intervals, in (0, 1).

    Raises:
        MetricError: see ``choose_threshold`` and ``bootstrap_operating_point``.

    Source: the form in which the papers tell PDAC: sensitivity at a specificity of 98.0 %.

    >>> score, label = np.arange(8) / 8, np.array([0.0, 0, 0, 0, 1, 0, 1, 1])
    >>> result = sensitivity_at_specificity(
    ...     score, label, np.full(8, True), np.arange(8), np.random.default_rng(0), 0.8
    ... )
    >>> result.point.sensitivity, result.point.specificity
    (1.0, 0.8)
    """
    chosen = threshold
    if chosen is None:
        chosen = choose_threshold(score, label, known, specificity).value
    point = apply_threshold(score, label, known, chosen)
    drawn = bootstrap_operating_point(
        score[None],
        label,
        known,
        patient,
        specificity=specificity,
        replicates=replicates,
        generator=generator,
        threshold=None if threshold is None else np.array([threshold]),
    )
    judged = patient[known_cells(score, label, known).image]
    independent = threshold is not None and np.unique(judged).size == judged.size
    nothing = WilsonInterval(float("nan"), float("nan"))
    return SensitivityAtSpecificity(
        threshold=chosen,
        point=point,
        sensitivity=percentile_interval(drawn.sensitivity[0], confidence),
        specificity=percentile_interval(drawn.specificity[0], confidence),
        sensitivity_wilson=wilson_interval(point.true_positives, point.positives, confidence)
        if independent
        else nothing,
        specificity_wilson=wilson_interval(point.true_negatives, point.negatives, confidence)
        if independent
        else nothing,
        reason=point.reason,
    )


def sensitivity_difference(
    first: Real[np.ndarray, " images"],
    second: Real[np.ndarray, " images"],
    *,
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
    generator: np.random.Generator,
    specificity: float = 0.98,
    threshold: tuple[float, float] | None = None,
    replicates: int = 1000,
    confidence: float = 0.95,
) -> SensitivityDifference:
    """Difference of two predictions' sensitivities at the same specificity, paired by patient.

    Args:
        first: scores of the first prediction; higher means more likely present.
        second: the same of the second.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class.
        patient: any number that says whose it is.
        generator: where the bootstrap's randomness comes from.
        specificity: to reach; unused with thresholds.
        threshold: of first and second, chosen on other patients; none: chosen here, and again in
            every replicate.
        replicates: of the bootstrap; 0: no interval.
        confidence: of the interval, in (0, 1).

    Raises:
        MetricError: see ``choose_threshold`` and ``bootstrap_operating_point``.

    >>> label = np.repeat([0.0, 1.0], 50)
    >>> first, second = np.tile(np.arange(50), 2) / 50, np.arange(100) / 100
    >>> difference = sensitivity_difference(
    ...     first, second, label, np.full(100, True), np.arange(100), np.random.default_rng(0)
    ... )
    >>> round(difference.difference, 2), difference.interval.low > 0.8
    (0.98, True)
    """
    scores = (first, second)
    chosen = threshold or tuple(
        choose_threshold(score, label, known, specificity).value for score in scores
    )
    points = [
        apply_threshold(score, label, known, value)
        for score, value in zip(scores, chosen, strict=True)
    ]
    drawn = bootstrap_operating_point(
        np.stack(scores),
        label,
        known,
        patient,
        specificity=specificity,
        replicates=replicates,
        generator=generator,
        threshold=None if threshold is None else np.array(threshold),
    )
    difference = drawn.sensitivity[1] - drawn.sensitivity[0]
    return SensitivityDifference(
        difference=points[1].sensitivity - points[0].sensitivity,
        interval=percentile_interval(difference, confidence),
        p=two_sided_p(difference),
        reason="; ".join(dict.fromkeys(each.reason for each in points if each.reason)),
    )
