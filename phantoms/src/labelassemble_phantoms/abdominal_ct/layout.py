"""Where every voxel lies in a patient whose shapes are bent smoothly and at random."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from labelassemble_phantoms.abdominal_ct.grid import Box, Grid
from labelassemble_phantoms.abdominal_ct.smooth_field import SmoothField, draw_field, look_up

BEND_MM = 3.6
"""Standard deviation of the bend along each axis."""
KNOT_MM = 45.0
"""Knots of the bend: neighbouring organs move together."""
REACH_MM = 18.0
"""Margin, in mm, that boxes of bent shapes need; bends are cut off before it."""

Bend = tuple[SmoothField, SmoothField, SmoothField]
"""Shift along x, y and z, in units of `BEND_MM`."""


def draw_bend(generator: np.random.Generator) -> Bend:
    """Draw a patient's bend."""
    x, y, z = (
        draw_field(generator, KNOT_MM, (-240.0, -180.0, -180.0), (240.0, 200.0, 200.0))
        for _ in range(3)
    )
    return x, y, z


@dataclass(frozen=True)
class Layout:
    """A grid, and the unbent coordinates of its voxels, in which the anatomy is written."""

    grid: Grid
    bend: Bend
    unbent: Float32[np.ndarray, "3 x y z"]

    def at(self, box: Box) -> Float32[np.ndarray, "3 x y z"]:
        """Unbent coordinates of a box's voxels."""
        return self.unbent[(slice(None), *box)]

    def place(self, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
        """Where points of the anatomy lie in the patient."""
        placed = np.asarray(points, dtype=float)
        for _ in range(3):
            placed = points - _shift(self.bend, placed)
        return placed


def lay_out(grid: Grid, bend: Bend) -> Layout:
    """Bend a patient over the grid."""
    whole = grid.everything
    unbent = np.stack([field.on_grid(grid, whole) for field in bend])
    limit = REACH_MM / BEND_MM
    np.clip(unbent, -limit, limit, out=unbent)
    unbent *= BEND_MM
    x, y, z = grid.axes(whole)
    unbent[0] += x[:, None, None]
    unbent[1] += y[:, None]
    unbent[2] += z
    return Layout(grid, bend, unbent)


def _shift(bend: Bend, points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
    limit = REACH_MM / BEND_MM
    return np.asarray(BEND_MM * np.clip(look_up(bend, points), -limit, limit))
