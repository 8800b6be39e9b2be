"""The one place where a metric looks at ``known``: which cells count, and are they sound."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray

from labelassemble.errors import MetricError


class KnownCells(NamedTuple):
    """The cells of one class that count: known, and labelled 0 or 1."""

    image: Int[np.ndarray, " cells"]
    """Which images they are of, as places in what was given."""
    score: Float[np.ndarray, " cells"]
    """Finite; higher means more likely present."""
    positive: Bool[np.ndarray, " cells"]
    """Present (true) or absent (false)."""
    weight: Float[np.ndarray, " cells"]
    """How often each cell counts; at least 0."""


def known_cells(
    score: NDArray[np.generic],
    label: NDArray[np.generic],
    known: NDArray[np.generic],
    weight: NDArray[np.generic] | None = None,
) -> KnownCells:
    """Take the cells of one class that count, in their order.

    Args:
        score: one finite number an image; anything where not known.
        label: 1 present, 0 absent, between for soft labels, which count as unknown; anything where
            not known.
        known: whether somebody judged this class on this image.
        weight: how often each image counts, finite and at least 0; none: once.

    Raises:
        MetricError: these are not vectors of one length, ``known`` is not boolean, or a known cell
            has a score that is not finite, a label outside [0, 1] or a weight that is negative.

    >>> score, label = np.array([0.2, np.nan, 0.9]), np.array([0.0, 1.0, 1.0])
    >>> cells = known_cells(score, label, known=np.array([True, False, True]))
    >>> cells.image, cells.score, cells.positive
    (array([0, 2]), array([0.2, 0.9]), array([False,  True]))
    """
    _check_shapes(score, label, known, weight)
    taken_score = score[known].astype(np.float64)
    taken_label = label[known].astype(np.float64)
    taken_weight = np.ones_like(taken_score)
    if weight is not None:
        taken_weight = weight[known].astype(np.float64)
    _check_values(taken_score, taken_label, taken_weight)
    hard = (taken_label == 0) | (taken_label == 1)
    return KnownCells(
        image=np.flatnonzero(known)[hard],
        score=taken_score[hard],
        positive=taken_label[hard] == 1,
        weight=taken_weight[hard],
    )


def _check_shapes(
    score: NDArray[np.generic],
    label: NDArray[np.generic],
    known: NDArray[np.generic],
    weight: NDArray[np.generic] | None,
) -> None:
    shapes = {"score": score.shape, "label": label.shape, "known": known.shape}
    if weight is not None:
        shapes["weight"] = weight.shape
    if score.ndim != 1 or len(set(shapes.values())) > 1:
        raise MetricError(
            "score, label, known and weight of one class: vectors of one length",
            ", ".join(f"{name} {shape}" for name, shape in shapes.items()),
            "Pass one column; for all classes at once use the function that starts with class_",
        )
    if known.dtype != np.bool_:
        raise MetricError(
            "known as booleans, true where somebody judged the class",
            f"known of type {known.dtype}",
            "Compare first, such as known == 1; labels do not say what is known",
        )


def _check_values(
    score: NDArray[np.float64], label: NDArray[np.float64], weight: NDArray[np.float64]
) -> None:
    if bad := int(np.count_nonzero(~np.isfinite(score))):
        raise MetricError(
            "finite scores on known cells",
            f"{bad:,} of {score.size:,} are nan or infinite",
            "Find where the network's predictions stopped being numbers; no score hides that",
        )
    wrong = ~((label >= 0) & (label <= 1))
    if wrong.any():
        raise MetricError(
            "labels in [0, 1] on known cells",
            f"{int(wrong.sum()):,} of {label.size:,} are not, such as {label[wrong][0]:g}",
            "Mark missing labels in known; a number such as -1 or nan is no label",
        )
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise MetricError(
            "finite weights of 0 or more",
            f"a weight of {weight[~(np.isfinite(weight) & (weight >= 0))][0]:g}",
            "Give how often each image counts, or no weights",
        )
