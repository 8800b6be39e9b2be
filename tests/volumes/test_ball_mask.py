"""Balls against a loop over all voxels, in every orientation, whole and slab by slab."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import ImageError
from labelassemble.volumes.ball_mask import Ball, BallMask
from labelassemble.volumes.geometry import FileGeometry, find_geometry, to_mm

SHAPE = (9, 8, 7)


def make_grid(turn: np.ndarray) -> FileGeometry:
    affine = np.eye(4)
    affine[:3, :3] = turn * [0.7, 0.9, 2.5]
    affine[:3, 3] = [-12.0, 30.0, 5.0]
    return find_geometry(SHAPE, affine, Path("image"))


def draw_slowly(grid: FileGeometry, middles: np.ndarray, diameters: list[float]) -> np.ndarray:
    """In RAS millimetres, voxel by voxel."""
    drawn = np.zeros(SHAPE, dtype=bool)
    for place in np.ndindex(SHAPE):
        at = to_mm(grid.affine, np.array([place], dtype=float))[0]
        for middle, wide in zip(middles, diameters, strict=True):
            drawn[place] |= bool(np.linalg.norm(at - middle) <= wide / 2)
    return drawn


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_ball_is_the_voxels_whose_centres_it_holds(data: st.DataObject) -> None:
    order, signs = data.draw(st.permutations(range(3))), data.draw(st.tuples(*[st.booleans()] * 3))
    turn = np.zeros((3, 3))
    turn[order, range(3)] = np.where(signs, 1.0, -1.0)
    oblique = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
    grid = make_grid(oblique @ turn if data.draw(st.booleans()) else turn)
    inside = st.tuples(*(st.floats(0, side - 1.0) for side in SHAPE))
    voxels = np.array(data.draw(st.lists(inside, min_size=1, max_size=3)))
    diameters = data.draw(st.lists(st.floats(3.0, 9.0), min_size=len(voxels), max_size=len(voxels)))
    ras = to_mm(grid.affine, voxels)
    true = draw_slowly(grid, ras, diameters)
    for voxel in np.rint(voxels).astype(int):
        true[tuple(voxel)] = True
    for space, points in (("ras", ras), ("lps", ras * [-1, -1, 1]), ("voxel", voxels)):
        balls = tuple(
            Ball((x, y, z), wide)
            for (x, y, z), wide in zip(points.tolist(), diameters, strict=True)
        )
        read = BallMask(balls, space, "points").draw(grid).read
        # Centres on the surface may fall either way by rounding.
        assert (read(0, 7) != true).sum() <= 1
        step = data.draw(st.integers(1, 7))
        slabs = [read(start, min(start + step, 7)) for start in range(0, 7, step)]
        assert np.array_equal(np.concatenate(slabs, axis=-1), read(0, 7))


def test_a_ball_that_holds_no_centre_marks_the_voxel_of_its_middle() -> None:
    for wide in (0.0, 0.1):
        drawn = BallMask((Ball((2.4, 3.4, 4.4), wide),), "voxel", "p").draw(make_grid(np.eye(3)))
        assert np.argwhere(drawn.read(0, 7)).tolist() == [[2, 3, 4]]


def test_a_middle_outside_the_volume_is_an_error() -> None:
    grid = make_grid(np.eye(3))
    edge = BallMask((Ball((-1.2, 0.0, 0.0), 1.0),), "voxel", "p").draw(grid).read(0, 7)
    assert np.argwhere(edge).tolist() == [[0, 0, 0]], "rounding at the edge"
    with pytest.raises(ImageError, match=r"points of mine/a") as told:
        BallMask((Ball((-2.0, 0.0, 0.0), 1.0),), "voxel", "points of mine/a").draw(grid)
    assert "labels.space" in told.value.do


def test_what_is_drawn_is_in_the_digest() -> None:
    one = BallMask((Ball((1.0, 2.0, 3.0), 4.0),), "ras", "a")
    assert one.digest == BallMask((Ball((1.0, 2.0, 3.0), 4.0),), "ras", "b").digest
    assert one.digest != BallMask((Ball((1.0, 2.0, 3.0), 4.5),), "ras", "a").digest
    assert one.digest != BallMask((Ball((1.0, 2.0, 3.0), 4.0),), "lps", "a").digest
