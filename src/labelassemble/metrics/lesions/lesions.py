"""The lesions of one scan: struct of arrays, a row a lesion."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import check_boxes
from labelassemble.metrics.lesions.grid import boxes_mm, grid_affine, place_size, points_mm


class Lesions(NamedTuple):
    """Candidates or truths of one image (2-D) or volume (3-D), of all classes."""

    class_place: Int[np.ndarray, " lesions"]
    """Which class, from 0."""
    score: Float[np.ndarray, " lesions"]
    """Higher means more likely a lesion; of truths 1."""
    centre: Float[np.ndarray, "lesions axes"]
    """In places of the array; whole numbers are the middles of places."""
    centre_mm: Float[np.ndarray, "lesions axes"]
    """The same in the patient."""
    box: Float[np.ndarray, "lesions 2 axes"]
    """First place, and the one after the last, along each axis of the array: half-open, so that a
    box from 2 to 5 holds the places 2, 3 and 4."""
    box_mm: Float[np.ndarray, "lesions 2 axes"]
    """Low and high ends along the patient's axes, from edge to edge of the places."""
    size: Float[np.ndarray, " lesions"]
    """Area in mm2 (2-D) or volume in mm3 (3-D)."""
    voxel: Int[np.ndarray, " voxels"]
    """Places of all lesions, one lesion after the other, counted through the array in C order."""
    voxel_start: Int[np.ndarray, " lesions_and_1"]
    """Lesion i has the places ``voxel[voxel_start[i]:voxel_start[i + 1]]``; none where only its
    box is known."""
    shape: tuple[int, ...]
    """Of the scan."""

    @property
    def area_mm2(self) -> Float[np.ndarray, " lesions"]:
        """Areas; only of images."""
        return self._size(2, "area_mm2")

    @property
    def volume_mm3(self) -> Float[np.ndarray, " lesions"]:
        """Volumes; only of volumes."""
        return self._size(3, "volume_mm3")

    def _size(self, axes: int, name: str) -> Float[np.ndarray, " lesions"]:
        if len(self.shape) != axes:
            raise MetricError(
                f"lesions with {axes} axes for {name}",
                f"{len(self.shape)} axes",
                "Take size, which is an area in 2-D and a volume in 3-D",
            )
        return self.size


def lesions_from_boxes(
    box: Real[np.ndarray, "lesions 2 axes"],
    class_place: Int[np.ndarray, " lesions"],
    score: Real[np.ndarray, " lesions"],
    spacing_mm: Real[np.ndarray, " axes"],
    shape: tuple[int, ...],
    affine: Real[np.ndarray, "axes_and_1 axes_and_1"] | None = None,
) -> Lesions:
    """Lesions of which only boxes are known, such as readers' boxes or a detector's.

    Args:
        box: see ``Lesions.box``; fractions are allowed.
        class_place: which class, from 0.
        score: any finite scale; of truths 1.
        spacing_mm: distance of neighbours along each axis of the array.
        shape: of the scan.
        affine: see ``grid_affine``.

    Returns:
        Lesions without places; their size is the box's.

    Raises:
        MetricError: a box ends before it begins, or see ``grid_affine``.

    >>> box = np.array([[[1.0, 1.0], [3.0, 5.0]]])
    >>> lesions = lesions_from_boxes(box, np.array([0]), np.array([0.9]), np.ones(2), (8, 8))
    >>> lesions.area_mm2, lesions.centre_mm
    (array([8.]), array([[1.5, 2.5]]))
    """
    check_boxes(box)
    matrix = grid_affine(spacing_mm, affine)
    centre = box.mean(axis=1) - 0.5
    return Lesions(
        class_place=class_place.astype(np.int64),
        score=score.astype(np.float64),
        centre=centre,
        centre_mm=points_mm(centre, matrix),
        box=box.astype(np.float64),
        box_mm=boxes_mm(box, matrix),
        size=np.prod(box[:, 1] - box[:, 0], axis=1) * place_size(matrix),
        voxel=np.zeros(0, dtype=np.int64),
        voxel_start=np.zeros(len(box) + 1, dtype=np.int64),
        shape=shape,
    )


def take_lesions(
    lesions: Lesions, which: Int[np.ndarray, " taken"] | Bool[np.ndarray, " lesions"]
) -> Lesions:
    """Some of the lesions, in the order asked for."""
    rows = np.arange(lesions.score.size)[which]
    voxel = [lesions.voxel[lesions.voxel_start[i] : lesions.voxel_start[i + 1]] for i in rows]
    return Lesions._make(
        [
            *(column[rows] for column in lesions[:7]),
            np.concatenate([lesions.voxel[:0], *voxel]),
            np.cumsum([0, *(part.size for part in voxel)]),
            lesions.shape,
        ]
    )


def join_lesions(lesions: Sequence[Lesions]) -> Lesions:
    """Lesions of the same scan, one set after the other.

    Raises:
        MetricError: there is none, or they are of scans of different shapes.
    """
    shapes = {each.shape for each in lesions}
    if len(shapes) != 1:
        raise MetricError(
            "lesions of one scan", f"shapes {sorted(shapes)}", "Join lesions scan by scan"
        )
    sizes = np.concatenate([np.diff(each.voxel_start) for each in lesions])
    columns = zip(*(each[:8] for each in lesions), strict=True)
    return Lesions._make(
        [
            *(np.concatenate(parts) for parts in columns),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            lesions[0].shape,
        ]
    )
