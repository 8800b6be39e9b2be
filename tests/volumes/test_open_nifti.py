from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.open_nifti import open_nifti

SETTINGS = VolumeSettings()
Write = Callable[..., Path]


def draw(shape: tuple[int, ...] = (4, 5, 6)) -> np.ndarray:
    return np.random.default_rng(0).integers(-1000, 1500, shape).astype(np.int16)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_slices_come_as_they_are_stored(write_nifti: Write, name: str) -> None:
    voxels = draw()
    file = open_nifti(write_nifti(voxels, name=name), SETTINGS)
    assert file.kind == np.int16
    assert file.geometry.shape == (4, 5, 6)
    assert np.array_equal(file.read(0, 6), voxels)
    assert np.array_equal(file.read(2, 4), voxels[..., 2:4])
    assert np.array_equal(file.read(1, 2), voxels[..., 1:2])
    assert file.bytes_in_memory == 240


def test_slope_and_intercept_are_applied(write_nifti: Write) -> None:
    # nibabel writes numbers as they are where the header's slope is set by hand.
    file = open_nifti(write_nifti(draw(), slope=(2.0, -1024.0)), SETTINGS)
    assert file.kind == np.float32
    assert np.array_equal(file.read(0, 6), draw() * 2.0 - 1024.0)


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1e-3), ("micron", 1e3), ("unknown", 1.0)])
def test_units_of_space_become_millimetres(write_nifti: Write, unit: str, factor: float) -> None:
    affine = np.diag([0.8, 0.9, 3.0, 1.0])
    affine[:3, 3] = [5.0, 6.0, 7.0]
    scaled = affine.copy()
    scaled[:3] *= factor
    file = open_nifti(write_nifti(draw(), scaled, unit=unit), SETTINGS)
    assert np.abs(file.geometry.affine - affine).max() < 1e-5


def test_two_transforms_that_disagree_are_an_error_until_one_is_chosen(write_nifti: Write) -> None:
    shifted = np.eye(4)
    shifted[0, 3] = 2.0
    path = write_nifti(draw(), np.eye(4), qform=shifted)
    with pytest.raises(ImageError, match="2 mm apart"):
        open_nifti(path, SETTINGS)
    for header, origin in (("sform", 0.0), ("qform", 2.0)):
        file = open_nifti(path, VolumeSettings(header=header))
        assert file.geometry.affine[0, 3] == origin
    only = open_nifti(write_nifti(draw(), np.eye(4), qform=shifted, codes=(0, 1)), SETTINGS)
    assert only.geometry.affine[0, 3] == 2.0


def test_a_file_without_orientation_is_an_error(write_nifti: Write) -> None:
    with pytest.raises(ImageError, match="sform_code and qform_code of 0"):
        open_nifti(write_nifti(draw(), codes=(0, 0)), SETTINGS)


def test_four_dimensions_are_an_error_unless_the_fourth_is_one(write_nifti: Write) -> None:
    with pytest.raises(ImageError, match="4 x 5 x 6 x 2"):
        open_nifti(write_nifti(draw((4, 5, 6, 2))), SETTINGS)
    with pytest.raises(ImageError, match="2 axes"):
        open_nifti(write_nifti(draw((4, 5))), SETTINGS)
    single = open_nifti(write_nifti(draw((4, 5, 6, 1))), SETTINGS)
    assert np.array_equal(single.read(2, 5), draw((4, 5, 6, 1))[..., 2:5, 0])


def test_what_is_no_number_is_an_error(write_nifti: Write) -> None:
    values = np.zeros((3, 3, 3), dtype=np.float32)
    values[1, 1, 1] = np.nan
    with pytest.raises(ImageError, match="1 voxels that are not"):
        open_nifti(write_nifti(values), SETTINGS).read(0, 3)
    with pytest.raises(ImageError, match="complex64"):
        open_nifti(write_nifti(values.astype(np.complex64)), SETTINGS)


def test_damaged_files_are_an_error(write_nifti: Write, tmp_path: Path) -> None:
    path = write_nifti(draw((20, 20, 20)), name="cut.nii")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ImageError, match="a whole volume"):
        open_nifti(path, SETTINGS).read(0, 20)
    junk = tmp_path / "junk.nii.gz"
    junk.write_bytes(b"nothing at all")
    with pytest.raises(ImageError, match="a whole volume"):
        open_nifti(junk, SETTINGS)


def test_anisotropy_is_noted_then_refused(write_nifti: Write) -> None:
    affine = np.diag([0.5, 0.5, 5.0, 1.0])
    assert "anisotropy of 10.0" in open_nifti(write_nifti(draw(), affine), SETTINGS).notes[0]
    assert open_nifti(write_nifti(draw(), np.diag([0.7, 0.7, 5, 1])), SETTINGS).notes == ()
    affine[2, 2] = 15.0
    path = write_nifti(draw(), affine)
    with pytest.raises(ImageError, match=r"ratio of 30\.0"):
        open_nifti(path, SETTINGS)
    assert open_nifti(path, VolumeSettings(max_anisotropy=30.0)).notes


def test_headers_that_contradict_themselves_are_an_error_that_names_the_file(
    write_nifti: Write,
) -> None:
    path = write_nifti(draw(), name="a.nii")
    sound = path.read_bytes()
    for place, value in (
        (40, np.int16(9)),  # More axes than there can be.
        (42, np.int16(-4)),
        (42, np.int16(0)),
        (42, np.int16(30_000)),  # More voxels than the file holds.
        (80, np.float32(np.nan)),  # A spacing, and with it the qform.
        (256, np.float32(np.nan)),
        (280, np.float32(np.nan)),  # A cell of the sform.
        (70, np.int16(3)),  # No such kind of numbers.
        (108, np.float32(200.0)),  # Voxels that begin within the header.
        (344, np.int32(0)),  # No magic word.
    ):
        content = bytearray(sound)
        content[place : place + value.nbytes] = value.tobytes()
        path.write_bytes(bytes(content))
        with pytest.raises(ImageError, match=r"a\.nii"):
            open_nifti(path, SETTINGS).read(0, 6)
    path.write_bytes(sound)
    assert np.array_equal(open_nifti(path, SETTINGS).read(0, 6), draw())
    large = bytearray(write_nifti(draw((20, 20, 20)), name="a.nii").read_bytes())
    large[42] = 19
    path.write_bytes(bytes(large))
    with pytest.raises(ImageError, match=r"\(19, 20, 20\) need"):
        open_nifti(path, SETTINGS)
