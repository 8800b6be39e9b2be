import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, blank_canvas
from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.layout import lay_out
from labelassemble_phantoms.abdominal_ct.lesions import find_centre, number_lesions, paint_lesion
from labelassemble_phantoms.abdominal_ct.pancreas import lay_pancreas, paint_pancreas


@pytest.fixture
def made(anatomy, enhancement):
    """A canvas with a pancreas, fine or coarse."""

    def make(spacing=(1.5, 1.5, 2.0)):
        shape = tuple(int(200 / side) for side in spacing)
        layout = lay_out(lay_grid(shape, spacing, (-15.0, 10.0, 0.0)), anatomy.bend)
        canvas = blank_canvas(layout, -105.0)
        pancreas = lay_pancreas(layout, anatomy, ())
        paint_pancreas(canvas, anatomy, enhancement, pancreas)
        return canvas, pancreas

    return make


@pytest.mark.parametrize("kind", ["pdac", "pancreatic_cyst", "pannet"])
@pytest.mark.parametrize("diameter", [12.0, 35.0])
def test_a_lesion_is_as_large_as_planned_and_where_planned(made, plan, enhancement, kind, diameter):
    for seed in range(3):
        canvas, pancreas = made()
        lesion = plan(kind, seed, diameter_mm=diameter)
        drawn = paint_lesion(canvas, lesion, pancreas, enhancement)
        numbers, extents = number_lesions(canvas, [drawn])
        assert np.cbrt(6 / np.pi * extents[0].volume_mm3) == pytest.approx(diameter, rel=0.12)
        voxels = np.argwhere(numbers == 1)
        assert len(voxels) * canvas.grid.voxel_mm3 == pytest.approx(extents[0].volume_mm3, rel=0.15)
        middle = (canvas.grid.affine @ [*voxels.mean(axis=0), 1])[:3]
        assert middle == pytest.approx(extents[0].centre_mm, abs=0.6)
        assert np.linalg.norm(middle - find_centre(lesion, pancreas)) < 0.35 * diameter
        assert (canvas.organs[numbers == 1] == ORGAN_NUMBER["pancreas"]).all()


def edge_mm(canvas, lesion, drawn):
    """How far the change from 20 to 80 % reaches, from the image of the lesion alone."""
    share = (canvas.hu[drawn.box] - 100) / (lesion - 100)
    soft = ((share > 0.2) & (share < 0.8)).sum()
    surface = (drawn.filled > 0.5).sum() ** (2 / 3)
    return soft / surface


def test_adenocarcinomas_fade_out_and_cysts_end_sharply(made, plan, enhancement):
    canvas, pancreas = made()
    widths = {}
    for kind in ("pdac", "pancreatic_cyst"):
        lesion = plan(kind, diameter_mm=26.0, contrast=1.0 if kind == "pdac" else 10.0)
        canvas.hu[:] = 100
        drawn = paint_lesion(canvas, lesion, pancreas, enhancement)
        inside = np.median(canvas.hu[drawn.box][drawn.filled == 1])
        widths[kind] = edge_mm(canvas, inside, drawn)
    assert widths["pdac"] > 1.5 * widths["pancreatic_cyst"]


def test_a_lesion_smaller_than_a_voxel_has_one_voxel(made, plan, enhancement):
    canvas, pancreas = made((9.0, 9.0, 9.0))
    drawn = paint_lesion(canvas, plan("pannet", diameter_mm=5.0), pancreas, enhancement)
    numbers, extents = number_lesions(canvas, [drawn])
    assert (numbers == 1).sum() == 1
    assert 0 < extents[0].volume_mm3 < 200


def test_a_lesion_outside_the_scan_is_none(made, plan, enhancement, anatomy):
    layout = lay_out(lay_grid((20, 20, 20), (2.0,) * 3, (150.0, 0.0, 0.0)), anatomy.bend)
    pancreas = lay_pancreas(layout, anatomy, ())
    assert paint_lesion(blank_canvas(layout), plan("pdac"), pancreas, enhancement) is None


def test_voxels_of_a_vessel_are_not_the_lesions(made, plan, enhancement):
    canvas, pancreas = made()
    drawn = paint_lesion(canvas, plan("pdac", diameter_mm=30.0), pancreas, enhancement)
    whole = number_lesions(canvas, [drawn])[0]
    half = np.zeros(canvas.grid.shape, dtype=bool)
    half[: int(np.argwhere(whole)[:, 0].mean())] = True
    canvas.organs[half] = ORGAN_NUMBER["vessel"]
    numbers, extents = number_lesions(canvas, [drawn])
    assert not numbers[half].any()
    assert (numbers == 1).sum() * canvas.grid.voxel_mm3 == pytest.approx(
        extents[0].volume_mm3, rel=0.1
    )
    assert 0.3 < (numbers == 1).sum() / (whole == 1).sum() < 0.7


def test_where_two_meet_the_smaller_one_keeps_its_voxels(made, plan, enhancement):
    canvas, pancreas = made()
    small = paint_lesion(canvas, plan("pannet", place=0.5, diameter_mm=8.0), pancreas, enhancement)
    large = paint_lesion(
        canvas, plan("pancreatic_cyst", place=0.5, diameter_mm=40.0), pancreas, enhancement
    )
    numbers, _ = number_lesions(canvas, [small, large])
    assert (numbers[small.box][small.filled >= 0.5] == 1).all()
    assert (numbers == 2).any()
