import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.shapes import ellipsoid, fill, join, smooth_line


def coordinates(shape, spacing):
    grid = lay_grid(shape, spacing, (0.3, -0.2, 0.4))
    return np.stack(np.meshgrid(*grid.axes(grid.everything), indexing="ij")), grid.voxel_mm3


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 3.0, 3.0), (1.5, 1.5, 5.0)])
def test_the_filled_volume_is_the_ellipsoids(spacing):
    at, voxel = coordinates(tuple(int(50 / side) for side in spacing), spacing)
    filled = fill(ellipsoid(at, (0, 0, 0), (14, 11, 17)))
    assert filled.sum() * voxel == pytest.approx(4 / 3 * np.pi * 14 * 11 * 17, rel=0.04)
    assert filled.min() == 0
    assert filled.max() == 1


def test_a_voxel_is_filled_by_the_share_a_plane_leaves():
    x = np.arange(6, dtype=np.float32)[:, None, None] * np.ones((6, 4, 4), dtype=np.float32)
    for edge in (2.0, 2.3, 2.5):
        assert fill(x - np.float32(edge)).sum() / 16 == pytest.approx(edge + 0.5, abs=1e-4)


def test_join_holds_both_and_fills_the_groove():
    at, _ = coordinates((60, 30, 30), (1.0, 1.0, 1.0))
    left, right = (ellipsoid(at, (x, 0, 0), (10, 10, 10)) for x in (-9, 9))
    joined = join(left, right, 6.0)
    assert (joined <= np.minimum(left, right) + 1e-4).all()
    assert (joined < 0).sum() > ((left < 0) | (right < 0)).sum()


def test_a_line_goes_through_its_points_evenly():
    points = np.array([[0.0, 0, 0], [10, 8, 0], [20, 0, 5]])
    line, values = smooth_line(points, np.array([[1.0, 5], [2, 6], [3, 7]]), 0.5)
    for point in points:
        assert np.linalg.norm(line - point, axis=1).min() < 0.6
    assert values[0].tolist() == [1, 5]
    assert values[-1].tolist() == [3, 7]
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    assert steps.max() < 0.8
