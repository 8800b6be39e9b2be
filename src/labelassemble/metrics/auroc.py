"""Area under the receiver operating characteristic curve, safe under missing labels."""

import numpy as np
from jaxtyping import Bool, Float, Real

from labelassemble.metrics.known_cells import known_cells


def auroc(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    weight: Real[np.ndarray, " images"] | None = None,
) -> float:
    """Chance that a positive image scores above a negative one; equal scores count half.

    Args:
        score: higher means more likely present; any finite scale, logits or probabilities.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        weight: how often each image counts, such as its patient's count in a bootstrap replicate.

    Returns:
        A number in [0, 1]; nan where no positive or no negative is known (or has weight).

    Raises:
        MetricError: see ``known_cells``.

    Source: Mann and Whitney 1947; Hanley and McNeil 1982.

    >>> score, label = np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> auroc(score, label, known=np.array([True, True, True, True]))
    0.875
    >>> auroc(score, label, known=np.array([True, True, False, False]))
    nan
    """
    cells = known_cells(score, label, known, weight)
    values, place = np.unique(cells.score, return_inverse=True)
    positive = np.bincount(place, cells.weight * cells.positive, minlength=values.size)
    negative = np.bincount(place, cells.weight * ~cells.positive, minlength=values.size)
    pairs = positive.sum() * negative.sum()
    if pairs == 0:
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def class_auroc(
    score: Real[np.ndarray, "images classes"],
    label: Real[np.ndarray, "images classes"],
    known: Bool[np.ndarray, "images classes"],
    weight: Real[np.ndarray, " images"] | None = None,
) -> Float[np.ndarray, " classes"]:
    """``auroc`` of every class; nan where a class cannot be scored.

    Raises:
        MetricError: see ``known_cells``.

    >>> score, label = np.array([[0.1, 3.0], [0.9, 1.0]]), np.array([[0.0, 1.0], [1.0, 1.0]])
    >>> class_auroc(score, label, known=np.full((2, 2), True))
    array([ 1., nan])
    """
    columns = zip(score.T, label.T, known.T, strict=True)
    return np.array([auroc(*column, weight) for column in columns], dtype=np.float64)
