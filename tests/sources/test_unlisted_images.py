import polars as pl
import pytest

from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.unlisted_images import find_unlisted


def folder_of(tmp_path, *names):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return find_image_files(tmp_path, "**/*")


@pytest.mark.parametrize(
    ("listed", "unlisted"),
    [
        (["a"], ["b.c", "d"]),
        (["a.mhd"], ["b.c.mhd", "d.mhd"]),
        (["one/a"], ["one/b.c", "two/d"]),
        (["one/a.mhd"], ["one/b.c.mhd", "two/d.mhd"]),
    ],
)
def test_they_are_named_as_the_table_names_the_others(tmp_path, listed, unlisted):
    files = folder_of(tmp_path, "one/a.mhd", "one/b.c.mhd", "two/d.mhd")
    assert find_unlisted(pl.Series(listed), files) == unlisted


def test_two_files_of_one_name_keep_their_folders(tmp_path):
    files = folder_of(tmp_path, "one/a.mhd", "one/b.mhd", "two/b.mhd")
    assert find_unlisted(pl.Series(["a"]), files) == ["one/b", "two/b"]


def test_a_listed_image_that_may_be_in_two_files_makes_neither_unlisted(tmp_path):
    files = folder_of(tmp_path, "one/a.mhd", "two/a.mhd", "two/b.mhd")
    assert find_unlisted(pl.Series(["a"]), files) == ["b"]
