"""Where voxels lie in the patient: affines, axes, spacing, and the way back into the file.

An affine takes voxel indices (i, j, k) of a voxel's centre to patient millimetres that grow to the
right, to the front and upwards (RAS+, as NIfTI has it; DICOM's LPS is turned when it is read).
"""

from itertools import permutations, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from labelassemble.errors import ImageError

Affine = Float[np.ndarray, "4 4"]
"""Voxel index to patient millimetres, RAS+."""

_Points = Float[np.ndarray, "_ 3"]

MAX_SHEAR_DEGREES = 0.1
"""Axes of a file that are further from right angles are sheared; less is rounding in headers."""

NOTED_ANISOTROPY = 10.0
"""Ratio of the coarsest to the finest spacing from which on it is noted."""


class FileGeometry(NamedTuple):
    """How a file stores its voxels, and how that becomes right, anterior, superior.

    Attributes:
        shape: voxels along the file's own three axes.
        affine: the file's own, in millimetres.
        axes: for right, anterior and superior, the file's axis that runs nearest to it.
        flips: whether that axis runs the other way.
    """

    shape: tuple[int, int, int]
    affine: Affine
    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]


def find_geometry(shape: tuple[int, int, int], affine: Affine, place: Path) -> FileGeometry:
    """Find which axis of a file runs to the right, to the front, and upwards.

    Of the 48 ways of exchanging and turning axes round, the one nearest to the patient's axes. What
    is left, an oblique rotation, stays in the affine.

    Args:
        shape: voxels along the file's axes.
        affine: the file's, in millimetres, RAS+.
        place: the file, for errors.

    Raises:
        ImageError: an affine that is not finite, flat, or sheared.
    """
    matrix = affine[:3, :3]
    lengths = np.linalg.norm(matrix, axis=0)
    if not np.isfinite(affine).all() or (lengths <= 0).any():
        raise ImageError(
            f"a finite affine with three axes of some length in {place}",
            f"{np.array2string(affine, precision=4)}",
            "Fix the file's header, or convert it again from the original images",
        )
    directions = matrix / lengths
    cosines = np.abs(directions.T @ directions - np.eye(3))
    shear = float(np.degrees(np.arcsin(np.clip(cosines.max(), 0.0, 1.0))))
    if shear > MAX_SHEAR_DEGREES:
        raise ImageError(
            f"axes at right angles in {place}",
            f"an affine sheared by {shear:.2f} degrees",
            "Resample it to a rectangular grid with the tool that made it; for DICOM with a tilted "
            "gantry, read the series itself with gantry_tilt = 'straighten'",
        )
    nearest = max(
        permutations(range(3)),
        key=lambda order: sum(abs(directions[k, order[k]]) for k in range(3)),
    )
    axes = (nearest[0], nearest[1], nearest[2])
    flips = tuple(bool(directions[k, axes[k]] < 0) for k in range(3))
    return FileGeometry(shape, affine, axes, (flips[0], flips[1], flips[2]))


def ras_shape(file: FileGeometry) -> tuple[int, int, int]:
    """Voxels along right, anterior, superior."""
    return file.shape[file.axes[0]], file.shape[file.axes[1]], file.shape[file.axes[2]]


def ras_affine(file: FileGeometry) -> Affine:
    """Where the voxels lie once their axes run right, anterior, superior: at the same places."""
    to_file = np.zeros((4, 4))
    to_file[3, 3] = 1.0
    for k, (axis, flip) in enumerate(zip(file.axes, file.flips, strict=True)):
        to_file[axis, k] = -1.0 if flip else 1.0
        to_file[axis, 3] = file.shape[axis] - 1.0 if flip else 0.0
    return file.affine @ to_file


def to_ras(
    voxels: Shaped[np.ndarray, "*lead i j k"], file: FileGeometry
) -> Shaped[np.ndarray, "*lead right anterior superior"]:
    """Look at an array in the file's order as right, anterior, superior; a view."""
    lead = voxels.ndim - 3
    turned = voxels.transpose(*range(lead), *(lead + axis for axis in file.axes))
    return _turn_round(turned, file.flips)


def to_file(
    voxels: Shaped[np.ndarray, "*lead right anterior superior"], file: FileGeometry
) -> Shaped[np.ndarray, "*lead i j k"]:
    """Look at an array of right, anterior, superior in the file's order; a view."""
    lead = voxels.ndim - 3
    turned = _turn_round(voxels, file.flips)
    back = [file.axes.index(axis) for axis in range(3)]
    return turned.transpose(*range(lead), *(lead + axis for axis in back))


def _turn_round(
    voxels: Shaped[np.ndarray, "*lead x y z"], flips: tuple[bool, bool, bool]
) -> Shaped[np.ndarray, "*lead x y z"]:
    first, second, third = (slice(None, None, -1 if flip else 1) for flip in flips)
    return voxels[..., first, second, third]


def spacing_of(affine: Affine) -> tuple[float, float, float]:
    """Distance between the centres of neighbouring voxels along each axis, in millimetres.

    >>> spacing_of(np.diag([0.5, 0.5, 2.0, 1.0]))
    (0.5, 0.5, 2.0)
    """
    first, second, third = np.linalg.norm(affine[:3, :3], axis=0).tolist()
    return first, second, third


def to_mm(affine: Affine, voxels: _Points) -> _Points:
    """Take voxel indices, whole or between voxels, to patient millimetres."""
    points_mm: _Points = voxels @ affine[:3, :3].T + affine[:3, 3]
    return points_mm


def to_voxel(affine: Affine, points_mm: _Points) -> _Points:
    """Take patient millimetres to voxel indices; whole numbers are centres of voxels."""
    voxels: _Points = (points_mm - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T
    return voxels


def farthest_mm(one: Affine, other: Affine, shape: tuple[int, int, int]) -> float:
    """How far apart two affines put the same voxel, at most, over a grid of this shape."""
    corners = np.array(list(product(*((0.0, size - 1.0) for size in shape))))
    return float(np.linalg.norm(to_mm(one, corners) - to_mm(other, corners), axis=1).max())


def anisotropy(affine: Affine) -> float:
    """Ratio of the coarsest to the finest spacing, 1 or more."""
    spacing = spacing_of(affine)
    return max(spacing) / min(spacing)
