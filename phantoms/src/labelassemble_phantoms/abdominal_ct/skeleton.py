"""The spine with its discs and processes, and the ribs in the wall."""

import numpy as np

from labelassemble_phantoms.abdominal_ct.anatomy import SPINE_Y, AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import CORTEX_HU, DISC_HU, MARROW_HU
from labelassemble_phantoms.abdominal_ct.canvas import Canvas
from labelassemble_phantoms.abdominal_ct.grid import is_empty
from labelassemble_phantoms.abdominal_ct.shapes import fill
from labelassemble_phantoms.abdominal_ct.tube import Tube, fill_tube, lay_tube

PERIOD_MM = 35.0
"""From one disc to the next."""
_DISC_MM = 8.0
_CORTEX_MM = 1.6
_CANAL_HU = 30.0
_RIBS = 6


def paint_skeleton(canvas: Canvas, anatomy: AbdominalAnatomy) -> None:
    """Paint spine and ribs."""
    _paint_spine(canvas, anatomy)
    for side in (-1, 1):
        for number in range(_RIBS):
            _paint_rib(canvas, anatomy, side, number)


def _paint_spine(canvas: Canvas, anatomy: AbdominalAnatomy) -> None:
    size, grid = anatomy.stature, canvas.grid
    box = grid.box(np.array([-60, SPINE_Y - 65, -1e3]), np.array([60, SPINE_Y + 30, 1e3]), 15.0)
    if is_empty(box):
        return
    x, y, z = canvas.layout.at(box)
    y = y - np.float32(SPINE_Y)
    z = np.mod(z - np.float32(anatomy.disc_height), np.float32(PERIOD_MM))
    disc = np.minimum(z, PERIOD_MM - z) - np.float32(_DISC_MM / 2)
    # Bodies are narrower in the middle of their height.
    waist = np.clip(disc / (PERIOD_MM / 2), 0, 1) * np.float32(2.5)
    across = np.sqrt((x / np.float32(23)) ** 2 + (y / np.float32(17)) ** 2)
    column = (across - 1) * np.float32(17) + waist - np.float32(17 * (size - 1))
    # The hollow of the canal behind.
    canal = np.sqrt(x * x * np.float32(0.6) + (y + np.float32(25)) ** 2) - np.float32(8.5 * size)
    column = np.maximum(column, -canal)
    grain = anatomy.grain.on_grid(canvas.grid, box) * np.float32(18)
    marrow = grain + np.float32(MARROW_HU * anatomy.bone)
    ring = np.sqrt(x * x * np.float32(0.5) + (y + np.float32(25)) ** 2) - np.float32(14.0 * size)
    arch = np.maximum(ring, np.abs(z - PERIOD_MM * 0.62) - np.float32(9))
    cortex = CORTEX_HU * (0.55 + 0.45 * anatomy.bone)
    canvas.paint(box, fill(arch), cortex * 0.6, "bone")
    for side in (-1, 1):
        _paint_process(canvas, anatomy, side)
    canvas.paint(box, fill(column), DISC_HU, "bone")
    body = np.maximum(column, -disc)
    canvas.paint(box, fill(body), cortex, "bone")
    canvas.paint(box, fill(body + np.float32(_CORTEX_MM)), marrow, "bone")
    canvas.paint(box, fill(canal), _CANAL_HU, "body")


def _paint_process(canvas: Canvas, anatomy: AbdominalAnatomy, side: int) -> None:
    """The transverse processes of a side; with the right ones, the spinous processes."""
    low = canvas.grid.first_mm[2] - 40
    high = low + canvas.grid.spacing_mm[2] * canvas.grid.shape[2] + 80
    first = int(np.floor((low - anatomy.disc_height) / PERIOD_MM))
    last = int(np.ceil((high - anatomy.disc_height) / PERIOD_MM))
    hu = 380 * anatomy.bone
    for level in range(first, last + 1):
        z = anatomy.disc_height + PERIOD_MM * (level + 0.62)
        back = SPINE_Y - 24
        process = [(13.0 * side, back, z), (27.0 * side, back - 5, z), (40.0 * side, back - 9, z)]
        bones = [lay_tube(canvas.layout, process, [6.0, 4.0, 2.5], 14.0)]
        if side > 0:
            spine = [(0.0, back - 12, z - 2), (0.0, back - 26, z - 9), (0.0, back - 38, z - 14)]
            bones.append(lay_tube(canvas.layout, spine, [4.0, 3.5, 5.0], 14.0))
        for bone in bones:
            canvas.paint(*fill_tube(canvas.grid, bone, (1.0, 1.0, 1.8)), hu, "bone")


def _paint_rib(canvas: Canvas, anatomy: AbdominalAnatomy, side: int, number: int) -> None:
    """A rib from the spine along the wall: it falls to the side and rises in front."""
    start = 122 - 30 * number + anatomy.disc_height / 2
    reach = [2.45, 2.35, 2.2, 2.0, 1.6, 1.1][number]
    turn = np.linspace(0.28, reach, 11)
    # Angles are counted from the back; the wall's middle lies half its muscle outside the room.
    across = anatomy.half_width + anatomy.wall * 0.45
    depth = np.where(turn < np.pi / 2, anatomy.back + 7, anatomy.front + anatomy.wall * 0.35)
    square = 1 + 0.1 * np.sin(2 * turn) ** 2
    x = side * across * np.sin(turn) * square
    y = -depth * np.cos(turn) * square
    z = start - 84 * np.sin(np.minimum(turn, 2.2) / 2.2 * np.pi / 2) * 1.15
    z += np.maximum(turn - 2.0, 0) * 35
    line = np.stack([x, y, z], axis=1)
    rib = lay_tube(canvas.layout, line, np.full(len(line), 4.6), 13.0)
    box, filled = fill_tube(canvas.grid, rib, (1.0, 1.0, 1.35))
    canvas.paint(box, filled, CORTEX_HU * (0.4 + 0.35 * anatomy.bone), "bone")
    inner = Tube(rib.points, rib.radius - 1.9)
    box, filled = fill_tube(canvas.grid, inner, (1.0, 1.0, 1.35))
    canvas.paint(box, filled, MARROW_HU * anatomy.bone)
