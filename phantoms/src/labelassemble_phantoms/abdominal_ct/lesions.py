"""Lesions of the pancreas in the scan: what they look like, and which voxels are theirs."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, UInt8

from labelassemble_phantoms.abdominal_ct.attenuation import (
    CALCIUM_HU,
    FAT_HU,
    WATER_HU,
    Enhancement,
)
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, Canvas
from labelassemble_phantoms.abdominal_ct.grid import Box, Grid, is_empty
from labelassemble_phantoms.abdominal_ct.lesion_model import LesionPlan
from labelassemble_phantoms.abdominal_ct.pancreas import Pancreas
from labelassemble_phantoms.abdominal_ct.shapes import Field, fill
from labelassemble_phantoms.abdominal_ct.smooth_field import GAIN, SmoothField

_ROUGH = {"pdac": 0.20, "pancreatic_cyst": 0.03, "pannet": 0.06}
"""Standard deviation of the outline against the radius."""
_BLUR_MM = {"pdac": 3.2, "pancreatic_cyst": 0.0, "pannet": 0.6}
"""How far the edge fades out into the gland."""
_BULGE = {"pdac": 0.4, "pancreatic_cyst": 0.85, "pannet": 0.7}
"""Share of what is larger than the gland that bulges to one side."""

_FINE = 4.0
"""Lesions whose radius is less than so many voxels are looked at in finer steps."""


@dataclass(frozen=True)
class DrawnLesion:
    """A lesion on the canvas."""

    plan: LesionPlan
    box: Box
    filled: Float32[np.ndarray, "x y z"]
    """Share of each voxel of the box, 0 to 1, that lies inside the lesion."""
    contrast_hu: float
    """Lesion less pancreas, HU."""


@dataclass(frozen=True)
class Extent:
    """What a lesion takes up in the scan, voxels that it fills in part included."""

    volume_mm3: float
    centre_mm: tuple[float, float, float]
    """Its centre of mass."""


def find_centre(plan: LesionPlan, pancreas: Pancreas) -> Float[np.ndarray, "3"]:
    """Where a lesion is laid, in mm: in the gland, or at its edge if the gland is smaller."""
    beyond = max(plan.diameter_mm / 2 - 0.7 * pancreas.radius_at(plan.place), 0)
    return pancreas.at(plan.place) + _BULGE[plan.kind] * beyond * plan.aside


def paint_lesion(
    canvas: Canvas, plan: LesionPlan, pancreas: Pancreas, enhancement: Enhancement
) -> DrawnLesion | None:
    """Paint a lesion; None where it lies outside the scan."""
    centre, radius = find_centre(plan, pancreas), plan.diameter_mm / 2
    box = canvas.grid.box(centre - 1.9 * radius, centre + 1.9 * radius, 9.0)
    if is_empty(box):
        return None
    shape, texture = _outline(canvas.grid, box, plan, centre, radius)
    filled = _fill_finely(canvas.grid, box, plan, centre, radius)
    if not filled.any():
        return None
    gland = enhancement.hu["pancreas"]
    blur = np.float32(max(_BLUR_MM[plan.kind], 1e-3))
    share = filled
    if _BLUR_MM[plan.kind]:
        soft = np.float32(0.5) - np.float32(0.5) * np.tanh(shape / blur)
        share = np.minimum(soft, np.float32(0.5) * (soft + filled))
    if plan.kind == "pdac":
        hu = np.float32(gland + plan.contrast * (enhancement.hu["pdac"] - gland)) + texture * 5
        # Strands in the fat around it.
        near = np.exp(-((np.maximum(shape, 0) / 5) ** 2)) * np.clip(0.5 + 0.4 * texture, 0, 1)
        fat = canvas.hu[box] < 0
        canvas.paint(box, (near * fat * np.float32(0.7)).astype(np.float32), FAT_HU + 75)
    elif plan.kind == "pannet":
        hu = np.float32(gland + plan.contrast * (enhancement.hu["pannet"] - gland)) + texture * 6
        if plan.core:
            dead = fill(shape + np.float32(radius * (1 - plan.core)) + texture * 1.5)
            hu = hu + dead * (np.float32(25) - hu)
        if plan.calcified:
            hu = hu + fill(shape + np.float32(max(radius - 1.5, 0.8))) * (CALCIUM_HU - hu)
    else:
        hu = np.full(shape.shape, WATER_HU + plan.contrast, dtype=np.float32)
        hu += _septa(canvas.grid, box, plan, centre, radius)
    canvas.paint(box, share.astype(np.float32), hu.astype(np.float32))
    canvas.organs[box][filled >= 0.5] = ORGAN_NUMBER["pancreas"]
    contrast = float(np.average(hu, weights=filled)) - gland
    return DrawnLesion(plan, box, filled, contrast)


def number_lesions(
    canvas: Canvas, drawn: list[DrawnLesion]
) -> tuple[UInt8[np.ndarray, "x y z"], list[Extent]]:
    """Say which voxels belong to which lesion, from 1 on, and how far each extends.

    A voxel is a lesion's if it fills half of it or more, and no vessel does. Of a lesion that fills
    half of no voxel, the voxel that it fills most is its.
    """
    numbers = np.zeros(canvas.grid.shape, dtype=np.uint8)
    vessel = ORGAN_NUMBER["vessel"]
    extents = [Extent(0.0, (0.0, 0.0, 0.0))] * len(drawn)
    # Where two meet, the smaller one keeps the voxel.
    for at in sorted(range(len(drawn)), key=lambda at: -drawn[at].plan.diameter_mm):
        lesion = drawn[at]
        free = np.where(canvas.organs[lesion.box] == vessel, np.float32(0), lesion.filled)
        if not free.any():
            free = lesion.filled
        mine = free >= min(0.5, float(free.max()))
        numbers[lesion.box][mine] = at + 1
        total = float(free.sum(dtype=np.float64))
        x, y, z = (
            float(centres @ free.sum(axis=others, dtype=np.float64)) / total
            for centres, others in zip(
                canvas.grid.axes(lesion.box), ((1, 2), (0, 2), (0, 1)), strict=True
            )
        )
        extents[at] = Extent(total * canvas.grid.voxel_mm3, (x, y, z))
    return numbers, extents


def _fill_finely(
    grid: Grid, box: Box, plan: LesionPlan, centre: Float[np.ndarray, "3"], radius: float
) -> Field:
    """Share of each voxel that lies inside, from eight or more points in it if it is large."""
    parts = int(np.clip(np.ceil(_FINE * grid.side_mm / radius), 1, 4))
    x, y, z = (side / parts for side in grid.spacing_mm)
    shift = (parts - 1) / 2
    first = (
        grid.first_mm[0] - x * shift,
        grid.first_mm[1] - y * shift,
        grid.first_mm[2] - z * shift,
    )
    many, wide, tall = (count * parts for count in grid.shape)
    fine = Grid((many, wide, tall), (x, y, z), first)
    i, j, k = (slice(part.start * parts, part.stop * parts) for part in box)
    filled = fill(_outline(fine, (i, j, k), plan, centre, radius)[0])
    counts = [size for part in box for size in (part.stop - part.start, parts)]
    mean = filled.reshape(counts).mean(axis=(1, 3, 5), dtype=np.float32)
    return np.asarray(mean)


def _outline(
    grid: Grid, box: Box, plan: LesionPlan, centre: Float[np.ndarray, "3"], radius: float
) -> tuple[Field, Field]:
    """The outline, negative inside and about in mm, and a texture of standard deviation 1."""
    knot = radius * 0.5
    x0, y0, z0 = (float(middle) - 5 * knot for middle in centre)
    field = SmoothField(plan.relief * np.float32(GAIN), knot, (x0, y0, z0))
    texture = field.on_grid(grid, box)
    rough = _ROUGH[plan.kind]
    if plan.kind == "pancreatic_cyst":
        away = _chambers(grid, box, plan, centre, radius).min(axis=0)
    else:
        # A rough ball is larger than a smooth one: (1 + 3 s²) times, if s is small.
        smooth = radius / np.cbrt(1 + 3 * rough**2)
        x, y, z = (
            ((centres - middle) / (smooth * half)) ** 2
            for centres, middle, half in zip(grid.axes(box), centre, plan.stretch, strict=True)
        )
        total = x[:, None, None] + y[:, None] + z
        away = (np.sqrt(total) - 1) * np.float32(smooth)
    return np.asarray(away + texture * np.float32(rough * radius), dtype=np.float32), texture


def _chambers(
    grid: Grid, box: Box, plan: LesionPlan, centre: Float[np.ndarray, "3"], radius: float
) -> Float32[np.ndarray, "balls x y z"]:
    """Distance in mm from the wall of each chamber of a cyst, negative inside."""
    x, y, z = grid.axes(box)
    walls = []
    for ball in plan.balls * radius:
        dx, dy, dz = x - centre[0] - ball[0], y - centre[1] - ball[1], z - centre[2] - ball[2]
        square = (dx**2)[:, None, None] + (dy**2)[:, None] + dz**2
        walls.append(np.sqrt(square) - ball[3])
    return np.stack(walls).astype(np.float32)


def _septa(
    grid: Grid, box: Box, plan: LesionPlan, centre: Float[np.ndarray, "3"], radius: float
) -> Field:
    """Thin walls between the chambers of a cyst, HU above the fluid."""
    walls = _chambers(grid, box, plan, centre, radius)
    if len(walls) < 2:
        return np.zeros(walls.shape[1:], dtype=np.float32)
    first, second = np.partition(walls, 1, axis=0)[:2]
    thick = grid.side_mm
    between = np.exp(-(((second - first) / thick) ** 2)) * (45 / max(1.0, thick))
    return np.asarray(between * (second < thick), dtype=np.float32)
