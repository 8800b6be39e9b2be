"""Smooth random fields in mm: the same whatever the grid that looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from labelassemble_phantoms.abdominal_ct.grid import Box, Grid

GAIN = (315 / 151) ** 1.5
"""A cubic spline over numbers of variance 1 has a mean variance of 151 / 315 along each axis."""


@dataclass(frozen=True)
class SmoothField:
    """Cubic B-splines over a lattice of random numbers; 0 beyond the lattice."""

    numbers: Float32[np.ndarray, "nx ny nz"]
    knot_mm: float
    """Distance between two knots; bumps are about twice as wide."""
    first_mm: tuple[float, float, float]
    """Place of knot (0, 0, 0)."""

    def on_grid(self, grid: Grid, box: Box) -> Float32[np.ndarray, "x y z"]:
        """Values at the voxels of a box."""
        value = self.numbers
        for axis, centres in zip((0, 1, 2), grid.axes(box), strict=True):
            value = np.tensordot(self.weights(centres, axis), value, axes=(1, axis))
            value = np.moveaxis(value, 0, axis)
        return np.ascontiguousarray(value)

    def at(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, " points"]:
        """Values at points in mm."""
        return look_up((self,), points)[:, 0]

    def weights(self, places: Float[np.ndarray, " n"], axis: int) -> Float32[np.ndarray, "n k"]:
        """Weights of the knots along an axis at places in mm along it."""
        knots = np.arange(self.numbers.shape[axis], dtype=np.float32)
        away = np.abs((places[:, None] - self.first_mm[axis]) / self.knot_mm - knots)
        near = 2 / 3 - away**2 + away**3 / 2
        far = np.maximum(2 - away, 0) ** 3 / 6
        return np.where(away < 1, near, far).astype(np.float32)


def look_up(
    fields: Sequence[SmoothField], points: Float[np.ndarray, "points 3"]
) -> Float[np.ndarray, "points fields"]:
    """Values of fields over the same lattice at points in mm."""
    x, y, z = (fields[0].weights(points[:, axis], axis) for axis in range(3))
    numbers = np.stack([field.numbers for field in fields])
    _, wide, deep, tall = numbers.shape
    slabs = x @ numbers.transpose(1, 0, 2, 3).reshape(wide, -1)
    lines = y[:, None, None, :] @ slabs.reshape(len(points), len(fields), deep, tall)
    return np.asarray((lines[:, :, 0] * z[:, None, :]).sum(axis=2), dtype=float)


def draw_field(
    generator: np.random.Generator,
    knot_mm: float,
    low_mm: tuple[float, float, float],
    high_mm: tuple[float, float, float],
) -> SmoothField:
    """Draw a field of mean 0 and standard deviation about 1 between two corners.

    >>> field = draw_field(np.random.default_rng(0), 10.0, (-50.0,) * 3, (50.0,) * 3)
    >>> field.at(np.zeros((1, 3))).shape
    (1,)
    """
    counts = [
        int(np.ceil((high - low) / knot_mm)) + 3 for low, high in zip(low_mm, high_mm, strict=True)
    ]
    numbers = np.float32(GAIN) * generator.standard_normal(counts, dtype=np.float32)
    x, y, z = (low - knot_mm for low in low_mm)
    return SmoothField(numbers, knot_mm, (x, y, z))
