"""Of boxes that overlap, the best one."""

import numpy as np
from jaxtyping import Int, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou


def non_maximum_suppression(
    box: Real[np.ndarray, "boxes 2 axes"],
    score: Real[np.ndarray, " boxes"],
    class_place: Int[np.ndarray, " boxes"],
    iou: float,
) -> Int[np.ndarray, " kept"]:
    """Keep the best box, drop those of its class that overlap it by more than ``iou``, go on.

    Equal scores are taken in the order of their corners, so the order of the rows is no matter.

    Args:
        box: low and high corners.
        score: higher is better; finite.
        class_place: boxes of different classes never touch each other's fate.
        iou: in [0, 1]; 1 keeps all.

    Returns:
        Which rows are kept, the best first.

    Raises:
        MetricError: a score is not finite; see also ``box_iou``.

    Source: Neubeck and Van Gool 2006.

    >>> box = np.array([[[0, 0], [4, 4]], [[0, 1], [4, 5]], [[9, 9], [12, 12]]])
    >>> non_maximum_suppression(box, np.array([0.6, 0.9, 0.3]), np.array([0, 0, 0]), iou=0.5)
    array([1, 2])
    """
    waiting = falling_order(box, score, class_place)
    kept = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        overlap = box_iou(box[best : best + 1], box[waiting])[0]
        waiting = waiting[(overlap <= iou) | (class_place[waiting] != class_place[best])]
    return np.array(kept, dtype=np.int64)


def falling_order(
    box: Real[np.ndarray, "boxes 2 axes"],
    score: Real[np.ndarray, " boxes"],
    class_place: Int[np.ndarray, " boxes"],
) -> Int[np.ndarray, " boxes"]:
    """Rows by falling score; equal ones by class, then by corners: no matter how they came.

    Raises:
        MetricError: a score is not finite.
    """
    if bad := int(np.count_nonzero(~np.isfinite(score))):
        raise MetricError(
            "finite scores",
            f"{bad:,} of {score.size:,} are nan or infinite",
            "Find where the scores stopped being numbers; no score hides that",
        )
    axes = box.shape[2]
    corners = [box[:, side, axis] for side in (1, 0) for axis in reversed(range(axes))]
    return np.lexsort((*corners, class_place, -score.astype(np.float64)))
