from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.anatomy import draw_abdomen
from labelassemble_phantoms.abdominal_ct.scanner import (
    ORDINARY_SCANNER,
    STYLES,
    draw_voxel_grid,
    scan,
)


@pytest.fixture
def water(canvas):
    canvas.hu[:] = 0
    return canvas


def test_the_field_holds_the_trunk_and_the_pancreas():
    for n in range(40):
        anatomy = draw_abdomen(np.random.default_rng(n), "FM"[n % 2], 60.0)
        style = list(STYLES.values())[n % 4]
        grid = draw_voxel_grid(np.random.default_rng([1, n]), style, anatomy, (64, 64, 32))
        x, y, z = grid.axes(grid.everything)
        half = anatomy.half_width + anatomy.wall + anatomy.fat_side
        assert x[-1] - x[0] > 2 * half - 8
        assert y[-1] - y[0] > anatomy.front + anatomy.back + anatomy.fat_front + anatomy.fat_back
        assert z[0] < -62
        assert z[-1] > 60
        assert x[1] - x[0] == pytest.approx(y[1] - y[0], rel=1e-4)


def test_noise_is_as_strong_as_the_style_says_in_the_middle(water, anatomy):
    for noise in (5.0, 20.0):
        water.hu[:] = 0
        style = replace(ORDINARY_SCANNER, noise_hu=noise, slice_mm=1.0)
        hu = scan(np.random.default_rng(0), style, anatomy, water)
        x, y, z = (count // 2 for count in hu.shape)
        middle = hu[x - 8 : x + 8, y - 8 : y + 8]
        assert 0.65 * noise < middle.std() < 2.1 * noise
        assert abs(middle.mean()) < noise / 5
        assert hu[:4, :4].std() < 0.85 * middle.std()
        assert z > 0


def test_a_smooth_kernel_has_a_coarse_grain(layout, anatomy):
    from labelassemble_phantoms.abdominal_ct.canvas import blank_canvas

    def likeness(style):
        hu = scan(np.random.default_rng(0), style, anatomy, blank_canvas(layout, 0.0))
        return np.corrcoef(hu[:-1].ravel(), hu[1:].ravel())[0, 1]

    sharp = likeness(replace(ORDINARY_SCANNER, kernel_mm=0.8, sharpening=0.6))
    plain = likeness(replace(ORDINARY_SCANNER, kernel_mm=0.8))
    smooth = likeness(replace(ORDINARY_SCANNER, kernel_mm=9.0))
    assert sharp < -0.02
    assert abs(plain) < 0.02
    assert smooth > 0.3


def test_thick_slices_blur_along_the_body_only(water, anatomy):
    x, y, z = (count // 2 for count in water.grid.shape)
    water.hu[x, y, z] = 1000
    style = replace(ORDINARY_SCANNER, slice_mm=9.0, kernel_mm=0.1, noise_hu=0.0)
    hu = scan(np.random.default_rng(0), style, anatomy, water)
    assert hu.sum() == pytest.approx(1000, rel=1e-3)
    assert hu[x, y, z + 1] > 100
    assert hu[x + 1, y, z] == 0


def test_the_hospitals_differ():
    styles = list(STYLES.values())
    assert len({style.slice_mm for style in styles}) == 4
    assert len({style.noise_hu for style in styles}) == 4
    assert {style.orientation for style in styles} == {"RAS", "LPS"}
    for style in styles:
        assert sum(style.phases.values()) == pytest.approx(1)
        assert 1 <= style.slice_mm <= 5
