import numpy as np

from labelassemble_phantoms.abdominal_ct.layout import REACH_MM


def test_place_is_the_inverse_of_the_bend(layout):
    """The voxel at a placed point has the point as its unbent coordinates."""
    points = np.random.default_rng(0).uniform(-60, 60, (40, 3))
    placed = layout.place(points)
    grid = layout.grid
    voxel = np.rint((placed - grid.first_mm) / grid.spacing_mm).astype(int)
    centres = np.array(grid.first_mm) + voxel * grid.spacing_mm
    unbent = layout.unbent[(slice(None), *voxel.T)].T
    # What is left is the way from the point to the voxel's centre.
    assert np.abs(unbent - points - (centres - placed)).max() < 1.2
    assert np.abs(placed - points).max() > 2


def test_the_bend_is_small_and_smooth(layout):
    x = layout.grid.axes(layout.grid.everything)[0]
    shift = layout.unbent[0] - x[:, None, None]
    assert np.abs(shift).max() <= REACH_MM + 1e-3
    assert np.abs(np.diff(layout.unbent[0], axis=0) / layout.grid.spacing_mm[0] - 1).max() < 0.8
