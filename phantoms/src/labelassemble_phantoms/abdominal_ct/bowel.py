"""Stomach, duodenum, jejunum and colon, with fluid that lies behind and gas in front of it."""

import numpy as np
from jaxtyping import Float

from labelassemble_phantoms.abdominal_ct.anatomy import AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import AIR_HU, Enhancement
from labelassemble_phantoms.abdominal_ct.canvas import Canvas
from labelassemble_phantoms.abdominal_ct.grid import is_empty
from labelassemble_phantoms.abdominal_ct.shapes import Field, fill
from labelassemble_phantoms.abdominal_ct.tube import Tube, lay_tube, measure_tube

_JEJUNUM_MM = 11.5
_COLON_MM = 17.0


def paint_bowel(
    canvas: Canvas, anatomy: AbdominalAnatomy, enhancement: Enhancement, room: Field
) -> None:
    """Paint the hollow organs into the room that `paint_body` returned."""
    wide, front, size = anatomy.half_width, anatomy.front, anatomy.stature
    wall = enhancement.hu["gut_wall"]

    def paint(tube: Tube, wall_mm: float, level: float, held: float, rough: float) -> None:
        _paint_hollow(canvas, anatomy, tube, (wall_mm, level, held, rough), wall, room)

    for loop in anatomy.loops:
        share = np.sort(loop[:, 0])[:, None]
        # Loops wind across their room and drift through it.
        way = np.concatenate([0.7 * loop[:, 1:] + 0.3 * share, share], axis=1)[:, [2, 0, 1]]
        line = way * [-0.85 * wide, front - 30, -85] + [0.05 * wide, 6, -28]
        jejunum = lay_tube(canvas.layout, line, np.full(9, _JEJUNUM_MM * size))
        paint(jejunum, 3.0, 1e3, 22.0, 10.0)
    for line, gas in _colon(anatomy):
        haustra = 1 + 0.13 * np.sin(1.9 * np.arange(len(line)))
        colon = lay_tube(canvas.layout, line, _COLON_MM * haustra)
        paint(colon, 2.2, float(line[:, 1].mean() + 12 * gas), 0.0, 90.0)
    low = front - 33
    stomach = np.array(
        [
            (-0.50 * wide, -22, 96),
            (-0.52 * wide, 8, 74),
            (-0.44 * wide, 0.5 * low, 48),
            (-0.30 * wide, low, 20),
            (-8.0, low, 2),
            (24.0, 0.5 * low + 24, 4),
        ]
    )
    wide_mm = anatomy.stomach * np.array([1.15, 1.2, 1.05, 0.85, 0.65, 0.45])
    paint(
        lay_tube(canvas.layout, stomach, wide_mm, 9.0),
        4.0,
        float(low - 8 + anatomy.gas * anatomy.stomach),
        anatomy.oral_hu,
        6.0,
    )
    duodenum = np.array(
        [
            (30, 0.5 * low + 22, 4),
            (50, 27, 3),
            (60, 16, -10),
            (60, 9, -32),
            (54, 5, -56),
            (30, 5, -68),
            (2, 6, -70),
            (-22, 10, -64),
        ]
    )
    widths = np.array([10, 12, 12, 11, 11, 10.5, 9.5, 10]) * size
    held = 18.0 if anatomy.oral_hu < 100 else 0.6 * anatomy.oral_hu
    paint(lay_tube(canvas.layout, duodenum * size, widths), 3.2, 1e3, held, 10.0)


def _colon(anatomy: AbdominalAnatomy) -> list[tuple[Float[np.ndarray, "points 3"], float]]:
    """The transverse colon, the ascending and the descending colon, and how much gas is in them."""
    wide, front = anatomy.half_width, anatomy.front
    across = np.array(
        [
            (0.66 * wide, 20, -58),
            (0.45 * wide, front - 26, -60),
            (0.05 * wide, front - 23, -72),
            (-0.32 * wide, front - 25, -58),
            (-0.62 * wide, 0.42 * front, -18),
            (-0.77 * wide, 2, 8),
        ]
    )
    across = across + np.clip(anatomy.colon, [-9, -9, -16], [9, 4, 10])
    down = np.array([across[-1], (-0.82 * wide, -22, -30), (-0.8 * wide, -32, -120)])
    up = np.array([(0.76 * wide, -12, -120), (0.74 * wide, -8, -84), across[0]])
    return [(across, 0.5 - 0.5 * anatomy.gas), (down, 0.8), (up, 0.5)]


def _paint_hollow(
    canvas: Canvas,
    anatomy: AbdominalAnatomy,
    tube: Tube,
    filling: tuple[float, float, float, float],
    wall_hu: float,
    room: Field,
) -> None:
    """Paint a wall, and what it holds.

    ``filling`` is the wall's thickness in mm, the height in mm along y of the surface between fluid
    and gas, what the fluid attenuates in HU, and how uneven that is in HU.
    """
    wall_mm, level, held, rough = filling
    found = measure_tube(canvas.grid, tube, 6.0)
    if is_empty(found.box):
        return
    grain = anatomy.grain.on_grid(canvas.grid, found.box)
    shape = np.maximum(found.distance + grain * np.float32(1.2), room[found.box] + np.float32(3))
    canvas.paint(found.box, fill(shape), wall_hu, "bowel")
    y = canvas.grid.axes(found.box)[1]
    fluid = grain * np.float32(rough) + np.float32(held)
    if rough > 50:
        # Stool holds bubbles.
        fluid -= np.maximum(grain - np.float32(0.4), 0) * np.float32(250)
    gas = np.clip((y - level) / canvas.grid.spacing_mm[1] + 0.5, 0, 1).astype(np.float32)
    gas = gas[:, None]
    held_hu = np.maximum(fluid, np.float32(-950)) * (1 - gas) + np.float32(AIR_HU) * gas
    canvas.paint(found.box, fill(shape + np.float32(wall_mm)), held_hu, "bowel")
