import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labelassemble.errors import SourceError
from labelassemble.files.mask_rule import MaskRule
from labelassemble.sources.mask_file import count_mask_values


def save(values, path, kind=np.uint8):
    nibabel.save(nibabel.Nifti1Image(np.asarray(values, dtype=kind), np.eye(4)), path)
    return path


@given(st.lists(st.sampled_from([0, 1, 2, 7, 300]), min_size=1, max_size=30))
def test_against_a_slow_count(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("masks") / "m.nii.gz"
    expected = {value: values.count(value) for value in set(values)}
    assert count_mask_values(save([[values]], path, np.int16)).counts == expected
    assert count_mask_values(save([[values]], path, np.float32)).counts == expected


@pytest.mark.parametrize("name", ["m.png", "m.tif", "m.bmp"])
def test_images(tmp_path, name):
    Image.fromarray(np.array([[0, 2], [2, 1]], dtype=np.uint8)).save(tmp_path / name)
    assert count_mask_values(tmp_path / name).counts == {0: 1, 1: 1, 2: 2}


def test_a_mask_of_two_levels(tmp_path):
    Image.fromarray(np.array([[False, True]])).save(tmp_path / "m.png")
    found = count_mask_values(tmp_path / "m.png").counts
    assert set(found) == {0, 1} or set(found) == {0, 255}


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.5], "whole numbers"), ([np.nan], "whole numbers"), ([-1], "from 0"), ([70000], "65,535")],
)
def test_values_that_no_mask_has_are_refused(tmp_path, values, expected):
    with pytest.raises(SourceError) as caught:
        count_mask_values(save([[values]], tmp_path / "m.nii", np.float32))
    assert expected in caught.value.expected
    assert caught.value.do.startswith("Is it a mask?")


@pytest.mark.parametrize("name", ["m.nii.gz", "m.nii", "m.png"])
def test_a_broken_file_is_refused(tmp_path, name):
    whole = save(np.ones((30, 30, 30)), tmp_path / "whole.nii").read_bytes()
    for content in (b"", b"text", whole[:400]):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match="a whole mask at"):
            count_mask_values(tmp_path / name)


@pytest.mark.parametrize("name", ["m.mgz", "m.HDR"])
def test_volumes_of_kinds_that_are_not_read(tmp_path, name):
    (tmp_path / name).write_bytes(b"ObjectType = Image")
    with pytest.raises(SourceError, match="which is not read"):
        count_mask_values(tmp_path / name)


def test_blurred_volumes_of_one_term_are_refused_and_numbered_lesions_are_not(tmp_path):
    grey = np.arange(27).reshape(3, 3, 3) * 9
    with pytest.raises(SourceError, match=r"labels\.above = 127"):
        count_mask_values(save(grey, tmp_path / "m.nii.gz"))
    cut = MaskRule(above=127.0)
    assert count_mask_values(tmp_path / "m.nii.gz", cut).counts == {0: 15, 1: 12}
    numbered = save(np.arange(27).reshape(3, 3, 3), tmp_path / "m.nii.gz")
    assert len(count_mask_values(numbered).counts) == 27


def test_several_files_of_one_image(tmp_path):
    one, two = save([[[0, 2, 0]]], tmp_path / "1.nii"), save([[[2, 2, 0]]], tmp_path / "2.nii.gz")
    found = count_mask_values([one, two])
    assert (found.shape, found.counts) == ((1, 1, 3), {0: 1, 2: 2})
    Image.fromarray(np.eye(3, dtype=np.uint8)).save(tmp_path / "3.png")
    with pytest.raises(SourceError, match="all volumes or all images"):
        count_mask_values([one, tmp_path / "3.png"])
    with pytest.raises(SourceError, match="of one shape"):
        count_mask_values([one, save([[[2, 2]]], tmp_path / "2.nii")])
