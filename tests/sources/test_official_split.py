from typing import NamedTuple

import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.official_split import OfficialSplit
from labelassemble.sources.problems import Problem, Problems
from labelassemble.sources.read_split import read_official_split

LISTS = """
name = "mine"
[table]
file = "labels.csv"
image = "image"
[split.lists]
train = "train.txt"
test = "test.txt"
"""
COLUMN = """
name = "mine"
[table]
file = "labels.csv"
image = "image"
[split]
column = "part"
values = { fit = "train", val = "validate", none = "" }
"""
TABLE = "image\na.png\nb.png\nc.png\n"


def splits(table):
    return table.images["official_split"].to_list()


def test_lists(read_handmade, tmp_path):
    (tmp_path / "train.txt").write_text("a.png\nz.png\n")
    (tmp_path / "test.txt").write_text("b.png")
    table = read_handmade(TABLE, LISTS)
    assert splits(table) == ["train", "test", None]
    assert [one.path for one in table.inputs] == ["labels.csv", "train.txt", "test.txt"]


def test_lists_are_needed_only_for_the_official_split(read_handmade):
    assert splits(read_handmade(TABLE, LISTS)) == [None] * 3
    with pytest.raises(SourceError, match=r"the file train\.txt"):
        read_handmade(TABLE, LISTS, split="official")


def test_lists_that_cannot_be_right_are_refused(read_handmade, tmp_path):
    (tmp_path / "train.txt").write_text("a.png\nb.png\n")
    (tmp_path / "test.txt").write_text("b.png\n")
    with pytest.raises(
        SourceError, match=r"1 image stands in two lists of the split, such as b\.png"
    ):
        read_handmade(TABLE, LISTS)
    (tmp_path / "test.txt").write_text("x\n")
    with pytest.raises(SourceError, match=r"test.txt names no image of the source: 'x'"):
        read_handmade(TABLE, LISTS)


def test_a_column(read_handmade):
    table = read_handmade("image,part\na,fit\nb,val\nc,none\nd,\n", COLUMN)
    assert splits(table) == ["train", "validate", None, None]
    with pytest.raises(SourceError) as caught:
        read_handmade("image,part\na,fit\nb,train\nc,train\n", COLUMN)
    assert caught.value.got == (
        "the word 'train' for the split has no meaning: 2 images, such as b"
    )


def test_a_list_of_the_recipe_overrules(read_handmade, tmp_path):
    held_out = tmp_path / "mine.txt"
    held_out.write_text("c.png\nb.jpg\n")
    (tmp_path / "train.txt").write_text("a.png\nb.png\nc.png")
    (tmp_path / "test.txt").write_text("d.png")
    table = read_handmade(TABLE + "d.png\n", LISTS, test_list=held_out)
    assert splits(table) == ["train", "test", "test", "test"]
    assert table.inputs[-1].path == "mine.txt"


def test_a_held_out_image_that_is_not_there_is_refused(read_handmade, tmp_path):
    held_out = tmp_path / "mine.txt"
    held_out.write_text("e.png\n")
    with pytest.raises(SourceError) as caught:
        read_handmade(TABLE, LISTS, test_list=held_out)
    assert caught.value.got == "1 name that it does not hold, such as e.png"
    held_out.write_text("a\n")
    with pytest.raises(SourceError, match=r"a fits a\.jpg, a\.png"):
        read_handmade("image\na.png\na.jpg\n", LISTS, test_list=held_out)


IMAGES = pl.Series("image", ["a.png", "b.png", "c.png"])


class Checked(NamedTuple):
    part: pl.Series
    notes: list[Problem]


def check(folder, split, words=("", "", ""), files=("", "", "")):
    words, files = pl.Series("split", words), pl.Series("file", files)
    problems = Problems()
    part, _ = read_official_split(
        IMAGES, words, files, split=split, folder=folder, problems=problems
    )
    return Checked(part, problems.noted)


def told(checked):
    return [note.what for note in checked.notes]


def write(folder, **lists):
    for name, names in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(names), encoding="utf-8")
    return OfficialSplit(lists={name: f"{name}.txt" for name in lists})


