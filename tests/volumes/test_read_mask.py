from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelassemble.errors import ImageError, SourceError
from labelassemble.settings import VolumeSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.geometry import find_geometry, to_file, to_ras
from labelassemble.volumes.mask_meaning import MaskMeaning
from labelassemble.volumes.read_mask import read_mask
from labelassemble.volumes.read_volume import read_volume

Write = Callable[..., Path]

MEANING = MaskMeaning(
    ("tumor", "cyst"),
    {
        0: (NEGATIVE, UNKNOWN),
        1: (NEGATIVE, UNKNOWN),
        2: (POSITIVE, UNKNOWN),
        4: (UNKNOWN, UNKNOWN),
    },
)
AFFINE = np.diag([-0.7, 0.7, 2.0, 1.0])


def draw(shape: tuple[int, int, int] = (5, 6, 20)) -> np.ndarray:
    return np.random.default_rng(2).choice([0, 1, 2, 4], shape).astype(np.uint8)


def test_values_become_what_is_known_of_each_class(write_nifti: Write) -> None:
    values = draw()
    image = read_volume(write_nifti(values.astype(np.int16), AFFINE))
    mask = read_mask(write_nifti(values, AFFINE, "mask.nii.gz"), image, MEANING)
    there = to_ras(values, image.file)
    assert np.array_equal(mask.positive[0], there == 2)
    assert np.array_equal(mask.known[0], there != 4)
    assert not mask.known[1].any()
    assert mask.counts == {value: int((values == value).sum()) for value in (0, 1, 2, 4)}
    assert np.array_equal(mask.affine, image.affine)


def test_a_mask_stored_in_another_order_lies_on_the_same_voxels(
    write_nifti: Write, orientations: list[np.ndarray]
) -> None:
    values = draw()
    image = read_volume(write_nifti(values.astype(np.int16), AFFINE))
    plain = read_mask(write_nifti(values, AFFINE, "mask.nii"), image, MEANING)
    ras = to_ras(values, image.file)
    for matrix in orientations[::5]:
        # The file whose axes run so, at the same places as the image.
        affine = np.eye(4)
        affine[:3, :3] = matrix
        bare = find_geometry((1, 1, 1), affine, Path("x"))
        shape = tuple(ras.shape[bare.axes.index(axis)] for axis in range(3))
        file = bare._replace(shape=shape)
        stored = to_file(ras, file)
        back = np.zeros((4, 4))
        back[3, 3] = 1.0
        for k, (axis, flip) in enumerate(zip(file.axes, file.flips, strict=True)):
            back[k, axis] = -1.0 if flip else 1.0
            back[k, 3] = shape[axis] - 1.0 if flip else 0.0
        path = write_nifti(np.ascontiguousarray(stored), image.affine @ back, "other.nii")
        assert np.array_equal(read_mask(path, image, MEANING).state, plain.state)


def test_another_geometry_is_an_error_that_says_by_how_much(write_nifti: Write) -> None:
    values = draw()
    image = read_volume(write_nifti(values.astype(np.int16), AFFINE))
    moved = AFFINE.copy()
    moved[1, 3] = 1.4
    with pytest.raises(ImageError, match=r"up to 1\.4 mm apart"):
        read_mask(write_nifti(values, moved, "m.nii"), image, MEANING)
    coarser = np.diag([-0.7, 0.7, 2.1, 1.0])
    with pytest.raises(ImageError, match=r"up to 1\.9 mm apart"):
        read_mask(write_nifti(values, coarser, "m.nii"), image, MEANING)
    with pytest.raises(ImageError, match="5 x 6 x 19 voxels for 5 x 6 x 20"):
        read_mask(write_nifti(values[..., 1:], AFFINE, "m.nii"), image, MEANING)
    moved[1, 3] = 0.05
    assert read_mask(write_nifti(values, moved, "m.nii"), image, MEANING).state.any()
    # The mirrored mask has the same shape and spacing: only its places say that it is mirrored.
    with pytest.raises(ImageError, match=r"up to 2\.8 mm apart"):
        read_mask(write_nifti(values, np.diag([0.7, 0.7, 2, 1]), "m.nii"), image, MEANING)


def test_a_value_without_a_meaning_is_an_error_with_its_count(write_nifti: Write) -> None:
    values = draw()
    values[0, 0, :7] = 9
    image = read_volume(write_nifti(values.astype(np.int16)))
    with pytest.raises(SourceError, match="9 in 7 voxels"):
        read_mask(write_nifti(values, name="m.nii"), image, MEANING)


