"""Pulmonary vessels: a branching, tapering tree in each lung, fanning out from the hilum."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, UInt8

from labelassemble_phantoms.film import Film

_GENERATIONS = 5
_ROOT_ANGLES = np.radians([-78, -52, -26, 0, 22, 44, 64, 82])
"""Directions of a lung's first branches: 0 points outwards, 90 degrees to the feet."""
_ROOT_RADII = np.array([2.2, 2.1, 1.9, 1.7, 2.0, 2.4, 2.9, 3.3])
"""mm; the vessels of the lower zones are wider in a person who stands."""
CHORD_MM = 12.0
"""Path through vessels, in mm, at which a drawn layer is full (255)."""

_FAINTEST = 4.0
"""Vessels that would be drawn fainter than this (of 255) are left out."""


@dataclass(frozen=True)
class VesselTree:
    """Vessel pieces of both lungs, thinnest first."""

    points: Float[np.ndarray, "pieces 3 2"]
    """mm from the hilum of a lung 140 mm wide and 220 mm high; x grows away from the midline."""
    radius: Float[np.ndarray, " pieces"]
    """mm."""
    side: Float[np.ndarray, " pieces"]
    """-1 the patient's right lung (the image's left), 1 the left lung."""


def grow_vessels(generator: np.random.Generator) -> VesselTree:
    """Grow both lungs' trees: every vessel splits in two, thinner and shorter each time."""
    roots = len(_ROOT_ANGLES)
    side = np.repeat([-1.0, 1.0], roots)
    angle = np.tile(_ROOT_ANGLES, 2) + 0.12 * generator.standard_normal(2 * roots)
    radius = np.tile(_ROOT_RADII, 2) * (1 + 0.1 * generator.standard_normal(2 * roots))
    length = 30 * (1 + 0.2 * generator.standard_normal(2 * roots))
    length *= 1 + 0.35 * np.sin(angle) ** 2
    start = generator.standard_normal((2 * roots, 2)) * 2.5
    start[:, 1] += 12 * np.sin(angle)
    points, radii, sides = [], [], []
    for _ in range(_GENERATIONS):
        heading = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        end = start + length[:, None] * heading
        bend = 0.12 * length * generator.standard_normal(len(length))
        middle = (start + end) / 2 + bend[:, None] * heading[:, ::-1] * [-1, 1]
        points.append(np.stack([start, middle, end], axis=1))
        radii.append(radius)
        sides.append(side)
        spread = np.radians(generator.uniform(12, 34, (2, len(angle))))
        angle = np.concatenate([angle + spread[0], angle - spread[1]])
        share = generator.uniform(0.62, 0.82, (2, len(radius)))
        radius = np.concatenate([radius * share[0], radius * share[1]])
        length = np.tile(length, 2) * generator.uniform(0.62, 0.92, 2 * len(length))
        start, side = np.tile(end, (2, 1)), np.tile(side, 2)
    every, width = np.concatenate(points), np.concatenate(radii)
    order = np.argsort(width, kind="stable")
    return VesselTree(every[order], width[order], np.concatenate(sides)[order])


def draw_vessels(
    tree: VesselTree,
    film: Film,
    hilum_mm: Float[np.ndarray, "2 2"],
    stretch: tuple[float, float],
    widen: float = 1.0,
) -> UInt8[np.ndarray, "size size"]:
    """Draw the path through the vessels: 255 is `CHORD_MM`.

    Args:
        tree: the vessels.
        film: where to draw.
        hilum_mm: (x, y) of the right and of the left hilum.
        stretch: this lung's width and height against 140 mm and 220 mm.
        widen: factor on every radius; above 1 in congestion.
    """
    layer = film.blank()
    hilum = hilum_mm[(tree.side > 0).astype(int)]
    away = tree.points * [stretch[0], stretch[1]]
    away[..., 0] *= tree.side[:, None]
    places = hilum[:, None, :] + away
    diameters = 2 * widen * tree.radius
    edges = np.searchsorted(diameters, np.array([0.5, 0.75, 1.1, 1.6, 2.3, 3.2, 4.5, 6.0, 8.0]))
    bounds = [*edges.tolist(), len(diameters)]
    for first, last in pairwise(bounds):
        if first < last:
            diameter = float(diameters[first:last].mean())
            shade = round(255 * min(1.0, diameter / CHORD_MM))
            if shade * min(1.0, diameter / film.pixel_mm) < _FAINTEST:
                continue
            film.stroke(layer, places[first:last], shade, diameter)
    return layer
