from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import ImageError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.geometry import find_geometry, to_mm
from labelassemble.volumes.resample import (
    VoxelGrid,
    find_positions,
    resample,
    resample_like,
    resample_states,
    resampled_grid,
)
from labelassemble.volumes.volume import Volume

SPACINGS = st.floats(0.4, 6.0)


def make_volume(
    voxels: np.ndarray, spacing: tuple[float, float, float], turn: np.ndarray
) -> Volume:
    affine = np.eye(4)
    affine[:3, :3] = turn * spacing
    affine[:3, 3] = [-120.0, 35.0, 410.0]
    file = find_geometry((voxels.shape[0], voxels.shape[1], voxels.shape[2]), affine, Path("x"))
    return Volume(voxels, affine, "HU", file)


def blob(centre: tuple[float, float, float], spacing: tuple[float, float, float]) -> np.ndarray:
    """A Gaussian of 6 mm around a voxel."""
    places = np.meshgrid(np.arange(50), np.arange(48), np.arange(30), indexing="ij")
    far = sum(
        ((place - one) * step) ** 2
        for place, one, step in zip(places, centre, spacing, strict=True)
    )
    return np.exp(-0.5 * far / 36.0).astype(np.float32)


def centre_mm(volume: Volume) -> np.ndarray:
    places = np.argwhere(np.ones(volume.shape, dtype=bool)).astype(float)
    weight = volume.voxels.ravel() / volume.voxels.sum(dtype=np.float64)
    return to_mm(volume.affine, (places * weight[:, None]).sum(axis=0)[None])[0]


@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (2.0, 1.0, 5.0), (0.9, 3.1, 1.7)])
def test_a_lesion_stays_at_its_place_to_a_hundredth_of_a_millimetre(
    turned: np.ndarray, spacing: tuple[float, float, float]
) -> None:
    own = (1.2, 1.3, 2.5)
    volume = make_volume(blob((24.3, 22.8, 14.6), own), own, turned)
    true = to_mm(volume.affine, np.array([[24.3, 22.8, 14.6]]))[0]
    new = resample(volume, spacing)
    assert new.spacing_mm == pytest.approx(spacing)
    assert np.linalg.norm(centre_mm(new) - true) < 0.01
    back = resample_like(new.voxels, new.affine, VoxelGrid(volume.shape, volume.affine))
    assert np.linalg.norm(centre_mm(volume._replace(voxels=back)) - true) < 0.01


@given(
    shape=st.tuples(*(st.integers(1, 20),) * 3),
    old=st.tuples(SPACINGS, SPACINGS, SPACINGS),
    new=st.tuples(SPACINGS, SPACINGS, SPACINGS),
)
@settings(max_examples=50, deadline=None)
def test_the_new_grid_covers_the_old_one_and_shares_its_middle(
    shape: tuple[int, int, int], old: tuple[float, ...], new: tuple[float, float, float]
) -> None:
    affine = np.diag([*old, 1.0])
    affine[:3, 3] = [3.0, -40.0, 7.0]
    grid = resampled_grid(VoxelGrid(shape, affine), new)
    low = affine[:3, 3] - np.array(old) / 2
    high = low + np.array(old) * shape
    new_low = grid.affine[:3, 3] - np.array(new) / 2
    new_high = new_low + np.array(new) * grid.shape
    assert np.allclose(new_low + new_high, low + high)
    slack = 2e-3 * np.array(new)
    assert (new_low <= low + slack).all()
    assert (new_high >= high - slack).all()
    # Less than a voxel more than needed.
    assert (new_high - new_low < high - low + np.array(new)).all()


def test_flipping_before_or_after_is_the_same() -> None:
    voxels = np.random.default_rng(3).normal(size=(11, 12, 7)).astype(np.float32)
    volume = make_volume(voxels, (1.0, 1.0, 3.0), np.eye(3))
    plain = resample(volume, (1.7, 0.6, 2.0)).voxels
    mirrored = resample(volume._replace(voxels=voxels[::-1, :, ::-1]), (1.7, 0.6, 2.0)).voxels
    assert np.abs(plain[::-1, :, ::-1] - mirrored).max() < 1e-5


