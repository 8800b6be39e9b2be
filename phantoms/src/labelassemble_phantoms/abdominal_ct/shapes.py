"""How much of each voxel a shape fills, and the few shapes that organs are made of.

A shape is a function that is negative inside and positive outside. Where its surface cuts a voxel,
the voxel is filled in part, as in a real scan.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32
from scipy.interpolate import CubicSpline

Field = Float32[np.ndarray, "x y z"]
At = Float32[np.ndarray, "3 x y z"]
"""Coordinates of voxels, in mm."""
Place = Sequence[float | int]
"""Three numbers in mm, as the anatomy is written."""


def fill(shape: Field) -> Field:
    """Share of each voxel, 0 to 1, that lies inside: exact for flat surfaces along an axis.

    Args:
        shape: negative inside; in any unit, as its slope is measured.

    >>> ramp = np.linspace(-2, 2, 5, dtype=np.float32)[:, None, None]
    >>> fill(ramp).ravel().tolist()
    [1.0, 1.0, 0.5, 0.0, 0.0]
    """
    change = np.full(shape.shape, 1e-6, dtype=np.float32)
    for axis in range(3):
        if shape.shape[axis] < 2:
            continue
        along, slope = np.moveaxis(shape, axis, 0), np.moveaxis(change, axis, 0)
        step = np.abs(along[1:] - along[:-1]) * np.float32(0.5)
        slope[:-1] += step
        slope[1:] += step
        # The outermost voxels have one neighbour only: it counts twice.
        slope[0] += step[0]
        slope[-1] += step[-1]
    filled = np.float32(0.5) - shape / change
    return np.clip(filled, 0, 1, out=filled)


def ellipsoid(at: At, centre: Place, half: Place) -> Field:
    """An ellipsoid; the value is about the distance in mm from its surface, if it is not flat."""
    total = np.zeros(at.shape[1:], dtype=np.float32)
    for axis in range(3):
        part = (at[axis] - np.float32(centre[axis])) * np.float32(1 / half[axis])
        total += part * part
    np.sqrt(total, out=total)
    total -= 1
    total *= np.float32(min(half))
    return total


def join(left: Field, right: Field, soft_mm: float) -> Field:
    """Join two shapes; the groove between them is filled to about ``soft_mm``."""
    share = np.clip(0.5 + (right - left) * np.float32(0.5 / soft_mm), 0, 1)
    joined = right + (left - right) * share - np.float32(soft_mm) * share * (1 - share)
    return np.asarray(joined, dtype=np.float32)


def smooth_line(
    points: Float[np.ndarray, "points 3"],
    values: Float[np.ndarray, "points values"],
    step_mm: float,
) -> tuple[Float[np.ndarray, "n 3"], Float[np.ndarray, "n values"]]:
    """Lay a smooth line through points, with values that go along with them.

    >>> line, width = smooth_line(np.array([[0.0, 0, 0], [10, 0, 0]]), np.array([[1.0], [2]]), 2.5)
    >>> line[:, 0].round(1).tolist(), width.ravel().round(2).tolist()
    ([0.0, 2.5, 5.0, 7.5, 10.0], [1.0, 1.25, 1.5, 1.75, 2.0])
    """
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    count = max(2, int(np.ceil(length[-1] / step_mm)) + 1)
    places = np.linspace(0, length[-1], count)
    kind = "natural" if len(points) > 2 else "not-a-knot"
    line = CubicSpline(length, points, bc_type=kind)(places)
    along = [np.interp(places, length, values[:, column]) for column in range(values.shape[1])]
    return line, np.stack(along, axis=1)
