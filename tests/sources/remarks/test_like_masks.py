import cv2
import numpy as np
import pytest

from labelassemble.pipeline.check_source import check_source

MANIFEST = """
name = "lesions"
licence = "none"
citation = "none"
[table]
names = '(?P<term>sick|well)/.*'
[labels]
encoding = "class_column"
column = "term"
[scope]
terms = ["sick"]
no_finding = ["well"]
[terms]
sick = "mass"
"""


@pytest.mark.parametrize(("masks", "images", "told"), [(6, 0, True), (5, 1, False), (3, 0, False)])
def test_masks_in_place_of_images_are_remarked(tmp_path, masks, images, told):
    (tmp_path / "m.toml").write_text(MANIFEST)
    (tmp_path / "set" / "sick").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for number in range(masks + images):
        mask = np.zeros((40, 40), np.uint8)
        mask[5:20, 8:30] = 255
        grey = generator.integers(0, 255, (40, 40)).astype(np.uint8)
        image = grey if images and number == 2 else mask
        cv2.imwrite(str(tmp_path / "set" / "sick" / f"{number}.png"), image)
    check = check_source(str(tmp_path / "m.toml"), tmp_path / "set")
    assert not check.problems
    said = [str(one.what) for one in check.remarks if "look like masks" in str(one.what)]
    assert bool(said) is told
