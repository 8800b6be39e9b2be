import re

import pytest

from labelassemble.sources.draft.pair_masks import pair_masks

FORMS = {
    "images/{}.png": "masks/{}.png",
    "x/{}.jpg": "x/{}_mask.png",
    "imagesTr/l_{}_0000.nii.gz": "labelsTr/l_{}.nii.gz",
    "v/volume-{}.nii": "s/segmentation-{}.nii",
    "case_{}/imaging.nii.gz": "case_{}/segmentation.nii.gz",
    "P_{0}/P_{0}_flair.nii.gz": "P_{0}/P_{0}_seg.nii.gz",
    "train/img{}.png": "train_masks/label{}.png",
    "a/b/Original/{}.tif": "a/b/Ground Truth/{}.tif",
}


@pytest.mark.parametrize(("image", "mask"), FORMS.items())
def test_every_image_gets_its_own_mask(image, mask):
    images = [image.format(n) for n in range(8, 13)]
    masks = [mask.format(n) for n in range(8, 13)]
    (found,) = pair_masks(images, masks)
    assert list(found.images) == images
    assert list(found.masks) == masks
    assert not any(re.fullmatch(found.case, one) for one in masks)


def test_a_mask_for_each_structure_and_images_without():
    images = [f"png/{n}.png" for n in range(4)]
    masks = [f"m/{side}/{n}.png" for side in ("left", "right") for n in range(3)]
    found = pair_masks(images, masks)
    assert [one.mask for one in found] == ["m/left/{case}.png", "m/right/{case}.png"]
    assert found[0].masks == ("m/left/0.png", "m/left/1.png", "m/left/2.png", None)


def test_names_that_say_what_a_mask_shows():
    images = [f"img/R_0{n}.jpg" for n in range(4)]
    masks = [f"gt/{at}/R_0{n}_{word}.tif" for at, word in enumerate(("MA", "HE")) for n in range(4)]
    found = pair_masks(images, masks)
    assert {one.mask for one in found} == {"gt/0/{case}_MA.tif", "gt/1/{case}_HE.tif"}


def test_parts_of_a_split():
    images = ["images/train/1.png", "images/val/2.png"]
    (found,) = pair_masks(images, [one.replace("images", "masks") for one in images])
    assert "(?P<split>train|val)" in found.case


def test_nothing_in_common():
    assert pair_masks(["a/x.png"], ["b/y.png"]) == ()
    assert pair_masks([], []) == ()
