import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import ASSESSMENT_COLUMNS


def test_a_folder_of_images_says_nothing(read_handmade):
    images = ["b.png", "deep/er/a.JPG", "notes.txt", ".hidden.png", ".git/x.png"]
    table = read_handmade(None, 'name = "none"', images)
    assert table.images["image"].to_list() == ["b.png", "deep/er/a.JPG"]
    assert table.images["path"].str.ends_with("deep/er/a.JPG").to_list() == [False, True]
    assert table.images["patient"].null_count() == 2
    assert dict(table.list_assessments().schema) == ASSESSMENT_COLUMNS
    assert table.list_assessments().is_empty()
    assert table.scope == ()
    assert table.inputs[0].rows == 2


def test_a_table_may_be_unlabelled_too(read_handmade):
    manifest = 'name = "n"\n[table]\nfile = "labels.csv"\nimage = "image"\npatient = "p"\n'
    table = read_handmade("image,p\nb,2\na,1\n", manifest)
    assert table.images.select("image", "patient").rows() == [("a", "1"), ("b", "2")]
    assert table.list_assessments().is_empty()


def test_a_folder_without_images_is_refused(read_handmade):
    with pytest.raises(SourceError, match=r"Got      none\."):
        read_handmade(None, 'name = "none"')
    with pytest.raises(SourceError, match=r"Got      no such folder\."):
        read_handmade(None, 'name = "none"\n[images]\nfolder = "nowhere"')
