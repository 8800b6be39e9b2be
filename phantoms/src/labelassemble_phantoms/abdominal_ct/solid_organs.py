"""Liver with gallbladder, spleen, kidneys, adrenals, and the cysts that are not pancreatic."""

import numpy as np

from labelassemble_phantoms.abdominal_ct.anatomy import AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import BILE_HU, FAT_HU, WATER_HU, Enhancement
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, Canvas
from labelassemble_phantoms.abdominal_ct.grid import is_empty
from labelassemble_phantoms.abdominal_ct.layout import REACH_MM
from labelassemble_phantoms.abdominal_ct.shapes import Field, ellipsoid, fill, join
from labelassemble_phantoms.abdominal_ct.tube import fill_tube, lay_tube

_SPLEEN_STRIPES = {"arterial": 22.0, "pancreatic": 9.0, "portal_venous": 0.0}
"""Amplitude, HU, of the spleen's uneven uptake at first."""


def paint_solid_organs(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement, room: Field
) -> None:
    """Paint the solid organs into the room that `paint_body` returned."""
    _paint_liver(canvas, anatomy, enhancement, room)
    _paint_spleen(canvas, anatomy, enhancement, room)
    for side in (1, -1):
        _paint_kidney(canvas, anatomy, enhancement, side)
        _paint_adrenal(canvas, anatomy, enhancement, side)
    _paint_balls(canvas, anatomy, enhancement)


def _paint_liver(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement, room: Field
) -> None:
    wide, front = anatomy.half_width, anatomy.front
    size = anatomy.liver * anatomy.stature
    low = np.array([-anatomy.left_lobe - 25, -anatomy.back, -85.0])
    box = canvas.grid.box(low, np.array([wide + 10, front + 10, 175.0]), REACH_MM)
    if is_empty(box):
        return
    at = canvas.layout.at(box).copy()
    left = ellipsoid(at, (10, front - 28, 66), (anatomy.left_lobe + 10, 40 * size, 47 * size))
    hilum = ellipsoid(at, (22, -2, -22), (50, 62, 72))
    tip = ellipsoid(at, (0.86 * wide, -8, -8), (34, 56 * size, 58 * anatomy.liver**3))
    # The right lobe leans outwards on its way down, and leaves the middle to the pancreas.
    at[0] -= np.float32(0.38) * np.maximum(60 - at[2], 0)
    right = ellipsoid(at, (0.56 * wide, 0, 60), (0.62 * wide * size, 92 * size, 96 * size))
    liver = join(join(right, left, 12.0), tip, 14.0)
    liver = np.maximum(liver, -hilum)
    liver = np.maximum(liver, room[box] + np.float32(2.5))
    grain = anatomy.grain.on_grid(canvas.grid, box) * np.float32(4)
    canvas.paint(box, fill(liver), grain + np.float32(enhancement.hu["liver"]), "liver")
    gall = ((0.5 * wide, front - 42, -12), (13.0, 15.0, 27.0))
    box = canvas.grid.box(np.array(gall[0]) - gall[1], np.array(gall[0]) + gall[1], REACH_MM)
    if not is_empty(box):
        shape = ellipsoid(canvas.layout.at(box), *gall)
        canvas.paint(box, fill(shape - np.float32(1.2)), enhancement.hu["gut_wall"], "gallbladder")
        canvas.paint(box, fill(shape), BILE_HU, "gallbladder")


def _paint_spleen(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement, room: Field
) -> None:
    size = anatomy.spleen * anatomy.stature
    centre = (-anatomy.half_width + 26, -36.0, 52.0)
    half = (46 * size, 56 * size, 54 * size)
    box = canvas.grid.box(np.array(centre) - half, np.array(centre) + half, REACH_MM)
    if is_empty(box):
        return
    at = canvas.layout.at(box)
    hollow = ellipsoid(at, (-anatomy.half_width + 88, -6, 42), (47, 58, 74))
    spleen = np.maximum(ellipsoid(at, centre, half), -hollow)
    spleen = np.maximum(spleen, room[box] + np.float32(2.5))
    grain = anatomy.grain.on_grid(canvas.grid, box)
    hu = np.float32(enhancement.hu["spleen"]) + grain * np.float32(
        4 + _SPLEEN_STRIPES[enhancement.phase]
    )
    canvas.paint(box, fill(spleen), hu, "spleen")


