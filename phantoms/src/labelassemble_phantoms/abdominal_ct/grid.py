"""The voxels of one scan, and where they lie in the patient."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Box = tuple[slice, slice, slice]
"""Voxels from .. to along x, y and z."""


@dataclass(frozen=True)
class Grid:
    """A grid in the patient's coordinates, in mm: x to the right, y to the front, z to the head.

    The origin is the midline, 50 mm in front of the spine's axis, between the vertebrae L1 and L2.
    """

    shape: tuple[int, int, int]
    """Voxels along x, y and z."""
    spacing_mm: tuple[float, float, float]
    first_mm: tuple[float, float, float]
    """Centre of voxel (0, 0, 0)."""

    @property
    def affine(self) -> Float[np.ndarray, "4 4"]:
        """From voxel numbers to mm (NIfTI's RAS)."""
        affine = np.diag([*self.spacing_mm, 1.0])
        affine[:3, 3] = self.first_mm
        return affine

    @property
    def voxel_mm3(self) -> float:
        """Volume of a voxel."""
        return float(np.prod(self.spacing_mm))

    @property
    def side_mm(self) -> float:
        """Side of a cube as large as a voxel."""
        return float(np.cbrt(self.voxel_mm3))

    @property
    def everything(self) -> Box:
        """The box of all voxels."""
        x, y, z = (slice(0, count) for count in self.shape)
        return x, y, z

    def axes(self, box: Box) -> tuple[Float[np.ndarray, " _"], ...]:
        """Centres of a box's voxels along x, y and z, in mm."""
        return tuple(
            np.asarray(
                first + step * np.arange(part.start, part.stop, dtype=np.float32), dtype=np.float32
            )
            for first, step, part in zip(self.first_mm, self.spacing_mm, box, strict=True)
        )

    def box(
        self, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"], margin_mm: float = 0.0
    ) -> Box:
        """Voxels between two corners in mm and a margin beyond; empty slices outside the grid."""
        parts = []
        for axis, count in enumerate(self.shape):
            first, step = self.first_mm[axis], self.spacing_mm[axis]
            start = np.floor((float(low[axis]) - margin_mm - first) / step)
            stop = np.ceil((float(high[axis]) + margin_mm - first) / step) + 1
            begin, end = (int(np.clip(place, 0, count)) for place in (start, stop))
            parts.append(slice(begin, max(begin, end)))
        x, y, z = parts
        return x, y, z


def lay_grid(
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    centre_mm: tuple[float, float, float],
) -> Grid:
    """Lay a grid about a centre.

    >>> grid = lay_grid((4, 4, 2), (1.0, 1.0, 5.0), (0.0, 0.0, 10.0))
    >>> grid.first_mm, grid.axes(grid.everything)[2].tolist()
    ((-1.5, -1.5, 7.5), [7.5, 12.5])
    """
    x, y, z = (
        middle - step * (count - 1) / 2
        for middle, step, count in zip(centre_mm, spacing_mm, shape, strict=True)
    )
    return Grid(shape, spacing_mm, (x, y, z))


def is_empty(box: Box) -> bool:
    """Whether a box holds no voxel."""
    return any(part.stop <= part.start for part in box)
