"""DeLong's variance where images of one patient belong together.

A patient's images resemble each other, so they tell less than as many images of as many patients.
What DeLong adds up over images is added up within patients first. With one image a patient the two
are the same.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.metrics.delong import DeLong, DeLongTest, normal_p
from labelassemble.metrics.structural_components import (
    StructuralComponents,
    difference_components,
    structural_components,
)


class _PatientSums(NamedTuple):
    """What each patient adds to the error of one AUROC, or of one difference."""

    positive: Float[np.ndarray, " patients"]
    negative: Float[np.ndarray, " patients"]
    with_positive: Bool[np.ndarray, " patients"]
    """Who has a positive image."""
    with_negative: Bool[np.ndarray, " patients"]


class PatientVariance(NamedTuple):
    """The variance of one AUROC, and what each side adds to it."""

    positive: float
    """Of the patients with positives; nan with fewer than two of them."""
    negative: float
    """Of those with negatives."""
    total: float
    """Both, and what patients with images of both kinds add."""
    positive_patients: int
    negative_patients: int


def clustered_parts(
    components: StructuralComponents, owner: Int[np.ndarray, " images"]
) -> PatientVariance:
    """Take apart the variance of an AUROC whose images belong to patients.

    Args:
        components: of one class; not empty.
        owner: whose each image is, as numbers from 0.

    Source: Obuchowski 1997, S10/m², S01/n² and their sum with 2 S11/(mn).
    """
    added = _sum_up(components, owner)
    positives, negatives = int(added.with_positive.sum()), int(added.with_negative.sum())

    def side(part: Float[np.ndarray, " patients"], patients: int) -> float:
        return float("nan") if patients < 2 else _factor(patients) * float((part**2).sum())

    return PatientVariance(
        side(added.positive, positives),
        side(added.negative, negatives),
        _variance([added]),
        positives,
        negatives,
    )


def clustered_delong(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
) -> DeLong:
    """AUROC of one class and its variance, images of a patient depending on each other.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        patient: any number that says whose image it is.

    Returns:
        nan for the AUROC without a known positive or negative; nan for the variance with fewer
        than two patients who have a positive, or a negative.

    Raises:
        MetricError: see ``known_cells``.

    Source: Obuchowski 1997, clustered ROC data.

    >>> score, label = np.array([0.1, 0.4, 0.3, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> clustered_delong(score, label, np.full(4, True), np.array([1, 2, 3, 4]))
    DeLong(auroc=0.75, variance=0.125)
    >>> clustered_delong(score, label, np.full(4, True), np.array([1, 2, 2, 1])).variance
    0.25
    """
    components = structural_components(score, label, known)
    if components.positive.size == 0:
        return DeLong(float("nan"), float("nan"))
    owner = np.unique(patient, return_inverse=True)[1]
    return DeLong(float(components.positive.mean()), _variance([_sum_up(components, owner)]))


def clustered_delong_test(
    first: Real[np.ndarray, "first_predictions images classes"],
    second: Real[np.ndarray, "second_predictions images classes"],
    label: Real[np.ndarray, "images classes"],
    known: Bool[np.ndarray, "images classes"],
    patient: Int[np.ndarray, " images"],
) -> DeLongTest:
    """Test whether two methods have the same AUROC, averaged over these classes.

    Args:
        first: scores of the first method, one layer a network (seed); their AUROCs are averaged.
        second: the same of the second method.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        patient: any number that says whose image it is.

    Returns:
        The difference second minus first, its standard error, and p. All nan without classes or
        where one of them has no known positive or negative: leave such a class out and say so.
        Error and p are nan with fewer than two patients who have a positive, or a negative.
        The covariance of two classes is that of what each patient adds to them.

    Raises:
        MetricError: see ``known_cells``.

    Source: Obuchowski 1997, clustered ROC data; its covariance of two ROC areas, between classes.

    >>> label = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]])
    >>> first, second = (np.array([[[x] for x in row]]) for row in ([1, 5, 2, 4, 3, 6], range(6)))
    >>> test = clustered_delong_test(first, second, label, label >= 0, np.array([1, 1, 2, 3, 3, 4]))
    >>> round(test.difference, 3), round(test.standard_error, 3), round(test.p, 3)
    (0.222, 0.21, 0.289)
    """
    owner = np.unique(patient, return_inverse=True)[1]
    parts = [
        difference_components(*column)
        for column in zip(
            np.moveaxis(first, 2, 0), np.moveaxis(second, 2, 0), label.T, known.T, strict=True
        )
    ]
    if not parts or any(each.positive.size == 0 for each in parts):
        return DeLongTest(float("nan"), float("nan"), float("nan"))
    difference = float(np.mean([each.positive.mean() for each in parts]))
    error = math.sqrt(_variance([_sum_up(each, owner) for each in parts]))
    return DeLongTest(difference, error, normal_p(difference, error))


def _sum_up(components: StructuralComponents, owner: Int[np.ndarray, " images"]) -> _PatientSums:
    """Sum the components within patients, each less its expectation, over the number of images."""
    patients = int(owner.max()) + 1
    sums, has = [], []
    for part, image in (
        (components.positive, components.positive_image),
        (components.negative, components.negative_image),
    ):
        centred = part - part.mean()
        sums.append(np.bincount(owner[image], centred, minlength=patients) / part.size)
        has.append(np.bincount(owner[image], minlength=patients) > 0)
    return _PatientSums(*sums, *has)


def _variance(classes: list[_PatientSums]) -> float:
    """Variance of the mean over the classes; nan where one rests on a single patient."""
    parts = [
        (added, int(has.sum()))
        for each in classes
        for added, has in (
            (each.positive, each.with_positive),
            (each.negative, each.with_negative),
        )
    ]
    if any(patients < 2 for _, patients in parts):
        return float("nan")
    everyone = np.any([each.with_positive | each.with_negative for each in classes], axis=0)
    # The factor for having few patients is each part's own, as in the paper; products of different
    # parts, and of different classes, take that of all patients.
    factor = _factor(int(everyone.sum()))
    variance = factor * (np.sum([added for added, _ in parts], axis=0) ** 2).sum()
    variance += sum((_factor(patients) - factor) * (added**2).sum() for added, patients in parts)
    return float(variance) / len(classes) ** 2


def _factor(patients: int) -> float:
    return patients / (patients - 1)
