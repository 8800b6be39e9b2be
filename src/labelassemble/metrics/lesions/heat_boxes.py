"""From a heat map to one box, and how well boxes lie that were found so."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.metrics.lesions.box_iou import check_boxes


def box_of_heat(
    heat: Float[np.ndarray, "height width"], percentile: float
) -> Int[np.ndarray, "2 2"]:
    """Give the box around the connected part of the hottest pixels that holds the hottest one.

    Args:
        heat: only ranks count.
        percentile: of the map, above or at which pixels are hot; 100: the hottest alone.

    Returns:
        Low and high corner as rows and columns, half-open.

    >>> box_of_heat(np.array([[0.0, 0.0, 0.1], [0.9, 0.8, 0.0], [0.0, 0.0, 0.7]]), 70.0).tolist()
    [[1, 0], [3, 3]]
    """
    hot = heat >= np.percentile(heat, percentile)
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    _, part = cv2.connectedComponents(hot.astype(np.uint8), connectivity=8)
    return _around(part == part[row, column])


def boxes_of_mask(mask: Bool[np.ndarray, "height width"]) -> Int[np.ndarray, "parts 2 2"]:
    """Give the box around each connected part of a mask.

    >>> boxes_of_mask(np.array([[True, False, False], [False, False, True]])).tolist()
    [[[0, 0], [1, 1]], [[1, 2], [2, 3]]]
    """
    count, part = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    found = [_around(part == number) for number in range(1, count)]
    return np.array(found, dtype=np.int64).reshape(-1, 2, 2)


def box_iobb(
    found: Real[np.ndarray, "found 2 axes"], truth: Real[np.ndarray, "truth 2 axes"]
) -> Float[np.ndarray, "found truth"]:
    """Intersection over the area of the box that was found, of every box with every true one.

    Args:
        found: low and high corners, half-open.
        truth: the same, in the same coordinates.

    Returns:
        Numbers in [0, 1]; 1 for a box within a true one, 0 for an empty box.

    Raises:
        MetricError: a box ends before it begins, or a corner is not finite.

    Source: Wang 2017, ChestX-ray8: intersection over the detected box.

    >>> box_iobb(np.array([[[0, 0], [2, 2]]]), np.array([[[1, 0], [9, 9]]]))
    array([[0.5]])
    """
    check_boxes(found)
    check_boxes(truth)
    low = np.maximum(found[:, None, 0], truth[None, :, 0])
    high = np.minimum(found[:, None, 1], truth[None, :, 1])
    shared = np.prod(np.maximum(high - low, 0), axis=-1, dtype=np.float64)
    size = np.prod(found[:, 1] - found[:, 0], axis=-1, dtype=np.float64)[:, None]
    return np.where(size > 0, shared / np.where(size > 0, size, 1.0), 0.0)


def _around(mask: Bool[np.ndarray, "height width"]) -> Int[np.ndarray, "2 2"]:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return np.array([[rows[0], columns[0]], [rows[-1] + 1, columns[-1] + 1]])
