"""Arteries and veins of the upper abdomen, as bright as the phase makes them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32

from labelassemble_phantoms.abdominal_ct.anatomy import SPINE_Y, AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import CALCIUM_HU, Enhancement
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, Canvas
from labelassemble_phantoms.abdominal_ct.grid import is_empty
from labelassemble_phantoms.abdominal_ct.pancreas import Pancreas
from labelassemble_phantoms.abdominal_ct.shapes import Place
from labelassemble_phantoms.abdominal_ct.tube import Tube, fill_tube, lay_tube

_Points = Sequence[Place]
_TWIG_MM = 2.2


def paint_liver_vessels(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement
) -> None:
    """Paint the portal and the hepatic veins within the liver."""
    wide, size = anatomy.half_width, anatomy.stature
    cava = (22.0 * size, -18.0, 92.0)
    portal: list[tuple[_Points, Place]] = [
        ([(44, 8, 36), (0.52 * wide, 2, 46), (0.68 * wide, -12, 52)], [6, 4.5, 2.5]),
        ([(0.5 * wide, 2, 46), (0.66 * wide, 22, 60), (0.74 * wide, 30, 70)], [4, 3, 1.8]),
        ([(0.52 * wide, 2, 46), (0.7 * wide, -8, 26), (0.82 * wide, -10, 6)], [4, 3, 1.6]),
        ([(44, 8, 36), (32, 26, 52), (12, 0.6 * anatomy.front, 60)], [5, 4, 2.2]),
        ([(24, 40, 54), (2, 44, 70), (-22, 46, 74)], [3, 2.2, 1.5]),
    ]
    hepatic: list[tuple[_Points, Place]] = [
        ([cava, (0.45 * wide, -26, 84), (0.76 * wide, -30, 60)], [5, 4, 1.8]),
        ([cava, (0.36 * wide, 8, 82), (0.5 * wide, 34, 56)], [5, 4, 1.8]),
        ([cava, (14, 14, 88), (-14, 36, 76)], [4.5, 3.5, 1.6]),
        ([(0.6 * wide, -28, 74), (0.7 * wide, -40, 40), (0.74 * wide, -40, 12)], [3, 2.6, 1.4]),
    ]
    for veins, tissue in ((portal, "portal_vein"), (hepatic, "hepatic_vein")):
        for points, radius in veins:
            tube = lay_tube(canvas.layout, points, [size * wide_mm for wide_mm in radius], 9.0)
            box, filled = fill_tube(canvas.grid, tube)
            if not is_empty(box):
                filled = filled * (canvas.organs[box] == ORGAN_NUMBER["liver"])
                canvas.paint(box, filled, enhancement.hu[tissue], "vessel")


def paint_vessels(
    canvas: Canvas,
    anatomy: AbdominalAnatomy,
    enhancement: Enhancement,
    pancreas: Pancreas,
    shut: Float32[np.ndarray, "x y z"] | None,
) -> None:
    """Paint the great vessels and those around the pancreas.

    Args:
        canvas: with everything else on it.
        anatomy: the person's.
        enhancement: the scan's.
        pancreas: the splenic vein lies behind it, the splenic artery above it.
        shut: share of each voxel, 0 to 1, that no vessel may enter: lesions that push vessels away.
    """
    for tube, tissue, stretch in _great(canvas, anatomy) + _splenic(canvas, anatomy, pancreas):
        box, filled = fill_tube(canvas.grid, tube, stretch)
        if is_empty(box):
            continue
        if shut is not None:
            filled *= 1 - shut[box]
        if tube.radius.max() < _TWIG_MM:
            # Twigs go through fat, not through bowel.
            filled *= canvas.organs[box] == ORGAN_NUMBER["body"]
        canvas.paint(box, filled, enhancement.hu[tissue], "vessel")
    _paint_plaques(canvas, anatomy)


Laid = tuple[Tube, str, tuple[float, float, float]]


def _great(canvas: Canvas, anatomy: AbdominalAnatomy) -> list[Laid]:
    size = anatomy.stature
    old = float(np.clip((anatomy.age - 40) / 40, 0, 1.2))
    aorta_mm, top = (9.0 + 1.6 * old) * size, SPINE_Y + 29.0
    right, left = anatomy.kidney_drop
    round_, flat = (1.0, 1.0, 1.0), (1.15, 0.8, 1.0)
    lines: list[tuple[_Points, Place, str, tuple[float, float, float]]] = [
        (
            [(-11, top, -150), (-10, top + 1, -40), (-8, top, 30), (-6, top - 6, 150)],
            [aorta_mm * 0.88, aorta_mm * 0.95, aorta_mm, aorta_mm * 1.08],
            "aorta",
            round_,
        ),
        (
            [(20, top + 1, -150), (21, top + 2, -40), (24, top + 4, 40), (20, top + 8, 150)],
            [10.5, 10.5, 11.5, 12],
            "cava",
            flat,
        ),
        (
            [(-7, -12, 12), (-5, 1, 6), (-3, 7, -12), (-1, 9, -45), (2, 14, -110)],
            [4, 3.8, 3.6, 3.3, 2.6],
            "aorta",
            round_,
        ),
        ([(-7, -12, 26), (-5, 1, 29), (-4, 8, 28)], [4, 3.6, 3.2], "aorta", round_),
        (
            [(-4, 8, 28), (12, 16, 26), (28, 20, 24), (40, 12, 36)],
            [2.9, 2.7, 2.4, 2.0],
            "aorta",
            round_,
        ),
        ([(28, 20, 24), (29, 27, 6), (36, 27, -14)], [2.4, 1.9, 1.4], "aorta", round_),
        (
            [(13, 22, -110), (12, 14, -50), (12, 15, -20), (12, 17, 2)],
            [4.8, 5.4, 5.8, 6.4],
            "portal_vein",
            round_,
        ),
        (
            [(12, 17, 2), (20, 15, 14), (32, 10, 26), (44, 8, 36)],
            [6.8, 6.6, 6.3, 6.0],
            "portal_vein",
            round_,
        ),
        (
            [(16, top + 1, right + 12), (34, -28, right + 4), (48, -38, right)],
            [4.6, 4.4, 3.8],
            "cava",
            round_,
        ),
        (
            [(16, top + 4, left + 8), (-6, top + 14, left + 9), (-48, -38, left)],
            [3.8, 3.4, 4.2],
            "cava",
            (1.0, 0.9, 1.1),
        ),
        (
            [(-8, top, right + 14), (12, top - 10, right + 9), (48, -41, right + 3)],
            [2.8, 2.5, 2.2],
            "aorta",
            round_,
        ),
        ([(-12, top, left + 6), (-48, -42, left + 3)], [2.8, 2.3], "aorta", round_),
    ]
    laid = [
        (lay_tube(canvas.layout, np.array(points) * [size, 1, 1], radius, 9.0), tissue, stretch)
        for points, radius, tissue, stretch in lines
    ]
    return laid + _twigs(canvas, anatomy)


def _twigs(canvas: Canvas, anatomy: AbdominalAnatomy) -> list[Laid]:
    """Mesenteric arteries and veins: they leave the roots to the left, the right and the front."""
    laid = []
    for number, (right, front, up, start, length) in enumerate(anatomy.twigs):
        vein = number % 2
        z = -30 - 18 * abs(start)
        root = np.array([12.0, 14.0, z]) if vein else np.array([-2.0, 9.0, z])
        heading = np.array([right * 0.9 - 0.25, 0.55 + 0.35 * abs(front), -0.3 + 0.4 * up])
        heading *= (35 + 10 * np.clip(length, -1, 2)) / np.linalg.norm(heading)
        bow = np.array([up, -right, front]) * 4
        points = np.stack([root, root + heading / 2 + bow, root + heading])
        tube = lay_tube(canvas.layout, points, [2.1, 1.6, 1.1], 12.0)
        laid.append((tube, "portal_vein" if vein else "aorta", (1.0, 1.0, 1.0)))
    return laid


def _splenic(canvas: Canvas, anatomy: AbdominalAnatomy, pancreas: Pancreas) -> list[Laid]:
    """The splenic vein runs behind the pancreas, the splenic artery winds above it."""
    height, wave = anatomy.splenic_wave
    body = pancreas.places >= pancreas.neck
    line, wide = pancreas.line[body], pancreas.radius[body][:, None]
    vein = line + wide * [0.0, -0.72, 0.1] + [0.0, -3.5, 0.0]
    start, hilum = canvas.layout.place(
        np.array([[12.0 * anatomy.stature, 16, 3], [-0.72 * anatomy.half_width, -26, 46]])
    )
    way = np.concatenate([[start], vein[3:-1:2], [hilum]])
    swing = np.sin(np.linspace(0, 16, len(line)) + wave)[:, None] * height
    artery = line + wide * [0.0, -0.35, 0.95] + swing * [0.0, 0.5, 1.0] + [0.0, 0.0, 3.0]
    trunk = canvas.layout.place(np.array([[-4.0 * anatomy.stature, 8, 28]]))
    artery = np.concatenate([trunk, artery[len(artery) // 4 :], [hilum + np.array([4, 4, 6])]])
    laid: list[Laid] = []
    for points, radius, tissue in ((way, 4.3, "portal_vein"), (artery, 2.5, "aorta")):
        width: Float[np.ndarray, " points"] = np.full(len(points), radius)
        laid.append((Tube(points, width), tissue, (1.0, 1.0, 1.0)))
    return laid


def _paint_plaques(canvas: Canvas, anatomy: AbdominalAnatomy) -> None:
    """Calcium in the wall of the aorta, more with age."""
    count = int(np.clip((anatomy.age - 55) / 5, 0, 6))
    radius = (9.0 + 1.6 * np.clip((anatomy.age - 40) / 40, 0, 1.2)) * anatomy.stature
    for number in range(count):
        turn, place = anatomy.twigs[number, 0] * 2.2, anatomy.twigs[number, 3] * 45
        x = -10 + radius * np.cos(turn)
        y = SPINE_Y + 29 + radius * np.sin(turn)
        points = [(x, y, place), (x + 1.5, y + 0.5, place + 7.0)]
        plaque = lay_tube(canvas.layout, points, [1.1, 1.3], 8.0)
        canvas.paint(*fill_tube(canvas.grid, plaque), CALCIUM_HU)
