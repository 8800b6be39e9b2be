import pytest

from labelassemble.sources.draft.class_folders import find_class_folders, part_of


def find(names, empty=()):
    return find_class_folders(names, {"mass": "mass", "edema": "edema"}.get, empty)


@pytest.mark.parametrize(
    "names",
    [
        [f"p{n:03}/{k}.png" for n in range(5) for k in range(3)],
        [f"{n}/{k}.png" for n in range(1, 6) for k in range(3)],  # 1 to 5 may be patients
        [f"images/{k}.png" for k in range(4)]
        + [f"pictures/{k}.png" for k in range(4)],  # codespell:ignore pictures
        [f"train/{k}.png" for k in range(4)] + [f"test/{k}.png" for k in range(4)],
    ],
)
def test_folders_that_are_no_classes(names):
    assert find(names) is None


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (("0", "1", "2"), {"0": 2, "1": 2, "2": 2}),
        (("Grade1", "Grade2"), {"Grade1": 2, "Grade2": 2}),
        (("0_well", "1_ill"), {"0_well": 2, "1_ill": 2}),
        (("mass", "edema"), {"mass": 2, "edema": 2}),
    ],
)
def test_folders_that_are_classes(folders, words):
    assert find([f"{one}/{k}.png" for one in folders for k in range(2)]).words == words


def test_one_folder_beside_an_empty_one():
    names = [f"mass/{k}.png" for k in range(3)]
    assert find(names) is None
    assert find(names, ["edema"]).words == {"mass": 3}


def test_stray_files_and_other_depths():
    names = ["top.png", *(f"mass/p/{k}.png" for k in range(3)), *(f"edema/{k}.png" for k in "ab")]
    found = find(names)
    assert found.words == {"mass": 3, "edema": 2}
    assert "top.png" not in found.files


def test_parts():
    assert part_of("ISIC") is None
    assert part_of("Test-Images") == "test"
    assert part_of("train_test") is None
