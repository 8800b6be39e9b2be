"""Average precision, the step-wise area under the precision-recall curve."""

import numpy as np
from jaxtyping import Bool, Float, Real

from labelassemble.metrics.known_cells import known_cells


def average_precision(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    weight: Real[np.ndarray, " images"] | None = None,
) -> float:
    """Precision at every distinct score, averaged over the recall gained there.

    Chance level is the share of positives, so compare only on the same images. Nothing is
    interpolated: equal scores are passed together.

    Args:
        score: higher means more likely present; any finite scale, logits or probabilities.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        weight: how often each image counts.

    Returns:
        A number in (0, 1]; nan where no positive or no negative is known (or has weight): without
        a negative it would be 1 whatever the predictions.

    Raises:
        MetricError: see ``known_cells``.

    Source: Buckley and Voorhees 2000, average precision.

    >>> score, label = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> round(average_precision(score, label, known=np.full(4, True)), 4)
    0.8333
    """
    cells = known_cells(score, label, known, weight)
    values, place = np.unique(-cells.score, return_inverse=True)
    positive = np.bincount(place, cells.weight * cells.positive, minlength=values.size)
    passed = np.bincount(place, cells.weight, minlength=values.size).cumsum()
    total = positive.sum()
    if total == 0 or (cells.weight * ~cells.positive).sum() == 0:
        return float("nan")
    gained = positive > 0
    precision = positive.cumsum()[gained] / passed[gained]
    return float((precision * positive[gained]).sum() / total)


def class_average_precision(
    score: Real[np.ndarray, "images classes"],
    label: Real[np.ndarray, "images classes"],
    known: Bool[np.ndarray, "images classes"],
    weight: Real[np.ndarray, " images"] | None = None,
) -> Float[np.ndarray, " classes"]:
    """``average_precision`` of every class; nan where a class cannot be scored.

    Raises:
        MetricError: see ``known_cells``.

    >>> score, label = np.array([[0.1, 3.0], [0.9, 1.0]]), np.array([[0.0, 1.0], [1.0, 1.0]])
    >>> class_average_precision(score, label, known=np.full((2, 2), True))
    array([ 1., nan])
    """
    columns = zip(score.T, label.T, known.T, strict=True)
    return np.array([average_precision(*column, weight) for column in columns], dtype=np.float64)