def test_no_split(tmp_path):
    checked = check(tmp_path, OfficialSplit())
    assert checked.notes == []
    assert checked.part.null_count() == 3


def test_words_without_a_meaning_are_all_told(tmp_path):
    checked = check(tmp_path, OfficialSplit(column="set"), ["train", "tset", "holdout"])
    assert sorted(told(checked)) == [
        "the word 'holdout' for the split has no meaning: 1 image",
        "the word 'tset' for the split has no meaning: 1 image; nearest: 'test'",
    ]
    assert checked.part.to_list() == ["train", None, None]


def test_files_without_a_part(tmp_path):
    split = OfficialSplit(files={"train*.csv": "train"})
    checked = check(tmp_path, split, files=["train1.csv", "valid.csv", "test.csv"])
    assert told(checked) == ["split.files says nothing of test.csv, valid.csv"]
    assert checked.part.to_list() == ["train", None, None]


def test_sound_lists(tmp_path):
    checked = check(tmp_path, write(tmp_path, train=["a.png", "b.png"], test=["c.png"]))
    assert checked.notes == []
    assert checked.part.to_list() == ["train", "train", "test"]


def test_lists_that_do_not_fit_are_all_told(tmp_path):
    split = write(tmp_path, train=["a.png", "b.png", "z.png"], validate=["x", "y"], test=["b.png"])
    checked = check(tmp_path, split)
    assert told(checked) == [
        "validate.txt names no image of the source: 'x' and such, where images are called 'a.png'",
        "1 image stands in two lists of the split",
        "1 name of 3 in train.txt that the table does not hold",
        "1 image in no list of the published split",
    ]
    kinds = [note.kind for note in checked.notes]
    assert kinds == ["problem", "problem", "remark", "remark"]
    assert checked.part.to_list() == ["train", "train", None]


def test_lists_that_are_not_there_or_empty(tmp_path):
    split = write(tmp_path, train=[])
    split = OfficialSplit(lists={**split.lists, "test": "nowhere.txt"})
    checked = check(tmp_path, split)
    assert [note.kind for note in checked.notes] == ["problem", "remark"]
    assert "nowhere.txt of the published split is not there" in told(checked)[1]
    assert checked.part.null_count() == 3


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (["a.jpg", "b.JPEG"], ["c.png"]),
        (["a", "b"], ["c"]),
        (["images/a.png", "./b.png"], ["x/y/C.PNG"]),
        (["a.dcm", "b.png"], ["c.tif"]),
    ],
)
def test_names_in_lists_may_be_written_otherwise(tmp_path, train, test):
    checked = check(tmp_path, write(tmp_path, train=train, test=test))
    assert checked.notes == []
    assert checked.part.to_list() == ["train", "train", "test"]


def test_names_that_are_no_image_while_images_are_in_no_list_are_a_problem(tmp_path):
    # A list that is longer than the table may well be whole.
    split = write(tmp_path, train=["a.png"], test=["x.png", "y.png", "c.png"])
    assert {note.kind for note in check(tmp_path, split).notes} == {"remark"}
    images = pl.Series("image", [f"{number}.png" for number in range(10)])
    lists = write(tmp_path, train=["0", "1"], test=["2", "x3", "x4", "x5"])
    problems, blank = Problems(), pl.Series("blank", [""] * 10)
    part, _ = read_official_split(
        images, blank, blank, split=lists, folder=tmp_path, problems=problems
    )
    assert problems.any
    assert "3 names of 4 in test.txt that the table does not hold, and 7 images" in str(
        problems.noted[0]
    )
    assert part.to_list()[:3] == ["train", "train", "test"]


def test_a_name_that_fits_several_images_is_a_problem(tmp_path):
    images = pl.Series("image", ["x/1.png", "y/1.png", "2.png"])
    problems, blank = Problems(), pl.Series("blank", [""] * 3)
    lists = write(tmp_path, test=["1.png", "2.png"])
    part, _ = read_official_split(
        images, blank, blank, split=lists, folder=tmp_path, problems=problems
    )
    assert problems.noted[0].what == (
        "1 name fits several images in test.txt: 1.png fits x/1.png, y/1.png"
    )
    assert part.to_list() == [None, None, "test"]
