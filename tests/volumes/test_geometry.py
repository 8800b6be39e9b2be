from pathlib import Path

import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.volumes.geometry import (
    anisotropy,
    farthest_mm,
    find_geometry,
    ras_affine,
    ras_shape,
    spacing_of,
    to_file,
    to_mm,
    to_ras,
    to_voxel,
)

SHAPE, SPACING = (4, 5, 6), np.array([0.7, 1.1, 2.5])


def make_affine(matrix: np.ndarray) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = matrix * SPACING
    affine[:3, 3] = [10.0, -20.0, 35.0]
    return affine


@pytest.mark.parametrize("oblique", [False, True])
def test_every_voxel_keeps_its_place_in_all_48_orientations(
    orientations: list[np.ndarray], turned: np.ndarray, oblique: bool
) -> None:
    assert len({tuple(one.ravel()) for one in orientations}) == 48
    voxels = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    for matrix in orientations:
        affine = make_affine(turned @ matrix if oblique else matrix)
        file = find_geometry(SHAPE, affine, Path("x.nii"))
        turned_round, new = to_ras(voxels, file), ras_affine(file)
        assert turned_round.shape == ras_shape(file)
        # Axes run right, anterior, superior: the largest part of each, and not against it.
        assert (np.abs(new[:3, :3]).argmax(axis=0) == [0, 1, 2]).all()
        assert (np.diag(new[:3, :3]) > 0).all()
        places = np.argwhere(np.ones(SHAPE, dtype=bool)).astype(float)
        at = np.rint(to_voxel(new, to_mm(affine, places))).astype(int)
        assert np.array_equal(turned_round[tuple(at.T)], voxels.ravel())
        assert np.abs(to_mm(new, at.astype(float)) - to_mm(affine, places)).max() < 1e-9
        assert np.array_equal(to_file(turned_round, file), voxels)
        by_class = np.stack([voxels, voxels + 1])
        assert np.array_equal(to_file(to_ras(by_class, file), file), by_class)


def test_writing_through_the_view_reaches_the_array(orientations: list[np.ndarray]) -> None:
    for matrix in orientations[::7]:
        file = find_geometry(SHAPE, make_affine(matrix), Path("x.nii"))
        target = np.zeros(ras_shape(file))
        to_file(target, file)[1, 2, 3] = 5.0
        assert target.sum() == 5.0
        assert to_file(target, file)[1, 2, 3] == 5.0


def test_a_sheared_affine_is_an_error_that_says_how_much() -> None:
    affine = make_affine(np.eye(3))
    affine[0, 2] = SPACING[2] * np.tan(np.radians(5.0))
    with pytest.raises(ImageError, match=r"sheared by 5\.0"):
        find_geometry(SHAPE, affine, Path("x.nii"))
    affine[0, 2] = SPACING[2] * np.tan(np.radians(0.05))
    assert np.array_equal(ras_affine(find_geometry(SHAPE, affine, Path("x.nii"))), affine)


@pytest.mark.parametrize("wrong", [np.nan, 0.0])
def test_an_affine_without_meaning_is_an_error(wrong: float) -> None:
    affine = make_affine(np.eye(3))
    affine[:3, 1] = wrong
    with pytest.raises(ImageError, match="finite affine"):
        find_geometry(SHAPE, affine, Path("x.nii"))


def test_spacing_distance_and_anisotropy(turned: np.ndarray) -> None:
    affine = make_affine(turned)
    assert spacing_of(affine) == pytest.approx(tuple(SPACING))
    assert anisotropy(affine) == pytest.approx(2.5 / 0.7)
    moved = affine.copy()
    moved[:3, 3] += [0.0, 3.0, 4.0]
    assert farthest_mm(affine, moved, SHAPE) == pytest.approx(5.0)
    stretched = affine.copy()
    stretched[:3, 2] *= 1.1
    assert farthest_mm(affine, stretched, SHAPE) == pytest.approx(0.1 * 2.5 * 5)
