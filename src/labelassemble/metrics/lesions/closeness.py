"""Which candidates may be which truths, and how close they are."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import sparse

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou
from labelassemble.metrics.lesions.lesions import Lesions


class Criterion(NamedTuple):
    """When a candidate may be a truth of its class."""

    by: Literal["box_iou", "mask_iou", "distance", "centre"] = "box_iou"
    """box_iou, mask_iou: intersection over union of boxes or of places. distance: of the centres.
    centre: the candidate's centre lies in the truth."""
    limit: float = 0.1
    """Overlap of at least this, in (0, 1]; or a distance of at most this, in mm; centre: unused.
    Default: 0.1 in 3-D (Baumgartner 2021, nnDetection; Saha 2024, PI-CAI); in 2-D 0.4 or 0.5 is
    usual (VinDr-CXR's challenge; PASCAL VOC)."""


class Closeness(NamedTuple):
    """Every candidate beside every truth of one scan."""

    allowed: Bool[np.ndarray, "candidates truths"]
    """Same class, and the criterion is met."""
    closeness: Float[np.ndarray, "candidates truths"]
    """In [0, 1], higher is closer: the overlap, or 1 / (1 + distance in mm)."""


def measure_closeness(candidates: Lesions, truths: Lesions, criterion: Criterion) -> Closeness:
    """Hold all candidates of a scan against all its truths.

    Raises:
        MetricError: the scans' shapes differ, the limit is out of range, or places are asked for
            where only boxes are known.
    """
    _check(candidates, truths, criterion)
    gap = candidates.centre_mm[:, None] - truths.centre_mm[None]
    distance = np.sqrt((gap**2).sum(axis=-1))
    closeness = 1 / (1 + distance)
    if criterion.by == "box_iou":
        closeness = box_iou(candidates.box, truths.box)
    elif criterion.by == "mask_iou":
        closeness = mask_iou(candidates, truths)
    if criterion.by == "centre":
        allowed = centre_inside(candidates, truths)
    elif criterion.by == "distance":
        allowed = distance <= criterion.limit
    else:
        allowed = closeness >= criterion.limit
    same_class = candidates.class_place[:, None] == truths.class_place[None]
    return Closeness(allowed & same_class, closeness)


def mask_iou(candidates: Lesions, truths: Lesions) -> Float[np.ndarray, "candidates truths"]:
    """Intersection over union of the places of every candidate with those of every truth.

    Raises:
        MetricError: a lesion has no places.
    """
    for lesions in (candidates, truths):
        if (np.diff(lesions.voxel_start) == 0).any():
            raise MetricError(
                "lesions with places",
                "lesions of which only boxes are known",
                "Match by box_iou, distance or centre",
            )
    used = np.unique(truths.voxel)
    left, right = (_membership(lesions, used) for lesions in (candidates, truths))
    shared = (left @ right.T).toarray().astype(np.float64)
    sizes = [np.diff(lesions.voxel_start) for lesions in (candidates, truths)]
    return np.asarray(shared / (sizes[0][:, None] + sizes[1][None, :] - shared))


def _membership(lesions: Lesions, used: Int[np.ndarray, " places"]) -> sparse.csr_array:
    """Lesions x places, of the places that truths use only, because scans are huge."""
    owner = np.repeat(np.arange(lesions.score.size), np.diff(lesions.voxel_start))
    column = np.searchsorted(used, lesions.voxel)
    hit = np.append(used, -1)[column] == lesions.voxel
    entries = (np.ones(int(hit.sum()), dtype=np.int64), (owner[hit], column[hit]))
    return sparse.coo_array(entries, shape=(lesions.score.size, used.size)).tocsr()


def centre_inside(candidates: Lesions, truths: Lesions) -> Bool[np.ndarray, "candidates truths"]:
    """Whether a candidate's centre, to the nearest place, lies in a truth; in its box, where only
    that is known."""
    # + 0.5: a box counts from edges, a centre from middles of places.
    point = candidates.centre[:, None] + 0.5
    within = (point >= truths.box[None, :, 0]) & (point < truths.box[None, :, 1])
    inside: Bool[np.ndarray, "candidates truths"] = np.all(within, axis=-1)
    place = np.clip(
        np.floor(candidates.centre + 0.5).astype(np.int64), 0, np.array(truths.shape) - 1
    )
    flat = np.ravel_multi_index(tuple(place.T), truths.shape)
    for truth, (low, high) in enumerate(
        zip(truths.voxel_start[:-1], truths.voxel_start[1:], strict=True)
    ):
        if high > low:
            inside[:, truth] &= np.isin(flat, truths.voxel[low:high])
    return inside


def _check(candidates: Lesions, truths: Lesions, criterion: Criterion) -> None:
    if candidates.shape != truths.shape:
        raise MetricError(
            "candidates and truths of one scan",
            f"shapes {candidates.shape} and {truths.shape}",
            "Match scan by scan, on the same grid",
        )
    overlap = criterion.by in ("box_iou", "mask_iou")
    bad = not criterion.limit > 0 or (overlap and criterion.limit > 1)
    if bad and criterion.by != "centre":
        raise MetricError(
            "an overlap in (0, 1]" if overlap else "a distance above 0 mm",
            f"{criterion.by} of {criterion.limit:g}",
            "Give 0.1 for boxes in 3-D, 0.4 or 0.5 in 2-D, or a distance in mm",
        )
