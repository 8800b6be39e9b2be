from itertools import pairwise

import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.grid import is_empty, lay_grid
from labelassemble_phantoms.abdominal_ct.tube import Tube, fill_tube, lay_tube, measure_tube


def straight(radius, direction=(1.0, 0.4, 0.3), points=9):
    heading = np.array(direction) / np.linalg.norm(direction)
    line = np.linspace(-20, 20, points)[:, None] * heading
    return Tube(line, np.full(points, radius))


def test_distances_are_those_of_a_slow_search():
    grid = lay_grid((20, 18, 16), (3.0, 3.0, 4.0), (0.0, 0.0, 0.0))
    tube = Tube(np.array([[-20.0, 0, 0], [0, 9, 0], [20, 0, 8]]), np.array([3.0, 5.0, 2.0]))
    found = measure_tube(grid, tube, 6.0)
    share = np.linspace(0, 1, 400)[:, None]
    line = np.concatenate([a + share * (b - a) for a, b in pairwise(tube.points)])
    width = np.interp(np.linspace(0, 2, 800), [0, 1, 2], tube.radius)
    x, y, z = grid.axes(found.box)
    at = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
    away = np.linalg.norm(at[..., None, :] - line, axis=-1)
    nearest = away.argmin(axis=-1)
    slow = away.min(axis=-1) - width[nearest]
    near = slow < 5
    assert found.distance[near] == pytest.approx(slow[near], abs=0.25)
    assert found.place[slow < 0] == pytest.approx(nearest[slow < 0] / 400, abs=0.12)
    assert (found.distance[slow > 7] > 5).all()


@pytest.mark.parametrize("radius", [0.6, 1.5, 4.0, 9.0])
@pytest.mark.parametrize("spacing", [(3.0, 3.0, 3.0), (1.0, 1.0, 1.5)])
def test_the_filled_volume_is_the_tubes_however_thin(radius, spacing):
    shape = tuple(int(80 / side) for side in spacing)
    grid = lay_grid(shape, spacing, (0.4, 0.1, -0.3))
    tube = straight(radius)
    filled = fill_tube(grid, tube)[1]
    ends = 4 / 3 * np.pi * radius**3
    expected = np.pi * radius**2 * 40 + ends
    # Thin tubes are drawn wider, so their round ends reach farther.
    assert filled.sum() * grid.voxel_mm3 == pytest.approx(expected, rel=0.1)
    assert filled.max() <= 1


def test_a_stretched_section_is_taller():
    grid = lay_grid((60, 40, 60), (1.0,) * 3, (0.0,) * 3)
    tube = straight(5.0, (1.0, 0.0, 0.0))
    box, filled = fill_tube(grid, tube, (1.0, 1.0, 2.0))
    middle = filled[filled.shape[0] // 2] >= 0.5
    assert middle.any(axis=0).sum() == pytest.approx(20, abs=2)
    assert middle.any(axis=1).sum() == pytest.approx(10, abs=2)
    assert not is_empty(box)


def test_a_tube_beside_the_grid_fills_nothing():
    grid = lay_grid((20, 20, 20), (1.0,) * 3, (300.0, 0.0, 0.0))
    box, filled = fill_tube(grid, straight(3.0))
    assert is_empty(box)
    assert filled.size == 0


def test_laid_tubes_are_bent_with_the_patient(layout):
    points = [(-30.0, 0.0, 0.0), (0.0, 20.0, 10.0), (30.0, 0.0, 0.0)]
    tube = lay_tube(layout, points, [2.0, 3.0, 4.0])
    ends = layout.place(np.array([points[0], points[-1]]))
    assert tube.points[[0, -1]] == pytest.approx(ends)
    assert tube.radius[[0, -1]].tolist() == [2, 4]
