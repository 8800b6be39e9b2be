import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.grid import is_empty, lay_grid


@pytest.fixture
def grid():
    return lay_grid((10, 8, 6), (2.0, 3.0, 5.0), (1.0, -2.0, 30.0))


def test_the_affine_says_where_voxels_lie(grid):
    x, y, z = grid.axes(grid.everything)
    for voxel in ((0, 0, 0), (9, 7, 5), (3, 2, 1)):
        place = grid.affine @ [*voxel, 1]
        assert place[:3] == pytest.approx([x[voxel[0]], y[voxel[1]], z[voxel[2]]])
    middle = grid.affine @ [4.5, 3.5, 2.5, 1]
    assert middle[:3] == pytest.approx([1.0, -2.0, 30.0])


def test_the_volume_of_a_voxel(grid):
    assert grid.voxel_mm3 == 30
    assert grid.side_mm == pytest.approx(30 ** (1 / 3))


def test_a_box_holds_what_lies_between_its_corners(grid):
    low, high = np.array([-3.0, -8.0, 21.0]), np.array([4.0, 3.0, 33.0])
    box = grid.box(low, high)
    for axis, centres in enumerate(grid.axes(grid.everything)):
        inside = np.flatnonzero((centres >= low[axis]) & (centres <= high[axis]))
        assert box[axis].start <= inside[0]
        assert box[axis].stop > inside[-1]
        assert box[axis].stop - box[axis].start <= len(inside) + 2
    assert grid.box(low, high, 1e4) == grid.everything


def test_a_box_beside_the_grid_is_empty(grid):
    assert is_empty(grid.box(np.array([100.0, 0, 30]), np.array([110.0, 1, 31])))
    assert is_empty(grid.box(np.array([-110.0, 0, 30]), np.array([-100.0, 1, 31])))
    assert not is_empty(grid.everything)
