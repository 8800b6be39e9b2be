import gzip

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import ImageError
from labelassemble.files.nifti_file import open_nifti_file

VOXELS = np.random.default_rng(0).integers(-900, 900, (9, 8, 7)).astype(np.int16)


def save(path, voxels=VOXELS, kind=nibabel.Nifti1Image):
    nibabel.save(kind(voxels, np.eye(4)), path)
    return path


def read(path, step=3):
    file = open_nifti_file(path)
    depth = file.shape[-1]
    slabs = [file.read(start, min(start + step, depth)) for start in range(0, depth, step)]
    return np.concatenate(slabs, axis=-1)


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "A.NII.GZ"])
def test_slices(tmp_path, name, kind):
    path = save(tmp_path / name.lower(), kind=kind).rename(tmp_path / name)
    for step in (1, 3, 7, 99):
        assert np.array_equal(read(path, step), VOXELS)
    file = open_nifti_file(path)
    assert file.shape == (9, 8, 7)
    # The last slices before the first: a packed file is unpacked anew.
    assert np.array_equal(file.read(5, 7), VOXELS[..., 5:])
    assert np.array_equal(file.read(0, 2), VOXELS[..., :2])


def test_the_bytes_say_whether_a_file_is_packed_and_not_its_name(tmp_path):
    plain, packed = save(tmp_path / "a.nii"), save(tmp_path / "b.nii.gz")
    for path, name in ((plain, "c.nii.gz"), (packed, "d.nii")):
        assert np.array_equal(read(path.rename(tmp_path / name)), VOXELS)


def test_members_and_padding_of_gzip_are_sound(tmp_path):
    content = save(tmp_path / "a.nii").read_bytes()
    parts = gzip.compress(content[:700]) + gzip.compress(content[700:])
    path = tmp_path / "b.nii.gz"
    path.write_bytes(parts + b"\0" * 40)
    assert np.array_equal(read(path), VOXELS)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_flipped_bit_or_a_cut_is_an_error_or_changes_nothing(tmp_path_factory, data):
    path = save(tmp_path_factory.mktemp("flips") / "a.nii.gz")
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    path.write_bytes(bytes(content))
    try:
        found = read(path)
    except ImageError:
        return
    assert np.array_equal(found, VOXELS)


def test_most_flips_that_unpack_to_other_voxels_were_once_read(tmp_path):
    """The flips that only the checksum shows: stored blocks, in which every byte is a voxel's."""
    content = save(tmp_path / "a.nii").read_bytes()
    packed = bytearray(gzip.compress(content, compresslevel=0))
    path = tmp_path / "b.nii.gz"
    for place in range(500, 1200, 100):
        packed[place] ^= 4
        path.write_bytes(bytes(packed))
        packed[place] ^= 4
        with pytest.raises(ImageError, match="CRC check failed"):
            read(path)
    path.write_bytes(bytes(packed))
    assert np.array_equal(read(path), VOXELS)


def test_every_cut_of_a_plain_file_is_an_error(tmp_path):
    content = save(tmp_path / "a.nii").read_bytes()
    path = tmp_path / "b.nii"
    for length in (0, 3, 200, 348, 352, 600, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ImageError, match="a whole volume at"):
            open_nifti_file(path)
    path.write_bytes(content + b"more")
    assert np.array_equal(read(path), VOXELS)


def test_axes_of_one_behind_the_third_do_not_count(tmp_path):
    path = save(tmp_path / "a.nii.gz", VOXELS[..., None, None])
    assert open_nifti_file(path).shape == (9, 8, 7)
    assert np.array_equal(read(path), VOXELS)
    assert open_nifti_file(save(path, np.stack([VOXELS] * 2, axis=-1))).shape == (9, 8, 7, 2)
    assert np.array_equal(read(save(path, VOXELS[..., 0])), VOXELS[..., 0])


def test_slope_and_intercept(tmp_path):
    image = nibabel.Nifti1Image(VOXELS, np.eye(4))
    image.header.set_slope_inter(2.0, -5.0)
    nibabel.save(image, tmp_path / "a.nii.gz")
    file = open_nifti_file(tmp_path / "a.nii.gz")
    assert (file.slope, file.intercept) == (2.0, -5.0)
    assert np.array_equal(file.read(0, 7), VOXELS * 2.0 - 5.0)


def test_a_missing_file(tmp_path):
    with pytest.raises(ImageError, match="No such file"):
        open_nifti_file(tmp_path / "a.nii.gz")


def test_more_voxels_than_the_bound_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELASSEMBLE_VOXELS", "503")
    with pytest.raises(ImageError, match="504 voxels, more than 503") as caught:
        open_nifti_file(save(tmp_path / "a.nii.gz"))
    assert "LABELASSEMBLE_VOXELS" in caught.value.do
    monkeypatch.setenv("LABELASSEMBLE_VOXELS", "504")
    assert open_nifti_file(tmp_path / "a.nii.gz").shape == VOXELS.shape
