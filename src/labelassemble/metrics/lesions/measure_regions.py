"""From numbered regions of a scan to lesions."""

from itertools import pairwise
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Real

from labelassemble.metrics.lesions.grid import boxes_mm, place_size, points_mm
from labelassemble.metrics.lesions.lesions import Lesions


def measure_regions(
    probability: Real[np.ndarray, "*space"],
    region: Int[np.ndarray, "*space"],
    class_place: int,
    affine: Float[np.ndarray, "axes_and_1 axes_and_1"],
    score: Literal["max", "quantile", "mean"] = "max",
    quantile: float = 0.95,
) -> Lesions:
    """Score, centre, box and size of every region of one class.

    Args:
        prediction: at least 0.
        region: 0 outside, else the number of the lesion; numbers need not follow each other.
        class_place: the class.
        affine: from places to mm; see ``grid_affine``.
        score: what of the region's predictions is the lesion's score.
        quantile: which, where it is a quantile.

    Returns:
        Lesions by rising number. A centre is weighted by the predictions (where they are all 0, it
        is the plain centre).

    >>> region = np.array([[1, 1, 0], [0, 0, 2]])
    >>> lesions = measure_regions(region / 2, region, 0, np.diag([1.0, 2.0, 1.0]))
    >>> lesions.score, lesions.centre_mm, lesions.area_mm2
    (array([0.5, 1. ]), array([[0., 1.],
           [1., 4.]]), array([4., 2.]))
    """
    voxel = np.flatnonzero(region)
    number = region.ravel()[voxel]
    order = np.argsort(number, kind="stable")
    voxel, number = voxel[order], number[order]
    start = np.flatnonzero(np.diff(number, prepend=number[:1] - 1))
    lesions = start.size
    ends = np.append(start, voxel.size).astype(np.int64)
    owner = np.repeat(np.arange(lesions), np.diff(ends))
    value = probability.ravel()[voxel].astype(np.float64)
    place = np.stack(np.unravel_index(voxel, region.shape), axis=-1)

    weight = np.bincount(owner, value, minlength=lesions)
    value_or_1 = np.where(weight[owner] > 0, value, 1.0)
    total = np.bincount(owner, value_or_1, minlength=lesions)
    centre = np.empty((lesions, region.ndim))
    for axis in range(region.ndim):
        moment = np.bincount(owner, value_or_1 * place[:, axis], minlength=lesions)
        centre[:, axis] = moment / total
    box = (
        np.stack(
            [
                np.minimum.reduceat(place, start, axis=0),
                np.maximum.reduceat(place, start, axis=0) + 1,
            ],
            axis=1,
        ).astype(np.float64)
        if lesions
        else np.zeros((0, 2, region.ndim))
    )
    count = np.diff(ends)
    return Lesions(
        class_place=np.full(lesions, class_place, dtype=np.int64),
        score=_scores(value, ends, score, quantile),
        centre=centre,
        centre_mm=points_mm(centre, affine),
        box=box,
        box_mm=boxes_mm(box, affine),
        size=count * place_size(affine),
        voxel=voxel,
        voxel_start=ends,
        shape=region.shape,
    )


def _scores(
    value: Float[np.ndarray, " voxels"],
    ends: Int[np.ndarray, " lesions_and_1"],
    score: Literal["max", "quantile", "mean"],
    quantile: float,
) -> Float[np.ndarray, " lesions"]:
    parts = [value[low:high] for low, high in pairwise(ends)]
    if score == "quantile":
        return np.array([np.quantile(part, quantile) for part in parts], dtype=np.float64)
    if score == "mean":
        return np.array([part.mean() for part in parts], dtype=np.float64)
    return np.array([part.max() for part in parts], dtype=np.float64)
