import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.anatomy import SPINE_Y
from labelassemble_phantoms.abdominal_ct.attenuation import MARROW_HU
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, blank_canvas
from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.layout import lay_out
from labelassemble_phantoms.abdominal_ct.skeleton import PERIOD_MM, paint_skeleton


@pytest.fixture(scope="module")
def bones(anatomy):
    canvas = blank_canvas(
        lay_out(lay_grid((110, 90, 80), (3.2, 3.2, 2.2), (0.0, 0.0, 0.0)), anatomy.bend), 0.0
    )
    paint_skeleton(canvas, anatomy)
    return canvas


def at(canvas, points):
    placed = canvas.layout.place(np.array(points))
    voxel = np.rint((placed - canvas.grid.first_mm) / canvas.grid.spacing_mm).astype(int)
    return canvas.hu[tuple(voxel.T)]


def column(canvas, y):
    return at(canvas, [(0.0, y, z) for z in np.arange(-75.0, 75.0, 2.0)])


def test_discs_come_every_period(bones, anatomy):
    first = anatomy.disc_height
    discs = [(0.0, SPINE_Y, first + n * PERIOD_MM) for n in (-1, 0, 1)]
    bodies = [(0.0, SPINE_Y, first + (n + 0.5) * PERIOD_MM) for n in (-2, -1, 0, 1)]
    assert np.median(at(bones, discs)) == pytest.approx(85, abs=12)
    assert np.median(at(bones, bodies)) == pytest.approx(MARROW_HU * anatomy.bone, abs=25)


def test_marrow_is_darker_than_the_cortex_around_it(bones, anatomy):
    marrow = np.percentile(column(bones, SPINE_Y), 60)
    across = bones.hu[bones.organs == ORGAN_NUMBER["bone"]]
    assert marrow < 330
    assert np.percentile(across, 97) > marrow + 150


def test_the_canal_is_no_bone(bones):
    assert np.median(column(bones, SPINE_Y - 25)) == pytest.approx(30, abs=25)


def test_six_ribs_a_side_lie_in_the_wall(bones, anatomy):
    bone = bones.organs == ORGAN_NUMBER["bone"]
    x = bones.grid.axes(bones.grid.everything)[0]
    for side in (-1, 1):
        outer = bone[side * x > anatomy.half_width - 12]
        # Cut at the side of the trunk, every rib is an island.
        shadow = outer.any(axis=(0, 1))
        islands = (np.diff(shadow.astype(int)) == 1).sum() + shadow[0]
        assert outer.any()
        assert islands >= 1
        assert not bone[np.abs(x) > anatomy.half_width + anatomy.wall + 25].any()
