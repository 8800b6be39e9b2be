"""Boxes of several readers or networks, fused into one set."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou
from labelassemble.metrics.lesions.non_maximum_suppression import falling_order


class FusedBoxes(NamedTuple):
    """Fused boxes of one scan, the best first."""

    box: Float[np.ndarray, "fused 2 axes"]
    score: Float[np.ndarray, " fused"]
    class_place: Int[np.ndarray, " fused"]
    readers: Int[np.ndarray, " fused"]
    """How many readers drew it."""
    looked: Int[np.ndarray, " fused"]
    """How many readers looked for its class."""


class _Inputs(NamedTuple):
    """The boxes that count, by falling weighted score."""

    box: Float[np.ndarray, "boxes 2 axes"]
    score: Float[np.ndarray, " boxes"]
    class_place: Int[np.ndarray, " boxes"]
    reader: Int[np.ndarray, " boxes"]


def fuse_boxes(
    box: Real[np.ndarray, "boxes 2 axes"],
    score: Real[np.ndarray, " boxes"],
    *,
    class_place: Int[np.ndarray, " boxes"],
    reader: Int[np.ndarray, " boxes"],
    known: Bool[np.ndarray, "readers classes"],
    weight: Real[np.ndarray, " readers"] | None = None,
    iou: float = 0.55,
) -> FusedBoxes:
    """Weighted box fusion: boxes that overlap become their mean, weighted by score.

    By falling weighted score, each box joins the fused box of its class that it overlaps most, if
    by more than ``iou``, else it begins a new one. With weights w and scores s of a cluster's
    boxes, corners are sum(w s x) / sum(w s) and the score is sum(w s) / sum(w), times the share
    (by weight) of the readers who drew one among those who looked for the class. So readers of
    whom nobody knows whether they looked cannot lower a score.

    Args:
        box: low and high corners, all in the same coordinates.
        score: at least 0; of readers who give none, 1: the fused score is then the agreement.
        class_place: which class, from 0.
        reader: who drew it, from 0.
        known: whether a reader looked for a class on this scan; boxes of others are dropped.
        weight: how much a reader counts, above 0; none: all alike.
        iou: overlap above which boxes are one, in [0, 1).

    Returns:
        Fused boxes by falling score; independent of the order of the rows.

    Raises:
        MetricError: a score is negative or not finite, a weight is not above 0, a reader or class
            that ``known`` does not hold, or see ``box_iou``.

    Source: Solovyev 2021, weighted boxes fusion. There, a cluster's score is rescaled by its number
    of boxes, at most the number of models; here by its readers, so that nobody agrees with himself.

    >>> box = np.array([[[0.0, 0], [4, 4]], [[1.0, 0], [5, 4]], [[8.0, 8], [9, 9]]])
    >>> score, one_class = np.array([0.9, 0.3, 0.8]), np.zeros(3, dtype=np.int64)
    >>> fused = fuse_boxes(box, score, one_class, np.array([0, 1, 1]), np.full((2, 1), True))
    >>> fused.box[0], fused.score.round(2), fused.readers
    (array([[0.25, 0.  ],
           [4.25, 4.  ]]), array([0.6, 0.4]), array([2, 1]))
    """
    weights = np.ones(len(known)) if weight is None else weight.astype(np.float64)
    _check(score, class_place, reader, known, weights, iou)
    counted = known[reader, class_place]
    inputs = _Inputs(box[counted], score[counted], class_place[counted], reader[counted])
    # Readers first: of boxes alike in all else, the lower reader's comes first.
    by_reader = np.argsort(inputs.reader, kind="stable")
    inputs = _Inputs(*(column[by_reader] for column in inputs))
    order = falling_order(inputs.box, inputs.score * weights[inputs.reader], inputs.class_place)
    inputs = _Inputs(*(column[order] for column in inputs))
    clusters = _clusters(inputs, weights, iou)

    fused_box = np.zeros((len(clusters), *box.shape[1:]))
    fused_score, place = np.zeros(len(clusters)), np.zeros(len(clusters), dtype=np.int64)
    readers, looked = np.zeros_like(place), np.zeros_like(place)
    for row, cluster in enumerate(clusters):
        fused_box[row] = _mean_box(inputs, weights, cluster)
        place[row] = inputs.class_place[cluster[0]]
        each = weights[inputs.reader[cluster]]
        who, asked = np.unique(inputs.reader[cluster]), known[:, place[row]]
        agreement = weights[who].sum() / weights[asked].sum()
        fused_score[row] = (each * inputs.score[cluster]).sum() / each.sum() * agreement
        readers[row], looked[row] = who.size, asked.sum()
    best = falling_order(fused_box, fused_score, place)
    return FusedBoxes(fused_box[best], fused_score[best], place[best], readers[best], looked[best])


def _clusters(
    inputs: _Inputs, weights: Float[np.ndarray, " readers"], iou: float
) -> list[list[int]]:
    """Which boxes belong together, as places in ``inputs``."""
    clusters: list[list[int]] = []
    fused = np.zeros((len(inputs.box), *inputs.box.shape[1:]))
    for row in range(len(inputs.box)):
        overlap = box_iou(inputs.box[row : row + 1].astype(np.float64), fused[: len(clusters)])[0]
        same_class = [inputs.class_place[each[0]] == inputs.class_place[row] for each in clusters]
        overlap = np.where(np.array(same_class, dtype=bool), overlap, -1.0)
        if overlap.size and overlap.max() > iou:
            joined = int(np.argmax(overlap))
            clusters[joined].append(row)
        else:
            joined = len(clusters)
            clusters.append([row])
        fused[joined] = _mean_box(inputs, weights, clusters[joined])
    return clusters


def _mean_box(
    inputs: _Inputs, weights: Float[np.ndarray, " readers"], cluster: list[int]
) -> Float[np.ndarray, "2 axes"]:
    share = weights[inputs.reader[cluster]] * inputs.score[cluster]
    if share.sum() == 0:
        share = np.ones(len(cluster))
    mean = np.tensordot(share / share.sum(), inputs.box[cluster], axes=1)
    # The mean of equal corners may be a rounding error off; a mean lies between what it is of.
    low, high = inputs.box[cluster].min(axis=0), inputs.box[cluster].max(axis=0)
    return np.clip(mean, low, high).astype(np.float64)


def _check(
    score: Real[np.ndarray, " boxes"],
    class_place: Int[np.ndarray, " boxes"],
    reader: Int[np.ndarray, " boxes"],
    known: Bool[np.ndarray, "readers classes"],
    weights: Float[np.ndarray, " readers"],
    iou: float,
) -> None:
    readers, classes = known.shape
    if not (np.isfinite(score) & (score >= 0)).all():
        raise MetricError(
            "finite scores of 0 or more",
            f"{score[~(np.isfinite(score) & (score >= 0))][0]:g}",
            "Give probabilities, or 1 where a reader gives none",
        )
    if weights.size != readers or not (np.isfinite(weights) & (weights > 0)).all():
        raise MetricError(
            f"a weight above 0 for each of {readers} readers",
            f"{weights.tolist()}",
            "Leave a reader out, or mark him as not known, instead of a weight of 0",
        )
    for what, place, count in (("readers", reader, readers), ("classes", class_place, classes)):
        if ((place < 0) | (place >= count)).any():
            raise MetricError(
                f"{what} from 0 to {count - 1}, as known holds them",
                f"{place[(place < 0) | (place >= count)][0]}",
                "Give known for every reader and class",
            )
    if not 0 <= iou < 1:
        raise MetricError("an overlap in [0, 1)", f"{iou:g}", "Give 0.55 or so")
