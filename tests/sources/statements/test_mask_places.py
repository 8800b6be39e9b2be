import os
from pathlib import Path

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.statements.mask_places import MaskFolders


@pytest.fixture
def make(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return MaskFolders(tmp_path)

    return make


def find(folders, case, *patterns, others=()):
    places = [pattern.format(case=case) for pattern in patterns]
    found = folders.find(places, patterns, others)
    return [
        [path.relative_to(folders.folder).as_posix() for path in part]
        for part in (found.files, found.elsewhere)
    ]


def test_numbered_masks_belong_to_the_image_where_a_word_follows_its_name(make):
    folders = make(
        "m/a_mask.png",
        "m/a_mask_1.png",
        "m/a_mask_10.png",
        "m/a_mask2.png",
        "m/a_mask_b.png",
        "m/a_mask_1.jpg",
        "m/b_mask_1.png",
        "m/a.png",
        "m/a_1.png",
        "m/c/lesion.nii.gz",
        "m/c/lesion-2.nii.gz",
    )
    mine = ["m/a_mask.png", "m/a_mask2.png", "m/a_mask_1.png", "m/a_mask_10.png"]
    assert find(folders, "a", "m/{case}_mask.png") == [mine, []]
    assert find(folders, "b", "m/{case}_mask.png") == [["m/b_mask_1.png"], []]
    # Without a word the number may be another image's.
    assert find(folders, "a", "m/{case}.png") == [["m/a.png"], []]
    own = ["m/c/lesion.nii.gz", "m/c/lesion-2.nii.gz"]
    assert find(folders, "c", "m/{case}/lesion.nii.gz") == [own, []]
    spared = find(folders, "a", "m/{case}_mask.png", others=["m/a_mask_1.png"])
    assert spared == [["m/a_mask.png", "m/a_mask2.png", "m/a_mask_10.png"], []]
    assert find(folders, "x", "m/{case}.nii.gz", "n/{case}.png") == [[], []]


def test_masks_of_a_list_are_joined_within_a_folder_and_folders_are_alternatives(make):
    folders = make("m/a.png", "m/a_1.png", "n/a.png", "n/b.png")
    patterns = ("m/{case}.png", "n/{case}.png", "m/{case}_1.png")
    assert find(folders, "a", *patterns) == [["m/a.png", "m/a_1.png"], ["n/a.png"]]
    assert find(folders, "b", *patterns) == [["n/b.png"], []]


def test_stars_in_names_and_folders(make):
    folders = make("m/a_1.png", "m/a_2.png", "m/ab_1.png", "m2/a_3.png", "x[1]/a.png")
    assert find(folders, "a", "m/{case}_?.png") == [["m/a_1.png", "m/a_2.png"], []]
    assert find(folders, "a", "m*/{case}_*.png") == [["m/a_1.png", "m/a_2.png"], ["m2/a_3.png"]]
    assert find(folders, "a", "x[1]/{case}.png") == [["x[1]/a.png"], []]


def test_a_star_that_takes_the_masks_of_another_image_is_refused(make):
    folders = make("m/c1.png", "m/c10.png")
    find(folders, "c10", "m/{case}*.png")
    with pytest.raises(SourceError, match=r"c10\.png, which m/c1\*\.png fits too"):
        find(folders, "c1", "m/{case}*.png")


def test_what_other_systems_leave_is_no_mask(make):
    folders = make("m/.DS_Store", "m/._a_mask.png", "m/Thumbs.db", "m/a_mask.png", "m/b_mask.png")
    assert find(folders, "a", "m/{case}*") == [["m/a_mask.png"], []]
    assert find(folders, "._a", "m/{case}_mask.png") == [[], []]
    others = folders.list_others({folders.folder / "m/a_mask.png"}, (".png",))
    assert [path.name for path in others] == ["b_mask.png"]


def test_composed_and_decomposed_letters_are_the_same(make):
    folders = make("m/e\u0301.png")
    assert len(find(folders, "\u00e9", "m/{case}.png")[0]) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(make):
    folders = make("m/a.png")
    Path(folders.folder / "m").chmod(0)
    with pytest.raises(SourceError, match="can be read at"):
        find(folders, "a", "m/{case}.png")
