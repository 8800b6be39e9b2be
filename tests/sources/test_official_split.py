import pytest

from labelassemble.errors import SourceError

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
    with pytest.raises(SourceError, match=r"1 in two, such as b\.png"):
        read_handmade(TABLE, LISTS)
    (tmp_path / "test.txt").write_text("b\n")
    with pytest.raises(SourceError, match=r"none among b"):
        read_handmade(TABLE, LISTS)


def test_a_column(read_handmade):
    table = read_handmade("image,part\na,fit\nb,val\nc,none\nd,\n", COLUMN)
    assert splits(table) == ["train", "validate", None, None]
    with pytest.raises(SourceError) as caught:
        read_handmade("image,part\na,fit\nb,train\nc,train\n", COLUMN)
    assert caught.value.got == "'train' on 2 images"


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
    assert caught.value.got == "1 names that it does not hold, such as e.png"
    held_out.write_text("a\n")
    with pytest.raises(SourceError, match=r"a fits a\.jpg, a\.png"):
        read_handmade("image\na.png\na.jpg\n", LISTS, test_list=held_out)
