from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.geometry import (
    FileGeometry,
    find_geometry,
    ras_affine,
    ras_shape,
    to_ras,
)
from labelassemble.volumes.resample import VoxelGrid, resample_array, resampled_grid
from labelassemble.volumes.slabs import plan_slabs, read_slabs

SHAPE = (9, 10, 31)


def make_file(matrix: np.ndarray) -> FileGeometry:
    affine = np.eye(4)
    affine[:3, :3] = matrix * [1.0, 1.2, 0.8]
    return find_geometry(SHAPE, affine, Path("x"))


@pytest.mark.parametrize("spacing", [(2.5, 2.5, 2.5), (0.7, 0.9, 0.5), (1.0, 1.2, 0.8)])
def test_slabs_together_are_the_whole_and_read_each_slice_once(
    orientations: list[np.ndarray], spacing: tuple[float, float, float]
) -> None:
    voxels = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    for matrix in orientations[::5]:
        file = make_file(matrix)
        grid = resampled_grid(VoxelGrid(ras_shape(file), ras_affine(file)), spacing)
        spans: list[tuple[int, int]] = []

        def read(start: int, stop: int, spans: list[tuple[int, int]] = spans) -> np.ndarray:
            spans.append((start, stop))
            return voxels[..., start:stop]

        results = []
        for gib in (1.0, 1.3e-5):
            plan = plan_slabs(file, grid, 8, VolumeSettings(memory_gib=gib))
            whole = np.full(grid.shape, np.nan, dtype=np.float32)
            spans.clear()
            for slab in read_slabs(plan, read):
                whole[slab.target] = resample_array(slab.voxels, slab.positions, plan.sigmas)
            results.append(whole)
            # Rising, without a slice twice: a packed file is unpacked once.
            assert all(one[1] <= other[0] for one, other in pairwise(spans))
        assert len(plan.layers) > 1
        expected = resample_array(to_ras(voxels, file), plan.positions, plan.sigmas)
        for whole in results:
            assert np.abs(whole - expected).max() < 1e-5


def test_no_layer_fits_is_an_error_with_numbers() -> None:
    file = make_file(np.eye(3))
    grid = VoxelGrid(ras_shape(file), ras_affine(file))
    with pytest.raises(ImageError, match=r"9 x 10 x 31 voxels, which need 2\.\d+e-06 GiB a layer"):
        plan_slabs(file, grid, 8, VolumeSettings(memory_gib=1e-6))
