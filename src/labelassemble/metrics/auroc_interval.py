"""The interval of an AUROC, clustered by patient, that still covers when patients are few.

Percentile intervals of the bootstrap, and intervals that are symmetric on a logit scale, rest on a
variance that is estimated from the few positives there are: too small whenever these happen to be
alike, and none at all where the AUROC is 1. Newcombe's interval takes the variance that any AUROC
has by its size. Here images of one patient count as fewer images, and the variance that was
estimated takes over wherever it is the larger one.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Real
from scipy.optimize import brentq
from scipy.stats import norm, t

from labelassemble.metrics.clustered_delong import PatientVariance, clustered_parts
from labelassemble.metrics.structural_components import structural_components

EDGE = 1e-9
"""How near to 0 and 1 ends are looked for."""


class AurocInterval(NamedTuple):
    """Ends in [0, 1]; nan where there is no interval."""

    low: float
    high: float


def auroc_interval(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
    confidence: float,
) -> AurocInterval:
    """Interval of one class's AUROC, images of a patient depending on each other.

    All θ with (AUROC − θ)² ≤ max(z² , t² v / V(AUROC)) · V(θ), where v is the clustered variance, t
    the quantile with Satterthwaite's degrees of freedom of v, and
    V(θ) = θ(1 − θ) (1 + N (1 − θ)/(2 − θ) + N θ/(1 + θ)) / (mn), N = (m + n)/2 − 1. m and n are the
    numbers of positives and negatives over their design effects: how much larger the variance of a
    side is for the images of a patient being alike; at most, a patient counts as one image.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        patient: any number that says whose image it is.
        confidence: in (0, 1).

    Returns:
        An interval within [0, 1] that holds the AUROC, also where that is 0 or 1; nan with fewer
        than two patients who have a positive, or a negative.

    Raises:
        MetricError: see ``known_cells``.

    Source: Newcombe 2006, part 2, method 5; Hanley and McNeil 1982, its variance; Obuchowski 1997,
    clusters; Rao and Scott 1992, effective numbers; Satterthwaite 1946, degrees of freedom.

    >>> score, label = np.arange(20.0), np.repeat([0.0, 1.0], 10)
    >>> interval = auroc_interval(score, label, label >= 0, np.arange(20), 0.95)
    >>> round(interval.low, 3), interval.high
    (0.8, 1.0)
    """
    components = structural_components(score, label, known)
    if components.positive.size == 0:
        return AurocInterval(float("nan"), float("nan"))
    owner = np.unique(patient, return_inverse=True)[1]
    parts = clustered_parts(components, owner)
    if min(parts.positive_patients, parts.negative_patients) < 2:
        return AurocInterval(float("nan"), float("nan"))
    area = float(components.positive.mean())
    positives = _effective(components.positive, parts.positive, parts.positive_patients)
    negatives = _effective(components.negative, parts.negative, parts.negative_patients)
    scale = float(norm.ppf((1 + confidence) / 2)) ** 2
    if 0 < area < 1 and parts.total > 0:
        quantile = float(t.ppf((1 + confidence) / 2, degrees_of_freedom(parts)))
        scale = max(scale, quantile**2 * parts.total / model_variance(area, positives, negatives))
    # V(θ) = V(1 − θ), so that the upper end is the lower end of the mirrored question.
    return AurocInterval(
        _lower_end(area, scale, positives, negatives),
        1 - _lower_end(1 - area, scale, positives, negatives),
    )


def model_variance(area: float, positives: float, negatives: float) -> float:
    """Variance that an AUROC of this size has with so many independent positives and negatives.

    Source: Newcombe 2006, method 5, from Hanley and McNeil 1982.

    >>> round(model_variance(0.8, 10.0, 10.0), 4)
    0.0104
    """
    mean = (positives + negatives) / 2 - 1
    spread = 1 + mean * (1 - area) / (2 - area) + mean * area / (1 + area)
    return area * (1 - area) * spread / (positives * negatives)


def degrees_of_freedom(parts: PatientVariance) -> float:
    """Of the clustered variance, from those of its two sides; at least 1.

    >>> round(degrees_of_freedom(PatientVariance(0.01, 0.01, 0.02, 10, 10)), 1)
    18.0
    """
    sides = (
        (parts.positive, parts.positive_patients),
        (parts.negative, parts.negative_patients),
    )
    below = sum(variance**2 / (patients - 1) for variance, patients in sides)
    return max((parts.positive + parts.negative) ** 2 / below, 1.0) if below > 0 else 1.0


def _effective(components: np.ndarray, clustered: float, patients: int) -> float:
    """How many independent images those of one side are worth: between patients and images."""
    images = components.size
    independent = float(components.var(ddof=1)) / images
    if independent == 0:
        return float(patients)
    return (
        float(np.clip(images * independent / clustered, patients, images)) if clustered else images
    )


def _lower_end(area: float, scale: float, positives: float, negatives: float) -> float:
    def outside(theta: float) -> float:
        return (area - theta) ** 2 - scale * model_variance(theta, positives, negatives)

    start, stop = EDGE, min(area, 1 - EDGE)
    if stop <= start or outside(start) <= 0:
        return 0.0
    return float(brentq(outside, start, stop))
