import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.attenuation import FAT_HU
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, blank_canvas
from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.layout import lay_out
from labelassemble_phantoms.abdominal_ct.pancreas import PAPILLA, lay_pancreas, paint_pancreas


@pytest.fixture(scope="module")
def fine(anatomy):
    return lay_out(lay_grid((128, 80, 80), (1.5, 1.5, 1.8), (-15.0, 5.0, 0.0)), anatomy.bend)


def test_from_the_head_on_the_right_to_the_tail_on_the_left(layout, anatomy):
    pancreas = lay_pancreas(layout, anatomy, ())
    assert pancreas.line[0, 0] > 15
    assert pancreas.line[-1, 0] < -45
    assert pancreas.line[-1, 2] > pancreas.line[0, 2] + 40
    assert 130 < np.linalg.norm(np.diff(pancreas.line, axis=0), axis=1).sum() < 240
    # The neck lies in front, and the duct runs from the papilla to the tail, narrower and narrower.
    assert pancreas.at(pancreas.neck)[1] > pancreas.line[[0, -1], 1].max() + 5
    duct = pancreas.duct_radius[pancreas.duct_radius > 0]
    assert (np.diff(duct) <= 1e-9).all()
    assert (pancreas.places[pancreas.duct_radius > 0] >= PAPILLA).all()


def test_an_obstructed_duct_is_wide_and_the_gland_thin_only_upstream(layout, anatomy, plan):
    lesion = plan("pdac", place=0.45, diameter_mm=24.0, obstruction=0.8)
    before = lay_pancreas(layout, anatomy, ())
    after = lay_pancreas(layout, anatomy, (lesion,))
    downstream, upstream = before.places <= 0.45, (before.places > 0.6) & (before.places < 0.95)
    assert (after.duct_radius[downstream] == before.duct_radius[downstream]).all()
    assert (after.radius[downstream] == before.radius[downstream]).all()
    assert (after.duct_radius[upstream] > 2 * before.duct_radius[upstream]).all()
    assert (after.radius[upstream] < 0.85 * before.radius[upstream]).all()
    assert (after.radius >= after.duct_radius + 1).all()
    assert 1.5 < after.duct_radius[upstream].max() < 5


def test_other_lesions_and_open_ducts_change_nothing(layout, anatomy, plan):
    before = lay_pancreas(layout, anatomy, ())
    for lesion in (plan("pdac", obstruction=0.0), plan("pancreatic_cyst"), plan("pannet")):
        after = lay_pancreas(layout, anatomy, (lesion,))
        assert (after.duct_radius == before.duct_radius).all()
        assert (after.radius == before.radius).all()


def test_a_tumour_of_the_head_also_shuts_the_bile_duct(layout, anatomy, plan):
    head, tail = (
        lay_pancreas(layout, anatomy, (plan("pdac", place=place, obstruction=0.9),))
        for place in (0.2, 0.7)
    )
    assert head.bile_duct_mm > 10
    assert tail.bile_duct_mm < 7


def test_the_gland_is_painted_with_a_dark_duct_in_it(fine, anatomy, enhancement, plan):
    canvas = blank_canvas(fine, FAT_HU)
    wide = plan("pdac", place=0.2, obstruction=1.0)
    pancreas = lay_pancreas(fine, anatomy, (wide,))
    paint_pancreas(canvas, anatomy, enhancement, pancreas)
    gland = canvas.hu[canvas.organs == ORGAN_NUMBER["pancreas"]]
    assert np.median(gland) == pytest.approx(enhancement.hu["pancreas"], abs=12)
    duct = canvas.organs == ORGAN_NUMBER["pancreatic_duct"]
    assert duct.sum() * canvas.grid.voxel_mm3 > 800
    assert np.median(canvas.hu[duct]) < 45
    millilitres = (gland.size + duct.sum()) * canvas.grid.voxel_mm3 / 1000
    assert 20 < millilitres < 150
