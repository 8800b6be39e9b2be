"""The pancreas along its line from the head to the tail, and the duct inside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from labelassemble_phantoms.abdominal_ct.anatomy import AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import BILE_HU, FAT_HU, WATER_HU, Enhancement
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, Canvas
from labelassemble_phantoms.abdominal_ct.grid import is_empty
from labelassemble_phantoms.abdominal_ct.layout import Layout
from labelassemble_phantoms.abdominal_ct.lesion_model import LesionPlan
from labelassemble_phantoms.abdominal_ct.shapes import fill, smooth_line
from labelassemble_phantoms.abdominal_ct.tube import Tube, fill_tube, lay_tube, measure_tube

_WAY = np.array(
    [
        (33.0, 7.0, -42.0),
        (36.0, 13.0, -21.0),
        (29.0, 23.0, -4.0),
        (9.0, 32.0, 5.0),
        (-19.0, 30.0, 14.0),
        (-49.0, 14.0, 26.0),
        (-76.0, -12.0, 37.0),
    ]
)
_RADIUS = np.array([11.0, 15.0, 13.0, 8.5, 9.5, 10.0, 8.5])
TALL = 1.5
"""The gland is so much taller than it is thick."""
PAPILLA = 0.12
"""Where the duct opens into the duodenum, as a share of the way from the head to the tail."""
_STEP_MM = 5.0
_GAP_MM = 1.5
"""The least of gland that is left on either side of a wide duct."""


@dataclass(frozen=True)
class Pancreas:
    """One person's pancreas, in the patient's coordinates."""

    line: Float[np.ndarray, "points 3"]
    radius: Float[np.ndarray, " points"]
    """mm, with what an obstructed duct leaves of the gland."""
    duct_radius: Float[np.ndarray, " points"]
    """mm; 0 before the papilla."""
    places: Float[np.ndarray, " points"]
    """0 at the lower end of the head, 1 at the tip of the tail."""
    neck: float
    """Place of the neck."""
    bile_duct_mm: float
    """Diameter of the common bile duct."""

    def at(self, place: float) -> Float[np.ndarray, "3"]:
        """The line's point at a place."""
        return np.array([np.interp(place, self.places, self.line[:, axis]) for axis in range(3)])

    def radius_at(self, place: float) -> float:
        """The gland's radius at a place, mm."""
        return float(np.interp(place, self.places, self.radius))


def lay_pancreas(
    layout: Layout, anatomy: AbdominalAnatomy, lesions: Sequence[LesionPlan]
) -> Pancreas:
    """Lay the pancreas; behind a tumour that shuts the duct, the duct is wide and the gland thin.

    Upstream is towards the tail.
    """
    size = anatomy.stature
    way = _WAY * size + anatomy.kink
    way[-1, 0] = np.clip(way[-1, 0], -0.68 * anatomy.half_width, None)
    radius = _RADIUS * size * anatomy.plumpness
    line, width = smooth_line(way, radius[:, None], _STEP_MM)
    line = layout.place(line)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    places = length / length[-1]
    gland = width[:, 0]
    # From the papilla to the tail the duct becomes half as wide.
    duct = anatomy.duct / 2 * np.interp(places, [PAPILLA, 1], [1.35, 0.65])
    bile_mm = 2.6 * size + 2.5
    for lesion in lesions:
        if lesion.obstruction <= 0:
            continue
        # The tumour's middle shuts the duct; the full width comes a centimetre behind its edge.
        start = lesion.place
        full = start + (lesion.diameter_mm / 2 + 10) / length[-1]
        rise = np.clip((places - start) / max(full - start, 1e-3), 0, 1)
        wide = (1.6 + 3.0 * lesion.obstruction) * np.interp(places, [start, 1.2], [1.0, 0.6])
        duct = np.where(places > start, duct + rise * np.maximum(wide - duct, 0), duct)
        gland = gland * (1 - 0.38 * lesion.obstruction * rise)
        if PAPILLA < lesion.place < 0.36:
            bile_mm += 9 * lesion.obstruction
    gland = np.maximum(gland, duct + _GAP_MM)
    duct = np.where((places >= PAPILLA) & (places <= 0.97), duct, 0.0)
    neck = float(places[np.argmin(np.linalg.norm(line - layout.place(way[3:4]), axis=1))])
    return Pancreas(line, gland, duct, places, neck, bile_mm)


def paint_pancreas(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement, pancreas: Pancreas
) -> None:
    """Paint the gland, its duct, and the common bile duct that runs through the head."""
    tube = Tube(pancreas.line, pancreas.radius)
    found = measure_tube(canvas.grid, tube, 8.0, (1.0, 1.0, TALL))
    if not is_empty(found.box):
        relief = anatomy.lobules.on_grid(canvas.grid, found.box)
        depth = np.float32(0.9 + 1.3 * anatomy.fattiness)
        gland = found.distance + relief * depth
        cleft = np.clip(relief - np.float32(1.5 - anatomy.fattiness), 0, 1.2)
        hu = np.float32(enhancement.hu["pancreas"]) - cleft * np.float32(75 * anatomy.fattiness)
        # A coat of fat keeps bowel off.
        loose = fill(gland - np.float32(2.5)) * (canvas.organs[found.box] != ORGAN_NUMBER["bone"])
        canvas.paint(found.box, loose, FAT_HU + 10, "body")
        canvas.paint(found.box, fill(gland), hu - 4 * relief, "pancreas")
    there = np.flatnonzero(pancreas.duct_radius > 0)
    duct = Tube(pancreas.line[there], pancreas.duct_radius[there])
    canvas.paint(*fill_tube(canvas.grid, duct), WATER_HU + 8, "pancreatic_duct")
    size = anatomy.stature
    points = np.array([(42, 4, -34), (36, 3, -14), (37, 4, 8), (43, 11, 28), (48, 14, 42)])
    radius = pancreas.bile_duct_mm / 2 * np.array([0.5, 0.9, 1.0, 1.0, 0.8])
    bile = lay_tube(canvas.layout, points * [size, 1, 1], radius)
    canvas.paint(*fill_tube(canvas.grid, bile), BILE_HU)
