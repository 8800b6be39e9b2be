"""A mask on a volume's grid in, the pixels of the DICOM slices that lie in it out."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from labelassemble.volumes.geometry import Affine, to_mm, to_voxel
from labelassemble.volumes.slice_headers import Slice

_EDGE = 1e-3
"""Part of a voxel by which a pixel's centre may lie beyond its edge: rounding in headers."""


def mask_on_slices(
    mask: Bool[np.ndarray, "right anterior superior"],
    first: Int[np.ndarray, "3"],
    affine: Affine,
    slices: Sequence[Slice],
) -> dict[int, Bool[np.ndarray, "rows columns"]]:
    """Find the pixels whose centres lie in the voxels of a mask.

    Whatever was done to the volume since it was read: the patient's millimetres are the way. A mask
    that no pixel's centre lies in has the pixel that is nearest to its middle.

    Args:
        mask: a part of the grid.
        first: the part's first voxel.
        affine: of the grid.
        slices: of one series, all of one size.

    Returns:
        Number of a slice to its pixels, of the slices that have some.
    """
    found = {}
    for number, one in enumerate(slices):
        columns, rows = one.size
        own = _slice_affine(one)
        corners = [own @ [c, r, 1] for c in (0, columns - 1) for r in (0, rows - 1)]
        ends = to_voxel(affine, np.stack(corners))
        if (ends.min(axis=0) > first + mask.shape).any() or (ends.max(axis=0) < first - 1).any():
            continue
        column, row = np.meshgrid(np.arange(columns), np.arange(rows))
        places = np.stack([column.ravel(), row.ravel(), np.ones(column.size)], axis=1) @ own.T
        index = np.floor(to_voxel(affine, places) + 0.5 + _EDGE).astype(np.int64) - first
        within = ((index >= 0) & (index < mask.shape)).all(axis=1)
        inside = np.zeros(column.size, dtype=bool)
        inside[within] = mask[tuple(index[within].T)]
        if inside.any():
            found[number] = inside.reshape(rows, columns)
    return found or _nearest_pixel(
        to_mm(affine, (first + np.argwhere(mask).mean(0))[None])[0], slices
    )


def _nearest_pixel(
    point: Float[np.ndarray, "3"], slices: Sequence[Slice]
) -> dict[int, Bool[np.ndarray, "rows columns"]]:
    """The pixel nearest to a point of the patient, RAS+."""
    off = [abs(float((point - one.corner) @ np.cross(one.along, one.down))) for one in slices]
    number = int(np.argmin(off))
    one = slices[number]
    columns, rows = one.size
    column, row = (
        int(np.clip(round(float((point - one.corner) @ way) / step), 0, length - 1))
        for way, step, length in zip(
            (one.along, one.down), one.spacing, (columns, rows), strict=True
        )
    )
    pixels = np.zeros((rows, columns), dtype=bool)
    pixels[row, column] = True
    return {number: pixels}


def _slice_affine(one: Slice) -> Float[np.ndarray, "3 3"]:
    """Column, row and 1 to the patient, millimetres, RAS+."""
    across, down = one.spacing
    return np.stack([one.along * across, one.down * down, one.corner], axis=1)
