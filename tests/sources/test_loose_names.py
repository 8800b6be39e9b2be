"""Classes in the names of folders and files, as copies spell them."""

import re

import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.identify_source import identify_source
from labelassemble.sources.loose_names import loosen_pattern
from labelassemble.sources.remarks.published import count_positive


def draw(folder, names):
    for seed, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(path, format="PNG")


def read(source, folder):
    check = check_source(source, folder)
    assert check.problems == ()
    return {term: of for term, of in count_positive(check.table).items() if of}, check


@pytest.mark.parametrize(
    ("source", "names", "positive"),
    [
        (
            "kermany_pneumonia",
            ["TRAIN/Pneumonia/person7_virus_3.jpeg", "train/normal/im-0115-0001.jpeg"],
            {"PNEUMONIA": 1, "virus": 1},
        ),
        (
            "covid19_radiography",
            [
                "covid-19/x.png", "lung opacity/y.png", "viral_pneumonia/images/z.png",
                "Normal/n.png",
            ],
            {"COVID-19": 1, "Lung_Opacity": 1, "Viral Pneumonia": 1},
        ),
        (
            "covid_qu_ex",
            [
                "lung_segmentation_data/train/covid19/images/a.png",
                "lung_segmentation_data/valid/non covid/images/b.png",
            ],
            {"COVID-19": 1, "Non-COVID": 1},
        ),
        ("busi", ["BENIGN/benign(1).png", "normal/Normal_(2).png"], {"benign": 1}),
        ("tb_chest_radiography", ["normal/Normal_1.png", "tb/TUBERCULOSIS 3.png"],
         {"Tuberculosis": 1}),
    ],
)  # fmt: skip
def test_spellings_are_the_same_class_and_said(tmp_path, source, names, positive):
    draw(tmp_path, names)
    found, check = read(source, tmp_path)
    assert found == positive
    assert check.table.images.height == len(names)
    assert any("other spelling" in one.what for one in check.remarks)


def test_masks_stay_out_and_numbers_apart(tmp_path):
    draw(tmp_path, ["Benign/Benign (1).png", "Benign/Benign_(1)_mask.png", "Masks/benign (1).png"])
    assert read("busi", tmp_path)[1].table.images.height == 1
    pattern = loosen_pattern(r"CNV-(?P<patient>\d+)-\d+")
    assert re.fullmatch(pattern, "cnv_12 3")["patient"] == "12"
    assert not re.fullmatch(pattern, "CNV-123")


def test_it_is_identified_too(tmp_path):
    names = ("cnv", "dme", "drusen", "normal")
    draw(tmp_path, [f"train/{one}/{one}-{n}-1.jpeg" for one in names for n in range(5)])
    assert "kermany_oct" in [one.name for one in identify_source(tmp_path).fitting]
