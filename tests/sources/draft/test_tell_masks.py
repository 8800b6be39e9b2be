import numpy as np
import pytest
from PIL import Image

from labelassemble.sources.draft.tell_masks import pair_key, tell_masks

RICH = np.arange(256, dtype=np.uint8).reshape(16, 16)
DRAWN = np.where(RICH > 200, 255, 0).astype(np.uint8)


def tell(folder, files):
    for name, pixels in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / name)
    return sorted(tell_masks(folder, list(files)))


def test_a_name_alone_makes_no_mask(tmp_path):
    assert tell(tmp_path, {"face masks/a.png": RICH, "others/b.png": RICH}) == []


def test_a_name_and_few_values_do(tmp_path):
    assert tell(tmp_path, {"my masks/a.png": DRAWN, "others/b.png": RICH}) == ["my masks/a.png"]


def test_a_name_and_an_image_of_that_name_do(tmp_path):
    assert tell(tmp_path, {"masks/a.png": RICH, "others/a.png": RICH}) == ["masks/a.png"]


def test_few_values_beside_many_do_without_a_word(tmp_path):
    files = {f"x/{n}.png": RICH for n in range(3)} | {f"y/{n}.png": DRAWN for n in range(3)}
    assert tell(tmp_path, files) == ["y/0.png", "y/1.png", "y/2.png"]
    files = {f"{place}/{n}.png": DRAWN for place in "xy" for n in range(3)}
    assert tell(tmp_path / "both", files) == []


def test_a_word_that_all_share_says_nothing(tmp_path):
    files = {"with_GT/a/1.png": RICH, "with_GT/a/1_mask.png": DRAWN}
    assert tell(tmp_path, files) == ["with_GT/a/1_mask.png"]


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("imagesTr/a_1_0000.nii.gz", "labelsTr/a_1.nii.gz"),
        ("volume-3.nii", "segmentation-3.nii"),
        ("c_1/imaging.nii.gz", "c_1/segmentation.nii.gz"),
        ("B_1/B_1_flair.nii.gz", "B_1/B_1_seg.nii.gz"),
        ("x/benign (1).png", "x/benign (1)_mask_2.png"),
        ("CXR/M_1_0.png", "ManualMask/leftMask/M_1_0.png"),
    ],
)
def test_what_an_image_and_its_mask_have_in_common(image, mask):
    assert pair_key(image) == pair_key(mask)
