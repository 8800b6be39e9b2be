import re

import pytest

from labelassemble.sources.draft.names import find_patient_pattern, read_named_files
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find


@pytest.mark.parametrize(
    ("form", "first"),
    [
        ("{0:08}_{1:03}.png", "00000000"),
        ("train/patient{0:05}/study{1}/view1_frontal.jpg", "patient00000"),
        ("person{0}_virus_{1}.jpeg", "person0"),
        ("IM-{0:04}-{1:04}.jpg", "IM-0000"),
        ("{0:03}-{1}.png", "000"),
        ("N{0:05}_a_{1}.png", "N00000"),
        ("{0:04}/{1}.png", "0000"),
    ],
)
def test_patients_in_names(form, first):
    names = [form.format(patient, image) for patient in range(20) for image in (1, 2)]
    found = find_patient_pattern(names)
    assert found.why == "20 patients on 40 images"
    patients = {re.search(found.pattern, name)["patient"] for name in names}
    assert len(patients) == 20
    assert first in patients


@pytest.mark.parametrize(
    "names",
    [
        [],
        [f"{number}.png" for number in range(50)],
        [f"benign_{number}.png" for number in range(50)] + [f"m_{n}.png" for n in range(50)],
        [f"{number}_1.png" for number in range(50)],  # nobody twice
        [f"1_{number}.png" for number in range(50)],  # one of all
        ["1_1.png", "1_2.png", "2_1.png", "2_2.png", "3_1.png", "x.png"],  # not in all names
    ],
)
def test_no_patients_in_names(names):
    assert find_patient_pattern(names) is None


def fits(found, names):
    return [
        next((m.groupdict() for p in found.patterns if (m := re.fullmatch(p, name))), None)
        for name in names
    ]


def test_folders_as_classes_with_split_and_patient():
    names = [
        f"{part}/{word}/{start}{number}_{image}.jpeg"
        for part in ("train", "val")
        for word, start in (("NORMAL", "IM-"), ("PNEUMONIA", "person"))
        for number in range(8)
        for image in (1, 2)
    ]
    found = read_named_files(names, FIND)
    assert found.words == {"NORMAL": 32, "PNEUMONIA": 32}
    assert found.split == {"train": "train", "val": "validate"}
    assert found.patients == 16
    groups = fits(found, names)
    assert groups[0] == {"split": "train", "term": "NORMAL", "patient": "IM-0"}
    assert groups[-1] == {"split": "val", "term": "PNEUMONIA", "patient": "person7"}


def test_further_words_in_names_are_told():
    names = [f"sick/person{n}_{w}_{n}.png" for n in range(9) for w in ("virus", "bacteria")]
    found = read_named_files([*names, "normal/a_1.png", "normal/a_2.png"], FIND)
    assert "bacteria (9), virus (9)" in found.asides[0] or "virus (9)" in found.asides[0]


def test_words_in_front_of_file_names():
    names = [f"{word} ({n}).png" for word in ("benign", "normal", "mal ignant") for n in range(3)]
    found = read_named_files(names, FIND)
    assert found.words == {"benign": 3, "normal": 3, "mal ignant": 3}
    assert [one["term"] for one in fits(found, names)][::3] == ["benign", "normal", "mal ignant"]


def test_a_last_digit():
    names = [f"MCUCXR_{number:04}_{number % 2}.png" for number in range(8)]
    found = read_named_files(names, FIND)
    assert found.words == {"0": 4, "1": 4}
    assert [one["term"] for one in fits(found, names)] == ["0", "1"] * 4
    pairs = [f"{number:04}_{view}.png" for number in range(8) for view in (0, 1)]
    assert read_named_files(pairs, FIND) is None


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["a.png", "b.png"],
        [f"patient{n:04}/{i}.png" for n in range(9) for i in range(3)],
        [f"study{n % 2}/{n}.png" for n in range(9)],
        ["images/a.png", "images/b.png", "images/a.png", "images/b.png"],
        ["a/1.png", "a/2.png", "b/c/1.png"],
        [f"person_{number}.png" for number in range(9)],
    ],
)
def test_no_classes_in_names(names):
    assert read_named_files(names, FIND) is None


def test_names_of_too_many_shapes_hold_no_patient():
    names = [
        f"{word}/{'x' * number}_{number}_1.png"
        for word in ("normal", "mass")
        for number in range(20)
    ]
    found = read_named_files(names, FIND)
    assert found.patients == 0
    assert all(fits(found, names))
