import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.smooth_field import draw_field

CORNERS = ((-60.0, -60.0, -60.0), (60.0, 60.0, 60.0))


def test_points_and_voxels_agree():
    field = draw_field(np.random.default_rng(0), 12.0, *CORNERS)
    grid = lay_grid((9, 7, 5), (4.0, 5.0, 6.0), (3.0, 1.0, -2.0))
    box = (slice(2, 6), slice(0, 7), slice(1, 4))
    values = field.on_grid(grid, box)
    x, y, z = (axis.astype(float) for axis in grid.axes(box))
    points = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1).reshape(-1, 3)
    assert field.at(points) == pytest.approx(values.ravel(), abs=1e-4)


def test_mean_0_and_deviation_1():
    grid = lay_grid((24, 24, 24), (4.0,) * 3, (0.0,) * 3)
    values = np.concatenate(
        [
            draw_field(np.random.default_rng(seed), 10.0, *CORNERS)
            .on_grid(grid, grid.everything)
            .ravel()
            for seed in range(4)
        ]
    )
    assert abs(values.mean()) < 0.1
    assert values.std() == pytest.approx(1, abs=0.12)


def test_smooth_near_by_and_free_far_away():
    field = draw_field(np.random.default_rng(1), 10.0, *CORNERS)
    points = np.random.default_rng(2).uniform(-45, 45, (400, 3))
    here, near, far = (field.at(points + np.array([shift, 0, 0])) for shift in (0, 1.0, 12.0))
    assert np.corrcoef(here, near)[0, 1] > 0.97
    assert abs(np.corrcoef(here, far)[0, 1]) < 0.6


def test_nothing_beyond_the_lattice():
    field = draw_field(np.random.default_rng(1), 10.0, *CORNERS)
    assert field.at(np.array([[200.0, 0, 0]])).item() == 0