def _paint_kidney(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement, side: int
) -> None:
    """Cortex, pyramids and the fat of the sinus, which opens to the middle and the front."""
    size = anatomy.stature
    centre = np.array([64.0 * size * side, -45 * size, anatomy.kidney_drop[0 if side > 0 else 1]])
    half = np.array([27, 31, 55]) * size
    box = canvas.grid.box(centre - half, centre + half, REACH_MM + 8)
    if is_empty(box):
        return
    at = canvas.layout.at(box).copy()
    # The upper pole leans to the spine and to the back.
    up = (at[2] - np.float32(centre[2])).copy()
    at[0] += np.float32(0.22 * side) * up
    at[1] += np.float32(0.15) * up
    at[2] = up + np.float32(centre[2])
    kidney = ellipsoid(at, centre.tolist(), half.tolist())
    mouth = centre + np.array([-17 * side * size, 7 * size, 0])
    sinus = ellipsoid(at, mouth.tolist(), [17 * size, 13 * size, 27 * size])
    notch = ellipsoid(at, (mouth + np.array([-16 * side, 4, 0])).tolist(), [15, 12, 16])
    kidney = np.maximum(kidney, -notch)
    grain = anatomy.grain.on_grid(canvas.grid, box)
    # A capsule of fat keeps other organs off.
    canvas.paint(
        box,
        fill(kidney - np.float32(5)) * (canvas.organs[box] != ORGAN_NUMBER["muscle"]),
        FAT_HU,
        "body",
    )
    canvas.paint(box, fill(kidney), enhancement.hu["renal_cortex"], "kidney")
    pyramids = np.maximum(kidney + np.float32(7.5), -sinus + np.float32(2))
    pyramids = np.maximum(pyramids, (np.float32(-0.9) - grain) * np.float32(6))
    canvas.paint(box, fill(pyramids), enhancement.hu["renal_medulla"], "kidney")
    canvas.paint(box, fill(np.maximum(sinus, kidney + np.float32(3))), FAT_HU + 25)
    canvas.paint(box, fill(np.maximum(sinus + 9, kidney + 3)), 20.0)


def _paint_adrenal(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement, side: int
) -> None:
    """A thin lambda above and in front of the kidney."""
    top = anatomy.kidney_drop[0 if side > 0 else 1] + (52 if side > 0 else 44)
    x, y = 34.0 * side * anatomy.stature, -27.0
    hu = enhancement.hu["adrenal"]
    for out in (6.0, -3.0):
        limb = [(x, y, top), (x + out * side, y - 11, top - 4), (x + 1.6 * out * side, y - 22, top)]
        tube = lay_tube(canvas.layout, limb, [2.1, 1.7, 1.4], 8.0)
        canvas.paint(*fill_tube(canvas.grid, tube, (1.0, 1.0, 3.0)), hu, "adrenal")


def _paint_balls(canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement) -> None:
    for ball in anatomy.balls:
        centre = canvas.layout.place(np.array([ball.centre_mm]))[0]
        radius = ball.radius_mm
        box = canvas.grid.box(centre - radius, centre + radius, 4.0)
        if is_empty(box):
            continue
        x, y, z = canvas.grid.axes(box)
        away = (x[:, None, None] - centre[0]) ** 2 + (y[:, None] - centre[1]) ** 2
        shape = np.sqrt(away + (z - centre[2]) ** 2).astype(np.float32) - np.float32(radius)
        share = fill(shape)
        if ball.organ == "spleen":
            canvas.paint(box, share, enhancement.hu["spleen"], "spleen")
            continue
        # A cyst lies in its organ or bulges out of it; it is never elsewhere.
        if ball.organ == "kidney":
            touches = (canvas.organs[box] == ORGAN_NUMBER["kidney"]).any()
        else:
            touches = (canvas.organs[box][share > 0.5] == ORGAN_NUMBER["liver"]).all()
        if touches:
            canvas.paint(box, share, WATER_HU + 6, "cyst_elsewhere")
