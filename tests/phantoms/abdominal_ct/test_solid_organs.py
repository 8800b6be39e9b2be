from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.anatomy import Sphere
from labelassemble_phantoms.abdominal_ct.attenuation import draw_enhancement
from labelassemble_phantoms.abdominal_ct.body import paint_body
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER
from labelassemble_phantoms.abdominal_ct.solid_organs import paint_solid_organs


@pytest.fixture
def paint(canvas, anatomy):
    def make(phase="pancreatic", **given):
        person = replace(anatomy, **({"balls": ()} | given))
        enhancement = draw_enhancement(np.random.default_rng(0), phase)
        room = paint_body(canvas, person, enhancement)
        paint_solid_organs(canvas, person, enhancement, room)
        return canvas, enhancement

    return make


def place_of(canvas, organ):
    voxels = np.argwhere(canvas.organs == ORGAN_NUMBER[organ])
    return np.array(canvas.grid.first_mm) + voxels.mean(axis=0) * canvas.grid.spacing_mm


def test_the_liver_lies_right_the_spleen_left_and_behind(paint):
    canvas, _ = paint()
    assert place_of(canvas, "liver")[0] > 30
    assert place_of(canvas, "spleen")[0] < -60
    assert place_of(canvas, "spleen")[1] < 0
    kidney = canvas.organs == ORGAN_NUMBER["kidney"]
    x = canvas.grid.axes(canvas.grid.everything)[0]
    right, left = kidney[x > 0].sum(), kidney[x < 0].sum()
    assert 0.6 < right / left < 1.6
    assert place_of(canvas, "gallbladder")[0] > 20


def test_organs_are_as_large_as_organs_are(paint):
    canvas, _ = paint()
    litres = {
        name: (canvas.organs == ORGAN_NUMBER[name]).sum() * canvas.grid.voxel_mm3 / 1e6
        for name in ("liver", "spleen", "kidney")
    }
    assert 0.8 < litres["liver"] < 2.4
    assert 0.08 < litres["spleen"] < 0.45
    assert 0.2 < litres["kidney"] < 0.6


@pytest.mark.parametrize("phase", ["arterial", "portal_venous"])
def test_organs_are_as_bright_as_the_phase_makes_them(paint, phase):
    canvas, enhancement = paint(phase)
    for organ in ("liver", "spleen"):
        median = np.median(canvas.hu[canvas.organs == ORGAN_NUMBER[organ]])
        assert median == pytest.approx(enhancement.hu[organ], abs=12)
    kidney = canvas.hu[canvas.organs == ORGAN_NUMBER["kidney"]]
    # At first only the cortex is bright.
    bright = (kidney > 0.8 * enhancement.hu["renal_cortex"]).mean()
    assert bright < 0.55 if phase == "arterial" else bright > 0.55


def test_cysts_of_liver_and_kidney_are_water_and_never_elsewhere(paint):
    canvas, _ = paint(
        balls=(
            Sphere((85.0, 0.0, 60.0), 12.0, "liver"),
            Sphere((64.0, -20.0, -20.0), 12.0, "kidney"),
            Sphere((0.0, 40.0, -60.0), 12.0, "liver"),
        )
    )
    cyst = canvas.organs == ORGAN_NUMBER["cyst_elsewhere"]
    volume = cyst.sum() * canvas.grid.voxel_mm3
    assert volume == pytest.approx(2 * 4 / 3 * np.pi * 12**3, rel=0.2)
    assert np.median(canvas.hu[cyst]) == pytest.approx(6, abs=8)
