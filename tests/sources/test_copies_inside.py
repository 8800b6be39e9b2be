"""A set inside itself, whole or in part: one copy of each image is taken, and it is said."""

import time
import zlib

import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.doubled_folders import find_again, find_doubled, find_partial, find_twins

CLASSES = ("CNV", "DME", "NORMAL")
TRAIN = tuple(f"train/{one}/{one}-{n}-1.jpeg" for one in CLASSES for n in (11, 12))
TEST = tuple(f"test/{one}/{one}-{n}-1.jpeg" for one in CLASSES for n in (21,))
ALL = (*TRAIN, *TEST)


def draw(folder, *names, other=0):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = zlib.crc32(name.rpartition("/")[2].encode()) + other
        pixels = np.random.default_rng(seed).integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(path, format="PNG")


def check(folder):
    found = check_source("kermany_oct", folder)
    assert found.problems == ()
    return found.table.images.height, " ".join(one.what for one in found.remarks)


PLACES = {
    "beside, in part": (("a", ALL[:6]), ("b", ALL[3:])),
    "inside, with one more": (("", ALL), ("OCT2017", (*ALL[:4], "train/CNV/CNV-99-1.jpeg"))),
    "the whole inside a part": (("", TEST), ("OCT2017", ALL)),
    "a class in its class": (("", ALL), ("", ("train/CNV/CNV/CNV-11-1.jpeg",))),
}


@pytest.mark.parametrize("name", PLACES)
def test_one_copy_is_taken_and_said(tmp_path, name):
    for folder, names in PLACES[name]:
        draw(tmp_path / folder, *names)
    files = {one for _, names in PLACES[name] for one in names if "CNV/CNV/" not in one}
    images, said = check(tmp_path)
    assert images == len(files)
    assert "a second time" in said


def test_copies_as_a_computer_calls_them(tmp_path):
    draw(tmp_path, *ALL)
    for end in (" (1)", " - Copy"):
        (tmp_path / TRAIN[0].replace(".", f"{end}.")).write_bytes(
            (tmp_path / TRAIN[0]).read_bytes()
        )
    images, said = check(tmp_path)
    assert images == len(ALL)
    assert "2 image files a second time" in said
    assert find_again(["benign (1).png"]) == {}


@pytest.mark.parametrize(
    ("places", "images", "said"),
    [
        (("", "small"), 9, "small holds files of the same names as others, with other content"),
        (("large", "small"), 18, "9 image files of the same names as others that say the same"),
    ],
)
def test_other_content_is_no_copy(tmp_path, places, images, said):
    for at, place in enumerate(places):
        draw(tmp_path / place, *ALL, other=at)
    assert check(tmp_path)[0] == images
    assert said in check(tmp_path)[1]


def test_an_image_in_two_classes_is_no_copy(tmp_path):
    """Which of them is right, nobody can say: both stay, and assembling meets them."""
    names = ("normal (1).png", "benign (1).png", "malignant (1).png")
    draw(tmp_path, *names)
    for part in ("normal", "benign"):
        path = tmp_path / part / f"{part} (7).png"
        path.parent.mkdir()
        path.write_bytes((tmp_path / names[0]).read_bytes())
    assert check_source("busi", tmp_path).table.images.height == 5


def test_many_patients_whose_files_are_called_alike_take_no_time():
    names = [f"train/p{n // 2}/study{n % 2}/view1_frontal.jpg" for n in range(40_000)]
    begin = time.process_time()
    assert not find_doubled(names)
    assert not find_twins(names)
    assert not find_partial(names)
    assert time.process_time() - begin < 10
