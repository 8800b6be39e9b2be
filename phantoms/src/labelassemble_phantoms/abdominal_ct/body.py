"""Skin, fat, the muscle of the wall, the lungs' lower ends, and the room that organs lie in."""

import numpy as np

from labelassemble_phantoms.abdominal_ct.anatomy import SPINE_Y, AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import FAT_HU, LUNG_HU, Enhancement
from labelassemble_phantoms.abdominal_ct.canvas import Canvas
from labelassemble_phantoms.abdominal_ct.shapes import At, Field, ellipsoid, fill

_SQUARENESS = np.float32(0.38)
"""0: the trunk's section is an ellipse; 1: a rectangle."""
_DOME_MM = 112.0
"""From where the diaphragm begins to close to its top."""
_COUCH_HU = -350.0
_SKIN_HU = 10.0
_SKIN_MM = 1.8


def paint_body(canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement) -> Field:
    """Paint the trunk and return the shape of the room inside (negative inside, about in mm)."""
    whole = canvas.grid.everything
    grain = anatomy.grain.on_grid(canvas.grid, whole)
    at = canvas.layout.unbent
    wall = anatomy.wall
    room = (anatomy.half_width, anatomy.front, anatomy.back)
    muscle = (room[0] + wall, room[1] + 0.75 * wall, room[2] + 18)
    skin = (
        muscle[0] + anatomy.fat_side,
        muscle[1] + anatomy.fat_front,
        muscle[2] + anatomy.fat_back,
    )
    fat = grain * np.float32(7) + np.float32(FAT_HU)
    trunk = _trunk(at, skin)
    canvas.paint(whole, fill(trunk), _SKIN_HU, "body")
    canvas.paint(whole, fill(trunk + np.float32(_SKIN_MM)), fat)
    strands = np.clip(grain - 1.1, 0, 1) * np.float32(60)
    muscle_hu = np.float32(enhancement.hu["muscle"]) + grain * np.float32(6) - strands
    # In front, the muscles of the two sides leave a thin line of sinew between them.
    line = np.exp(-((at[0] * np.float32(1 / 6)) ** 2)) * (at[1] > 0)
    outer = fill(_trunk(at, muscle) + line * np.float32(0.55 * wall))
    canvas.paint(whole, outer, muscle_hu, "muscle")
    cage = _trunk(at, (room[0] - 1, room[1] - 1, room[2] - 1))
    closed = _trunk(at, room, _narrow(at, anatomy))
    if float(at[2].max()) > anatomy.dome - 30:
        vessels = np.clip(grain - 0.8, 0, 2) * np.float32(130)
        canvas.paint(whole, fill(cage), vessels + np.float32(LUNG_HU), "lung")
        canvas.paint(whole, fill(closed - np.float32(3)), muscle_hu, "muscle")
    canvas.paint(whole, fill(closed), fat, "body")
    _paint_back(canvas, anatomy, muscle_hu)
    _paint_couch(canvas, skin[2])
    return closed


def _trunk(at: At, half: tuple[float, float, float], narrow: Field | None = None) -> Field:
    """A rounded box, open to head and feet: half its width, its reach to the front and the back."""
    across, front, back = half
    deep = np.where(at[1] > 0, np.float32(1 / front), np.float32(1 / back))
    u = at[0] * np.float32(1 / across)
    u *= u
    deep *= at[1]
    deep *= deep
    if narrow is not None:
        u *= narrow
        deep *= narrow
    np.minimum(u, 2.2, out=u)
    np.minimum(deep, 2.2, out=deep)
    shape = np.sqrt(u + deep - _SQUARENESS * u * deep)
    shape -= 1
    shape *= np.float32(min(across, front, back))
    return np.asarray(shape, dtype=np.float32)


def _narrow(at: At, anatomy: AbdominalAnatomy) -> Field:
    """How much the diaphragm closes the room: 1 below it, more above; it reaches lower behind."""
    above = (at[2] - np.float32(anatomy.dome) - np.float32(0.3) * at[1]) * np.float32(1 / _DOME_MM)
    np.clip(above, 0, 0.97, out=above)
    return np.asarray(1 / (1 - above * above), dtype=np.float32)


def _paint_back(canvas: Canvas, anatomy: AbdominalAnatomy, muscle_hu: Field) -> None:
    """The muscles beside the spine, and the psoas, which begins at the first lumbar vertebra."""
    size = anatomy.stature * (1.05 - 0.1 * min(anatomy.age / 80, 1))
    long = 400.0
    for side in (-1, 1):
        for centre, half in (
            ((34 * side, SPINE_Y - 42, 0.0), (27 * size, 18 * size, long)),
            ((62 * side, SPINE_Y - 34, -20.0), (20 * size, 11 * size, 90.0)),
            ((33 * side, SPINE_Y + 2, -90.0), (20 * size, 21 * size, 105.0)),
            ((12 * side, SPINE_Y + 21, 60.0), (6.0, 7.0, 75.0)),
        ):
            low = np.array(centre) - half
            box = canvas.grid.box(low, np.array(centre) + half, 20.0)
            at = canvas.layout.at(box)
            if at.size:
                canvas.paint(box, fill(ellipsoid(at, centre, half)), muscle_hu[box], "muscle")


def _paint_couch(canvas: Canvas, back: float) -> None:
    """The couch that the patient lies on: a shallow trough, not bent."""
    grid = canvas.grid
    x, y, _ = grid.axes(grid.everything)
    top = -(back + 22) + (x[:, None] / 230) ** 2 * 35
    below = np.abs(y - top + 6) - 5
    share = np.clip(0.5 - below / grid.spacing_mm[1], 0, 1).astype(np.float32)
    share *= np.abs(x[:, None]) < 215
    air = canvas.organs == 0
    canvas.hu[...] += air * (share * np.float32(_COUCH_HU + 1000))[:, :, None]
