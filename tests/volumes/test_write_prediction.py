from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.volumes.read_volume import read_volume
from labelassemble.volumes.resample import resample
from labelassemble.volumes.write_prediction import write_prediction

Write = Callable[..., Path]


def test_an_prediction_lies_over_its_file_in_all_48_orientations(
    write_nifti: Write, orientations: list[np.ndarray], turned: np.ndarray, tmp_path: Path
) -> None:
    voxels = np.random.default_rng(0).integers(0, 100, (4, 5, 6)).astype(np.int16)
    for number, matrix in enumerate(orientations):
        affine = np.eye(4)
        affine[:3, :3] = (turned @ matrix if number % 2 else matrix) * [0.7, 0.9, 2.5]
        affine[:3, 3] = [10, 20, -30]
        volume = read_volume(write_nifti(voxels, affine, "one.nii"))
        write_prediction(volume, volume.voxels > 50, tmp_path / "probability.nii")
        back = nibabel.load(tmp_path / "probability.nii")
        assert np.array_equal(np.asarray(back.dataobj), voxels > 50)
        assert np.abs(back.affine - affine).max() < 1e-5
        assert np.abs(back.header.get_qform() - affine).max() < 1e-3


def test_an_prediction_on_another_spacing_comes_back_to_the_file(
    write_nifti: Write, tmp_path: Path
) -> None:
    affine = np.array([[0, 0, -3.0, 9], [-1.0, 0, 0, 8], [0, 1.5, 0, 7], [0, 0, 0, 1]])
    ramp = np.add.outer(np.add.outer(np.arange(12) * 9, np.arange(10) * 5), np.arange(8) * 20)
    volume = read_volume(write_nifti(ramp.astype(np.int16), affine))
    fine = resample(volume, (0.5, 0.5, 0.5))
    write_prediction(fine, np.stack([fine.voxels, -fine.voxels]), tmp_path / "new" / "a.nii.gz")
    back = nibabel.load(tmp_path / "new" / "a.nii.gz")
    assert back.shape == (12, 10, 8, 2)
    values = np.asarray(back.dataobj)
    assert np.abs(values[1:-1, 1:-1, 1:-1, 0] - ramp[1:-1, 1:-1, 1:-1]).max() < 1e-3
    assert np.array_equal(values[..., 0], -values[..., 1])
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["a.nii.gz"]


def test_the_prediction_to_a_series_lies_on_its_slices(write_series: Write, tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 2000, (5, 6, 7)).astype(np.uint16)
    volume = read_volume(write_series(stored))
    write_prediction(volume, volume.voxels, tmp_path / "a.nii.gz")
    back = nibabel.load(tmp_path / "a.nii.gz")
    assert np.array_equal(np.asarray(back.dataobj), stored.transpose(2, 1, 0).astype(int) - 1024)
    again = read_volume(tmp_path / "a.nii.gz")
    assert np.array_equal(again.voxels, volume.voxels)
    assert np.abs(again.affine - volume.affine).max() < 1e-5


def test_bad_predictions_leave_nothing_behind(write_nifti: Write, tmp_path: Path) -> None:
    volume = read_volume(write_nifti(np.zeros((3, 4, 5), dtype=np.int16)))
    with pytest.raises(ImageError, match="3 x 4 x 5 voxels"):
        write_prediction(volume, np.zeros((3, 4, 6)), tmp_path / "a.nii")
    with pytest.raises(ImageError, match=r"\.nii"):
        write_prediction(volume, np.zeros((3, 4, 5)), tmp_path / "a.npy")
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match="can be written"):
        write_prediction(volume, np.zeros((3, 4, 5)), tmp_path / "file" / "a.nii")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "image.nii.gz"]