def test_a_plane_of_values_is_read_exactly_between_voxels() -> None:
    places = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in (9, 8, 7)), indexing="ij")
    volume = make_volume(2 * places[0] - places[1] + 5 * places[2], (1.0, 1.0, 1.0), np.eye(3))
    fine = resample(volume, (0.5, 0.8, 0.25))
    at = find_positions(volume.affine, VoxelGrid(fine.shape, fine.affine))
    inside = [(one >= 0) & (one <= size - 1) for one, size in zip(at, (9, 8, 7), strict=True)]
    grid = np.meshgrid(*at, indexing="ij")
    expected = 2 * grid[0] - grid[1] + 5 * grid[2]
    cut = np.ix_(*inside)
    assert np.abs(fine.voxels[cut] - expected[cut]).max() < 1e-4


def test_the_same_spacing_changes_nothing() -> None:
    volume = make_volume(np.zeros((3, 4, 5), dtype=np.int16), (1.0, 2.0, 3.0), np.eye(3))
    assert resample(volume, (1.0, 2.0, 3.0)) is volume


def test_fine_stripes_become_grey_and_not_a_coarse_pattern() -> None:
    stripes = np.broadcast_to((np.arange(60) % 2)[:, None, None] * 1.0, (60, 4, 4))
    volume = make_volume(np.ascontiguousarray(stripes), (1.0, 1.0, 1.0), np.eye(3))
    coarse = resample(volume, (5.0, 1.0, 1.0)).voxels[2:-2]
    assert np.abs(coarse - 0.5).max() < 0.01


def test_masks_keep_place_and_size_and_unknown_spreads() -> None:
    state = np.full((2, 20, 20, 10), NEGATIVE, dtype=np.uint8)
    state[0, 6:14, 6:14, 3:7] = POSITIVE
    state[0, :, :, 9] = UNKNOWN
    state[1] = UNKNOWN
    grid = VoxelGrid((20, 20, 10), np.diag([1.0, 1.0, 2.0, 1.0]))

    def resample_to(*spacing_mm: float) -> np.ndarray:
        positions = find_positions(grid.affine, resampled_grid(grid, spacing_mm))
        return resample_states(state, positions)

    fine = resample_to(0.5, 0.5, 0.5)
    positive, known = fine == POSITIVE, fine != UNKNOWN
    assert fine.shape == (2, 40, 40, 40)
    # Corners are rounded: there all three axes take a part of the outside.
    assert positive[0].sum() * 0.125 == pytest.approx(8 * 8 * 8, rel=0.04)
    assert np.array_equal(np.argwhere(positive[0]).min(axis=0), [12, 12, 12])
    assert np.array_equal(np.argwhere(positive[0]).max(axis=0), [27, 27, 27])
    # Slices 8 and 9 have their centres at fine layers 33.5 and 37.5: between them it is unknown.
    assert known[0, :, :, :34].all()
    assert not known[0, :, :, 34:].any()
    assert not known[1].any()
    coarse = resample_to(2.0, 2.0, 2.0)
    assert (coarse[0] == POSITIVE).sum() * 8 == pytest.approx(8 * 8 * 8)


def test_truth_values_and_numbers_come_from_the_nearest_voxel() -> None:
    values = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    grid = resampled_grid(VoxelGrid((2, 2, 2), np.eye(4)), (0.5, 0.5, 0.5))
    fine = resample_like(values, np.eye(4), grid)
    assert fine.dtype == np.uint8
    assert np.array_equal(fine, values.repeat(2, 0).repeat(2, 1).repeat(2, 2))
    assert resample_like(values > 3, np.eye(4), grid).dtype == bool


def test_grids_turned_against_each_other_are_an_error(turned: np.ndarray) -> None:
    affine = np.eye(4)
    affine[:3, :3] = turned
    with pytest.raises(ImageError, match="turned against"):
        resample_like(np.zeros((4, 4, 4)), np.eye(4), VoxelGrid((4, 4, 4), affine))
