import nibabel
import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.nifti import write_nifti

AFFINE = np.array([[2.0, 0, 0, -7], [0, 3.0, 0, 5], [0, 0, 4.0, -9], [0, 0, 0, 1]])


@pytest.fixture
def volume():
    return np.random.default_rng(0).integers(-1000, 1000, (4, 5, 6)).astype(np.int16)


@pytest.mark.parametrize("orientation", ["RAS", "LPS"])
def test_every_voxel_keeps_its_place_in_mm(tmp_path, volume, orientation):
    path = tmp_path / "one.nii.gz"
    write_nifti(path, volume, AFFINE, orientation)
    image = nibabel.load(path)
    assert "".join(nibabel.aff2axcodes(image.affine)) == orientation
    stored = np.asanyarray(image.dataobj)
    assert stored.dtype == np.int16
    inverse = np.linalg.inv(image.affine)
    for voxel in ((0, 0, 0), (3, 4, 5), (1, 2, 3)):
        there = np.rint(inverse @ AFFINE @ [*voxel, 1]).astype(int)[:3]
        assert stored[tuple(there)] == volume[voxel]
    assert image.header.get_zooms() == (2, 3, 4)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert image.header["sform_code"] == image.header["qform_code"] == 1
    assert image.get_qform() == pytest.approx(image.get_sform())


def test_the_same_volume_gives_the_same_bytes(tmp_path, volume):
    for name in ("one.nii.gz", "other.nii.gz"):
        write_nifti(tmp_path / name, volume, AFFINE, "LPS")
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "other.nii.gz").read_bytes()
