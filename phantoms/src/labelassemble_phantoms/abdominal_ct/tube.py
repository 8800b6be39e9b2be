"""Tubes along lines: vessels, ducts, bowel, ribs and the pancreas itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from labelassemble_phantoms.abdominal_ct.grid import Box, Grid, is_empty
from labelassemble_phantoms.abdominal_ct.layout import Layout
from labelassemble_phantoms.abdominal_ct.shapes import Place, smooth_line

_THINNEST = 0.5
"""Radius of the thinnest tube that is drawn, in voxels."""


@dataclass(frozen=True)
class Tube:
    """A line with a radius at every point, in mm, in the patient's coordinates."""

    points: Float[np.ndarray, "points 3"]
    radius: Float[np.ndarray, " points"]


@dataclass(frozen=True)
class TubeField:
    """What the voxels around a tube know of it."""

    box: Box
    distance: Float32[np.ndarray, "x y z"]
    """mm to the surface, negative inside; never more than was measured."""
    place: Float32[np.ndarray, "x y z"]
    """Nearest point of the line, as a number of points from its beginning."""


def lay_tube(
    layout: Layout,
    points: Sequence[Place] | Float[np.ndarray, "points 3"],
    radius: Place | Float[np.ndarray, " points"],
    step_mm: float = 7.0,
) -> Tube:
    """Lay a tube smoothly through points of the anatomy."""
    line, width = smooth_line(
        np.asarray(points, dtype=float), np.asarray(radius, dtype=float)[:, None], step_mm
    )
    return Tube(layout.place(line), width[:, 0])


def measure_tube(
    grid: Grid, tube: Tube, reach_mm: float, stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> TubeField:
    """Measure the distance of voxels to a tube.

    Args:
        grid: the voxels.
        tube: the tube.
        reach_mm: how far beyond the surface it is measured.
        stretch: how much wider than its radius the section is along x, y and z.
    """
    wide = np.array(stretch, dtype=np.float32)
    reach = (float(tube.radius.max()) + reach_mm) * float(wide.max())
    box = grid.box(tube.points.min(axis=0), tube.points.max(axis=0), reach)
    size = tuple(part.stop - part.start for part in box)
    distance = np.full(size, reach_mm, dtype=np.float32)
    place = np.zeros(size, dtype=np.float32)
    if is_empty(box):
        return TubeField(box, distance, place)
    corner = [part.start for part in box]
    points, radius = tube.points.astype(np.float32), tube.radius.astype(np.float32)
    for number in range(len(points) - 1):
        ends, width = points[number : number + 2], radius[number : number + 2]
        margin = (float(width.max()) + reach_mm) * wide
        part = grid.box(ends.min(axis=0) - margin, ends.max(axis=0) + margin)
        if is_empty(part):
            continue
        inner = tuple(
            slice(side.start - low, side.stop - low) for side, low in zip(part, corner, strict=True)
        )
        x, y, z = (
            (centres - start) / scale
            for centres, start, scale in zip(grid.axes(part), ends[0], wide, strict=True)
        )
        along = (ends[1] - ends[0]) / wide
        square = max(float(along @ along), 1e-9)
        share = (
            (x * (along[0] / square))[:, None, None]
            + (y * (along[1] / square))[:, None]
            + z * (along[2] / square)
        )
        np.clip(share, 0, 1, out=share)
        away = (x[:, None, None] - share * along[0]) ** 2
        away += (y[:, None] - share * along[1]) ** 2
        away += (z - share * along[2]) ** 2
        np.sqrt(away, out=away)
        away -= width[0] + share * (width[1] - width[0])
        nearer = away < distance[inner]
        np.copyto(distance[inner], away, where=nearer)
        np.copyto(place[inner], share + np.float32(number), where=nearer)
    return TubeField(box, distance, place)


def fill_tube(
    grid: Grid, tube: Tube, stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> tuple[Box, Float32[np.ndarray, "x y z"]]:
    """Share of each voxel, 0 to 1, that a tube fills.

    Its section is right whatever the voxels: a tube thinner than a voxel is drawn a voxel wide and
    as much fainter.
    """
    side = grid.side_mm
    # The soft edge, a voxel wide, adds a twelfth of a voxel's face to the section of a tube.
    drawn = np.sqrt(np.maximum(tube.radius**2 - side**2 / 12, (_THINNEST * side) ** 2))
    found = measure_tube(grid, Tube(tube.points, drawn), side, stretch)
    filled = np.clip(np.float32(0.5) - found.distance / np.float32(side), 0, 1)
    faint = np.minimum(tube.radius**2 / (drawn**2 + side**2 / 12), 1).astype(np.float32)
    if faint.min() < 1:
        filled *= np.interp(found.place, np.arange(len(faint)), faint).astype(np.float32)
    return found.box, filled
