"""How much boxes overlap."""

import numpy as np
from jaxtyping import Float, Real

from labelassemble.errors import MetricError


def box_iou(
    first: Real[np.ndarray, "first 2 axes"], second: Real[np.ndarray, "second 2 axes"]
) -> Float[np.ndarray, "first second"]:
    """Intersection over union of every box with every other, in any number of dimensions.

    Args:
        first: low and high corners; half-open, so a box from 2 to 5 is 3 long.
        second: the same, in the same coordinates.

    Returns:
        Numbers in [0, 1]; 0 where both boxes are empty.

    Raises:
        MetricError: a box ends before it begins, or a corner is not finite.

    Source: Everingham 2010, PASCAL VOC.

    >>> box = np.array([[[0, 0], [2, 2]], [[1, 0], [3, 2]]])
    >>> box_iou(box[:1], box).round(3)
    array([[1.   , 0.333]])
    """
    check_boxes(first)
    check_boxes(second)
    low = np.maximum(first[:, None, 0], second[None, :, 0])
    high = np.minimum(first[:, None, 1], second[None, :, 1])
    shared = np.prod(np.maximum(high - low, 0), axis=-1, dtype=np.float64)
    sizes = [np.prod(box[:, 1] - box[:, 0], axis=-1, dtype=np.float64) for box in (first, second)]
    joined = sizes[0][:, None] + sizes[1][None, :] - shared
    return np.where(joined > 0, shared / np.where(joined > 0, joined, 1.0), 0.0)


def check_boxes(box: Real[np.ndarray, "boxes 2 axes"]) -> None:
    """Refuse boxes that are none.

    Raises:
        MetricError: a box ends before it begins, or a corner is not finite.
    """
    bad = ~(np.isfinite(box).all(axis=(1, 2)) & (box[:, 1] >= box[:, 0]).all(axis=1))
    if bad.any():
        raise MetricError(
            "finite boxes, the low corner before the high one",
            f"{int(bad.sum()):,} of {len(box):,} are not, such as {box[bad][0].tolist()}",
            "Give [[low, ...], [high, ...]] along the axes; not centre and size",
        )
