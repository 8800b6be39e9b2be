"""MetaImage and NRRD against NIfTI of the same voxels, as SimpleITK writes all three."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.open_grid import open_grid
from labelassemble.volumes.read_volume import read_volume

SETTINGS = VolumeSettings()
VOXELS = np.random.default_rng(0).integers(-1000, 1500, (6, 5, 4)).astype(np.int16)


def write(path: Path, direction: np.ndarray | None = None, voxels: np.ndarray = VOXELS) -> Path:
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetSpacing((0.5, 0.75, 2.5))
    image.SetOrigin((-12.5, 40.25, -300.0))
    image.SetDirection((np.eye(3) if direction is None else direction).ravel().tolist())
    SimpleITK.WriteImage(image, str(path), path.name.startswith("packed"))
    return path


@pytest.mark.parametrize("name", ["a.mhd", "packed.mhd", "a.mha", "a.nrrd", "packed.nhdr"])
def test_every_orientation_is_that_of_nifti(
    tmp_path: Path, orientations: list[np.ndarray], turned: np.ndarray, name: str
) -> None:
    for turn in [*orientations[::5], turned, turned @ orientations[7]]:
        true = read_volume(write(tmp_path / "true.nii", turn))
        ours = read_volume(write(tmp_path / name, turn))
        assert np.array_equal(ours.voxels, true.voxels)
        assert ours.voxels.dtype == np.int16
        np.testing.assert_allclose(ours.affine, true.affine, atol=1e-4)


def test_what_is_no_volume_of_grey_values(tmp_path: Path) -> None:
    flat = SimpleITK.GetImageFromArray(np.zeros((5, 4), dtype=np.uint8))
    SimpleITK.WriteImage(flat, str(tmp_path / "flat.mha"))
    with pytest.raises(ImageError, match="2 axes"):
        open_grid(tmp_path / "flat.mha", SETTINGS)
    colours = SimpleITK.GetImageFromArray(np.zeros((5, 4, 3, 3), dtype=np.uint8), isVector=True)
    for name in ("colours.mha", "colours.nrrd"):
        SimpleITK.WriteImage(colours, str(tmp_path / name))
        with pytest.raises(ImageError, match=r"3 numbers a voxel|4 axes"):
            open_grid(tmp_path / name, SETTINGS)
    holes = np.full((3, 3, 3), np.nan, dtype=np.float32)
    with pytest.raises(ImageError, match="27 voxels that are not"):
        open_grid(write(tmp_path / "holes.mha", voxels=holes), SETTINGS).read(0, 3)


def test_nrrd_without_a_space_is_refused_and_metaimage_without_a_turn_is_noted(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.nrrd")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"space: left-posterior-superior\n", b"space dimension: 3\n"))
    with pytest.raises(ImageError, match="nothing says where right and left are"):
        open_grid(path, SETTINGS)
    path = write(tmp_path / "a.mha")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"TransformMatrix = 1 0 0 0 1 0 0 0 1\n", b""))
    assert "no TransformMatrix" in open_grid(path, SETTINGS).notes[0]
