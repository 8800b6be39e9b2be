"""Points as sources write them, in voxels of the volume that they belong to."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

Space = Literal["lps", "ras", "voxel"]
"""How a point is written: millimetres that grow to the left, back and up; to the right, front and
up; or voxels along the file's own axes, counted from 0."""

_BESIDE = 1.0
"""Voxels by which a point may lie outside its volume: rounding."""

OFF_PLANE = 0.25
"""Part of the distance of slices by which a contour's points may lie beside their slice."""


def voxels_of(
    points: Sequence[Sequence[float]], space: Space, affine: Float[np.ndarray, "4 4"]
) -> Float[np.ndarray, "points 3"]:
    """Give voxel indices of points; whole numbers are centres of voxels.

    Args:
        points: as their source writes them.
        space: how it does.
        affine: of the image file, voxel to millimetres, RAS+.

    >>> voxels_of([(-10.0, -4.0, 6.0)], "lps", np.diag([2.0, 2.0, 3.0, 1.0])).tolist()
    [[5.0, 2.0, 2.0]]
    """
    numbers = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    if space == "voxel":
        return numbers
    signs = np.array([-1.0, -1.0, 1.0]) if space == "lps" else np.ones(3)
    voxels: Float[np.ndarray, "points 3"] = (numbers * signs - affine[:3, 3]) @ np.linalg.inv(
        affine[:3, :3]
    ).T
    return voxels


def outside(
    voxels: Float[np.ndarray, "points 3"], shape: tuple[int, ...]
) -> Bool[np.ndarray, " points"]:
    """Say which points lie more than ``_BESIDE`` voxels outside a volume.

    >>> outside(np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0]]), (5, 5, 5)).tolist()
    [False, True]
    """
    low = (voxels < -0.5 - _BESIDE).any(axis=1)
    high = (voxels > np.array(shape) - 0.5 + _BESIDE).any(axis=1)
    return np.asarray(low | high)


def find_slice_axis(contours: Sequence[Float[np.ndarray, "_ 3"]]) -> int | None:
    """Find the axis along which all contours keep to one slice each; the last one in doubt.

    Args:
        contours: in voxels.

    Returns:
        None: some lie between slices, or across them.

    >>> find_slice_axis([np.array([[1.0, 2.0, 3.1], [4.0, 2.0, 3.0], [4.0, 9.0, 3.0]])])
    2
    """
    for axis in (2, 1, 0):
        along = [contour[:, axis] for contour in contours]
        if all(np.abs(one - np.rint(one.mean())).max() <= OFF_PLANE for one in along):
            return axis
    return None
