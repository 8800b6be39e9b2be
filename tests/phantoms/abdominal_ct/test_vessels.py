import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.attenuation import FAT_HU, draw_enhancement
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, blank_canvas
from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.layout import lay_out
from labelassemble_phantoms.abdominal_ct.pancreas import lay_pancreas
from labelassemble_phantoms.abdominal_ct.vessels import paint_liver_vessels, paint_vessels


@pytest.fixture
def fat(anatomy):
    canvas = blank_canvas(
        lay_out(lay_grid((110, 60, 60), (2.0, 2.0, 2.5), (0.0, 0.0, 0.0)), anatomy.bend), FAT_HU
    )
    canvas.organs[:] = ORGAN_NUMBER["body"]
    return canvas


def along(canvas, points):
    placed = canvas.layout.place(np.array(points))
    voxel = np.rint((placed - canvas.grid.first_mm) / canvas.grid.spacing_mm).astype(int)
    return canvas.hu[tuple(voxel.T)]


@pytest.mark.parametrize("phase", ["arterial", "portal_venous"])
def test_aorta_and_veins_are_as_bright_as_the_phase_makes_them(fat, anatomy, phase):
    enhancement = draw_enhancement(np.random.default_rng(1), phase)
    pancreas = lay_pancreas(fat.layout, anatomy, ())
    paint_vessels(fat, anatomy, enhancement, pancreas, None)
    aorta = along(fat, [(-9.5 * anatomy.stature, -21, z) for z in range(-50, 30, 10)])
    mesenteric = along(fat, [(12 * anatomy.stature, 14.5, z) for z in (-50, -40, -30, -20)])
    assert np.median(aorta) == pytest.approx(enhancement.hu["aorta"], abs=6)
    assert np.median(mesenteric) == pytest.approx(enhancement.hu["portal_vein"], abs=12)
    assert np.median(aorta) > np.median(mesenteric) + 60 or phase == "portal_venous"


def test_vessels_stay_out_of_what_is_shut(fat, anatomy, enhancement):
    pancreas = lay_pancreas(fat.layout, anatomy, ())
    shut = np.zeros(fat.grid.shape, dtype=np.float32)
    shut[:55] = 1
    before = fat.hu.copy()
    # Without plaques, which no lesion moves.
    paint_vessels(fat, anatomy, enhancement, pancreas, shut)
    vessel = fat.organs == ORGAN_NUMBER["vessel"]
    assert not vessel[:55].any()
    assert vessel[55:].any()
    assert (fat.hu != before).any()


def test_the_veins_of_the_liver_stay_in_it(fat, anatomy, enhancement):
    fat.organs[70:] = ORGAN_NUMBER["liver"]
    paint_liver_vessels(fat, anatomy, enhancement)
    vessel = fat.organs == ORGAN_NUMBER["vessel"]
    assert vessel[70:].any()
    assert not vessel[:70].any()
