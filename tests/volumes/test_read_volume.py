from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes import read_volume as module
from labelassemble.volumes.geometry import to_mm, to_voxel
from labelassemble.volumes.read_volume import read_volume

Write = Callable[..., Path]


def test_all_48_orientations_read_the_same_patient(
    write_nifti: Write, orientations: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Slabs of one slice, so that putting them together is tested too.
    monkeypatch.setattr(module, "_SLAB_BYTES", 1)
    shape = (3, 4, 5)
    voxels = np.arange(60, dtype=np.int16).reshape(shape)
    places = np.argwhere(np.ones(shape, dtype=bool)).astype(float)
    for matrix in orientations:
        affine = np.eye(4)
        affine[:3, :3] = matrix * [0.5, 1.0, 3.0]
        affine[:3, 3] = [7.0, -3.0, 11.0]
        volume = read_volume(write_nifti(voxels, affine, "one.nii"))
        assert (np.diag(volume.affine[:3, :3]) > 0).all()
        at = np.rint(to_voxel(volume.affine, to_mm(affine, places))).astype(int)
        assert np.array_equal(volume.voxels[tuple(at.T)], voxels.ravel())


def test_a_volume_larger_than_memory_allows_is_an_error_with_numbers(write_nifti: Write) -> None:
    path = write_nifti(np.zeros((64, 64, 64), dtype=np.float32))
    small = VolumeSettings(memory_gib=0.0005)
    with pytest.raises(ImageError, match=r"64 x 64 x 64: 0\.0009766 GiB"):
        read_volume(path, small)
    assert read_volume(path, VolumeSettings(memory_gib=0.001)).shape == (64, 64, 64)


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no such file or folder"):
        read_volume(tmp_path / "none.nii.gz")
    other = tmp_path / "text.txt"
    other.write_text("no volume")
    with pytest.raises(ImageError, match="NIfTI file, or DICOM slices"):
        read_volume(other)


@pytest.mark.parametrize("name", ["a.MGZ", "a.hdr", "a.vtk"])
def test_volumes_of_kinds_that_are_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"ObjectType = Image")
    with pytest.raises(ImageError, match="which is not read") as caught:
        read_volume(tmp_path / name)
    assert str(tmp_path / name) in caught.value.expected
