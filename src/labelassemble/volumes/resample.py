"""A volume on one grid in, the same volume on a finer or coarser grid out, at the same place.

A voxel is a box around its centre. The new grid covers the old one's boxes, shares its middle, and
has its axes; every new centre is read from the old voxels beside it, linearly.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped, UInt8
from scipy.ndimage import gaussian_filter1d

from labelassemble.errors import ImageError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.geometry import Affine, spacing_of
from labelassemble.volumes.volume import Volume

Positions = Float[np.ndarray, " _"]
"""For each new voxel along an axis, the index, whole or between, in the old grid."""

SMOOTHING_REACH = 4.0
"""Standard deviations after which the smoothing kernel ends."""

_ALMOST_ONE = 1.0 - 1e-4


class VoxelGrid(NamedTuple):
    """Voxels along each axis, and where their centres lie in the patient."""

    shape: tuple[int, int, int]
    affine: Affine


def resampled_grid(grid: VoxelGrid, spacing_mm: tuple[float, float, float] | None) -> VoxelGrid:
    """Give the grid of another spacing that covers this one; None: this one.

    >>> grid = VoxelGrid((10, 10, 5), np.diag([1.0, 1.0, 2.0, 1.0]))
    >>> grid = resampled_grid(grid, (1.0, 2.0, 1.0))
    >>> grid.shape, grid.affine[:3, 3].tolist()
    ((10, 5, 10), [0.0, 0.5, -0.5])
    """
    if spacing_mm is None:
        return grid
    old = np.array(spacing_of(grid.affine))
    ratio = np.array(spacing_mm) / old
    # Sizes a hair above a whole number are rounding, not a part of a voxel to be covered.
    count = np.maximum(1, np.ceil(np.array(grid.shape) / ratio - 1e-3)).astype(int)
    affine = grid.affine.copy()
    affine[:3, :3] = grid.affine[:3, :3] * ratio
    middle = grid.affine[:3, :3] @ ((np.array(grid.shape) - 1.0) / 2.0) + grid.affine[:3, 3]
    affine[:3, 3] = middle - affine[:3, :3] @ ((count - 1.0) / 2.0)
    return VoxelGrid((int(count[0]), int(count[1]), int(count[2])), affine)


def find_positions(old: Affine, new: VoxelGrid) -> tuple[Positions, Positions, Positions]:
    """Find where the new grid's voxels lie in the old one, axis by axis.

    Raises:
        ImageError: the two grids' axes do not run the same way.
    """
    between = np.linalg.inv(old) @ new.affine
    bent = np.abs(between[:3, :3] - np.diag(np.diag(between[:3, :3])))
    if (bent.max(axis=1) * (max(new.shape) - 1) > 0.05).any():
        raise ImageError(
            "two grids whose axes run the same way",
            "grids that are turned against each other",
            "Take both from the same volume",
        )
    first, second, third = (
        between[k, k] * np.arange(new.shape[k]) + between[k, 3] for k in range(3)
    )
    return first, second, third


def smoothing_sigmas(positions: tuple[Positions, ...]) -> tuple[float, ...]:
    """Standard deviation, in old voxels, of what keeps fine detail from aliasing; 0: none.

    Source: scikit-image's resize, (shrinking - 1) / 2.
    """
    steps = (abs(float(one[1] - one[0])) if len(one) > 1 else 1.0 for one in positions)
    return tuple(max(0.0, (step - 1.0) / 2.0) if step > 1.001 else 0.0 for step in steps)


def resample_array(
    values: Shaped[np.ndarray, "*lead x y z"],
    positions: tuple[Positions, Positions, Positions],
    sigmas: tuple[float, ...] = (0.0, 0.0, 0.0),
) -> Float[np.ndarray, "*lead new_x new_y new_z"]:
    """Read an array at these positions of its last three axes, linearly.

    Args:
        values: the last three axes are space; outside, the border goes on.
        positions: for each of these axes.
        sigmas: as ``smoothing_sigmas`` gives them; smoothing comes first.

    Returns:
        float32.
    """
    lead = values.ndim - 3
    result = values.astype(np.float32, copy=False)
    # Axes that shrink come first: the others then have less to do.
    for k in sorted(range(3), key=lambda k: -sigmas[k]):
        if sigmas[k] > 0.0:
            result = gaussian_filter1d(
                result, sigmas[k], axis=lead + k, mode="nearest", truncate=SMOOTHING_REACH
            )
        result = _interpolate(result, positions[k], lead + k)
    return result


def _interpolate(values: np.ndarray, positions: Positions, axis: int) -> np.ndarray:
    last = values.shape[axis] - 1
    at = np.clip(positions, 0.0, last)
    # A millionth of a voxel is rounding: whole positions copy.
    at = np.where(np.abs(at - np.rint(at)) < 1e-6, np.rint(at), at)
    low = np.floor(at).astype(np.intp)
    share = (at - low).astype(np.float32)
    if not share.any():
        still = len(low) == last + 1 and np.array_equal(low, np.arange(last + 1))
        copied: np.ndarray = values if still else np.take(values, low, axis=axis)
        return copied
    spread = share.reshape(-1, *(1,) * (values.ndim - axis - 1))
    mixed: np.ndarray = np.take(values, low, axis=axis)
    mixed *= np.float32(1.0) - spread
    upper = np.take(values, np.minimum(low + 1, last), axis=axis)
    upper *= spread
    mixed += upper
    return mixed


def resample(volume: Volume, spacing_mm: tuple[float, float, float]) -> Volume:
    """Give a volume another spacing; its place in the patient stays.

    Args:
        volume: values are interpolated linearly, smoothed first along axes that become coarser.
        spacing_mm: along right, anterior, superior.

    Returns:
        float32 voxels; the same voxels where the spacing is the same already.
    """
    grid = resampled_grid(VoxelGrid(volume.shape, volume.affine), spacing_mm)
    positions = find_positions(volume.affine, grid)
    if grid.shape == volume.shape and np.allclose(grid.affine, volume.affine, atol=1e-6):
        return volume
    voxels = resample_array(volume.voxels, positions, smoothing_sigmas(positions))
    return volume._replace(voxels=voxels, affine=grid.affine)


def resample_states(
    state: UInt8[np.ndarray, "classes x y z"],
    positions: tuple[Positions, Positions, Positions],
) -> UInt8[np.ndarray, "classes new_x new_y new_z"]:
    """Read what is known of voxels at positions between them.

    A class is positive where its own mask, interpolated linearly, reaches 0.5. It is unknown
    wherever an unknown voxel has a part: unknown spreads, negative never does.

    Args:
        state: 0 unknown, 1 negative, 3 positive (``sources.assessments``).
        positions: as ``find_positions`` gives them.
    """
    size = (len(positions[0]), len(positions[1]), len(positions[2]))
    result = np.empty((len(state), *size), dtype=np.uint8)
    for one, target in zip(state, result, strict=True):
        low = one.min()
        if low == one.max():
            target[...] = low
            continue
        positive = resample_array(one == POSITIVE, positions) >= 0.5
        target[...] = NEGATIVE
        target[positive] = POSITIVE
        if low == UNKNOWN:
            known = resample_array(one != UNKNOWN, positions) >= _ALMOST_ONE
            target[~known] = UNKNOWN
    return result


def resample_like(
    values: Shaped[np.ndarray, "*lead x y z"], affine: Affine, like: VoxelGrid
) -> Shaped[np.ndarray, "*lead new_x new_y new_z"]:
    """Bring an array onto another grid whose axes run the same way: predictions back to their
    image.

    Whole numbers and truth values are taken from the nearest voxel, fractions linearly.

    Raises:
        ImageError: grids that are turned against each other.
    """
    positions = find_positions(affine, like)
    if values.dtype.kind == "f":
        return resample_array(values, positions).astype(values.dtype, copy=False)
    for k, at in enumerate(positions):
        axis = values.ndim - 3 + k
        nearest = np.clip(np.floor(at + 0.5), 0, values.shape[axis] - 1).astype(np.intp)
        values = np.take(values, nearest, axis=axis)
    return values
