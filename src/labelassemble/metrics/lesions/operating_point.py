"""A threshold chosen for its specificity, and what it does."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.known_cells import known_cells

SPECIFICITY_ROUNDING = 1e-9
"""Negatives that a product of a share and a count may be wrong by."""


class Threshold(NamedTuple):
    """Scores at or above ``value`` are called positive."""

    value: float
    """nan without a known negative."""
    specificity: float
    """Reached on the negatives it was chosen on: at least what was asked for."""
    negatives: int
    reason: str
    """Why there is no threshold; empty where there is one."""


class OperatingPoint(NamedTuple):
    """What a threshold does on some patients or scans."""

    sensitivity: float
    """nan without a known positive."""
    specificity: float
    """nan without a known negative."""
    true_positives: int
    positives: int
    true_negatives: int
    negatives: int
    reason: str
    """Why a rate is nan; empty where none is."""


def choose_threshold(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    specificity: float = 0.98,
) -> Threshold:
    """The lowest threshold at which the negatives reach a specificity; positives are not looked at.

    It lies just above the score of a negative, the next larger floating-point number. Negatives of
    one score stand or fall together, so ties never make the specificity smaller than asked for.
    Choose it on validation patients and pass it to ``apply_threshold`` on others.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class.
        specificity: to reach, in [0, 1]; at 0 everything is called positive.

    Raises:
        MetricError: the specificity is out of range, or see ``known_cells``.

    >>> score = np.array([0.1, 0.2, 0.3, 0.3, 0.9])
    >>> chosen = choose_threshold(score, np.zeros(5), np.full(5, True), specificity=0.6)
    >>> chosen.value > 0.3, chosen.specificity
    (True, 0.8)
    """
    check_specificity(specificity)
    cells = known_cells(score, label, known)
    negative = np.sort(cells.score[~cells.positive])
    if negative.size == 0:
        return Threshold(float("nan"), float("nan"), 0, "no known negative to choose it on")
    allowed = int(np.floor((1 - specificity) * negative.size + SPECIFICITY_ROUNDING))
    if allowed >= negative.size:
        return Threshold(float("-inf"), 0.0, negative.size, "")
    value = float(np.nextafter(negative[negative.size - 1 - allowed], np.inf))
    return Threshold(value, float((negative < value).mean()), negative.size, "")


def apply_threshold(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    threshold: float,
) -> OperatingPoint:
    """Sensitivity and specificity at a threshold.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class.
        threshold: scores at or above it are called positive; nan where none could be chosen.

    Raises:
        MetricError: see ``known_cells``.

    >>> score, label = np.array([0.1, 0.6, 0.5, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> point = apply_threshold(score, label, np.full(4, True), threshold=0.6)
    >>> point.sensitivity, point.specificity
    (0.5, 0.5)
    """
    cells = known_cells(score, label, known)
    called = cells.score >= threshold
    positives = int(cells.positive.sum())
    negatives = cells.positive.size - positives
    found = int((called & cells.positive).sum())
    spared = int((~called & ~cells.positive).sum())
    chosen = not np.isnan(threshold)
    missing = [
        reason
        for reason, holds in (
            ("no threshold was chosen", not chosen),
            ("no known positive", positives == 0),
            ("no known negative", negatives == 0),
        )
        if holds
    ]
    return OperatingPoint(
        sensitivity=found / positives if positives and chosen else float("nan"),
        specificity=spared / negatives if negatives and chosen else float("nan"),
        true_positives=found,
        positives=positives,
        true_negatives=spared if chosen else 0,
        negatives=negatives,
        reason="; ".join(missing),
    )


def check_specificity(specificity: float) -> None:
    """Refuse a specificity that is none.

    Raises:
        MetricError: it is not in [0, 1].
    """
    if not 0 <= specificity <= 1:
        raise MetricError("a specificity in [0, 1]", f"{specificity:g}", "Give 0.98 or so")