def test_no_mask_at_all(write_nifti: Write) -> None:
    values = draw()
    image = read_volume(write_nifti(values.astype(np.int16)))
    fractions = values.astype(np.float32)
    fractions[:2, :, :5] += 0.5
    with pytest.raises(SourceError, match="60 fractions"):
        read_mask(write_nifti(fractions, name="m.nii"), image, MEANING)
    with pytest.raises(SourceError, match="-1 to"):
        read_mask(write_nifti(values.astype(np.int16) - 1, name="m.nii"), image, MEANING)
    with pytest.raises(ImageError, match="a 3-D volume"):
        read_mask(write_nifti(np.stack([values] * 2, -1), name="m.nii"), image, MEANING)
    small = VolumeSettings(memory_gib=1e-6)
    with pytest.raises(ImageError, match="2 classes of"):
        read_mask(write_nifti(values, name="m.nii"), image, MEANING, small)


def test_masks_of_their_own_are_joined(write_nifti: Write) -> None:
    states = {0: (1, 1), 1: (3, 1), 2: (1, 3), 3: (3, 3)}
    meaning = MaskMeaning(("tumor", "cyst"), states, own_masks=2)
    tumor, cyst = draw() == 2, draw()[::-1] == 1
    image = read_volume(write_nifti(draw().astype(np.int16)))
    paths = [
        write_nifti(one.astype(np.uint8) * 255, name=f"{place}.nii.gz")
        for place, one in enumerate((tumor, cyst))
    ]
    mask = read_mask(paths, image, meaning)
    assert np.array_equal(mask.positive, np.stack([tumor, cyst]))
    with pytest.raises(ImageError, match="2 files of a mask"):
        read_mask(paths[0], image, meaning)


def test_an_empty_mask_of_a_positive_image_is_found_and_not_hidden(write_nifti: Write) -> None:
    values = np.zeros((4, 4, 4), dtype=np.uint8)
    image = read_volume(write_nifti(values.astype(np.int16)))
    mask = read_mask(write_nifti(values, name="m.nii"), image, MEANING)
    assert mask.empty == ("tumor",)
    values[0, 0, :3] = 2
    mask = read_mask(write_nifti(values, name="m.nii"), image, MEANING)
    assert mask.empty == ()


@pytest.mark.parametrize("number", [1, 255])
def test_one_own_mask_may_be_drawn_in_any_number(write_nifti: Write, number: int) -> None:
    meaning = MaskMeaning(("tumor",), {0: (1,), 1: (3,)}, own_masks=1)
    tumor = draw() == 2
    image = read_volume(write_nifti(draw().astype(np.int16)))
    path = write_nifti(tumor.astype(np.uint8) * np.uint8(number), name="m.nii.gz")
    mask = read_mask(path, image, meaning)
    assert np.array_equal(mask.positive[0], tumor)
    assert mask.counts == {0: int((~tumor).sum()), 1: int(tumor.sum())}


def test_several_masks_of_one_image_are_joined(write_nifti: Write) -> None:
    first = np.where(draw() == 2, 2, 0).astype(np.uint8)
    second = np.where(draw()[::-1] == 2, 2, 0).astype(np.uint8)
    image = read_volume(write_nifti(draw().astype(np.int16)))
    paths = [write_nifti(one, name=f"m{place}.nii") for place, one in enumerate((first, second))]
    mask = read_mask([paths], image, MEANING)
    assert np.array_equal(mask.positive[0], (first == 2) | (second == 2))
    write_nifti(np.where(second, 1, 0).astype(np.uint8), name="m1.nii")
    both = int(((first == 2) & (second == 2)).sum())
    with pytest.raises(SourceError, match=f"{both} places with two"):
        read_mask([paths], image, MEANING)
    write_nifti(second[1:], name="m1.nii")
    with pytest.raises(ImageError, match=r"m1\.nii on the grid of"):
        read_mask([paths], image, MEANING)


def test_slope_and_cut(write_nifti: Write) -> None:
    image = read_volume(write_nifti(draw().astype(np.int16)))
    # nibabel stores 0, 5, 10, ... and says that each is a fifth.
    stored = draw() * np.uint8(5)
    scaled = write_nifti(stored, name="m.nii.gz", slope=(0.2, 0.0))
    assert np.array_equal(read_mask(scaled, image, MEANING).positive[0], draw() == 2)
    likely = np.random.default_rng(0).random(draw().shape).astype(np.float32)
    cut = MaskMeaning(("tumor",), {0: (1,), 2: (3,)}, above=0.5, value=2)
    mask = read_mask(write_nifti(likely, name="m.nii.gz"), image, cut)
    assert np.array_equal(mask.positive[0], likely > 0.5)
    with pytest.raises(SourceError, match=r"labels\.above = 0\.5"):
        read_mask(write_nifti(likely, name="m.nii.gz"), image, MEANING)
