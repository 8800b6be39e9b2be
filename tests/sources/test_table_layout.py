import pytest
from pydantic import ValidationError

from labelassemble.errors import SourceError
from labelassemble.sources.table_layout import JoinedTable, TableLayout

NAMES = """
name = "mine"
[table]
names = 'img/(?P<person>p\\d)/(?P<study>\\d)_(?P<view>pa|ll)\\.png'
patient = "person"
view = "view"
[table.keep]
view = "pa"
[[table.join]]
file = "labels.csv"
on = ["person", "study"]
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass"]
ignore = [""]
"""
HEADLESS = """
name = "mine"
[table]
file = "*.txt"
header = ["person", "image", "found", "from"]
separator = " "
patient = "person"
may_lack = ["who"]
reader = "who"
[labels]
encoding = "class_column"
column = "found"
[scope]
terms = ["Mass"]
no_finding = ["none"]
"""


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "one of both"),
        ({"file": "a.csv", "names": "(?P<a>.)"}, "one of both"),
        ({"file": "a.csv", "patient_pattern": r"p\d+"}, r"\(\?P<patient>"),
        ({"file": "a.csv", "separator": "||"}, "at most 1 character"),
        ({"file": []}, "at least 1 item"),
        ({"names": "("}, "not a regular expression"),
    ],
)
def test_what_does_not_fit_is_refused(keys, message):
    with pytest.raises(ValidationError, match=message):
        TableLayout.model_validate(keys)


def test_one_name_is_a_list_of_one():
    layout = TableLayout.model_validate({"file": "a.csv", "keep": {"view": "PA"}})
    assert (layout.file, layout.keep) == (("a.csv",), {"view": ("PA",)})
    assert JoinedTable.model_validate({"file": "b.csv", "on": "id"}).on == ("id",)


def test_image_files_may_be_the_rows_and_a_table_is_joined(read_handmade):
    images = ["img/p1/1_pa.png", "img/p1/1_ll.png", "img/p2/1_pa.png", "img/other.png"]
    table = read_handmade("person,study,found\np1,1,Mass\n", NAMES, images)
    assert table.images.select("image", "patient", "view").rows() == [
        ("img/p1/1_pa.png", "p1", "pa")
    ]
    assert table.images["path"].null_count() == 0
    assert table.excluded.select("image", "reason").rows() == [
        ("img/other.png", "a file that table.names does not match"),
        ("img/p1/1_ll.png", "column 'view' is 'll'"),
        ("img/p2/1_pa.png", "labels.csv has no row of it"),
    ]


def test_image_files_that_do_not_fit_are_refused(read_handmade):
    with pytest.raises(SourceError, match=r"image files below .* that table\.names matches"):
        read_handmade("person,study,found\np1,1,Mass\n", NAMES, ["other.png"])
    lost = NAMES.replace('on = ["person", "study"]', 'on = ["person", "visit"]')
    with pytest.raises(SourceError, match="no column 'visit'"):
        read_handmade("person,visit,found\np1,1,Mass\n", lost, ["img/p1/1_pa.png"])


def test_files_without_a_header_are_read_as_one(read_handmade, tmp_path):
    (tmp_path / "a.txt").write_text("3 x.png Mass cohen\n")
    table = read_handmade("4 y.png none rsna\n", HEADLESS, file="b.txt")
    assert table.images.select("image", "patient").rows() == [("x.png", "3"), ("y.png", "4")]
    assert table.list_assessments()["assessment"].to_list() == ["positive", "negative"]
    assert table.list_assessments()["reader"].null_count() == 2


def test_rows_that_are_not_kept_are_listed_and_one_must_be(read_handmade):
    manifest = HEADLESS + '[table.keep]\nfrom = ["cohen"]\n'
    text = "3 x.png Mass cohen\n4 y.png none rsna\n"
    table = read_handmade(text, manifest, file="a.txt")
    assert table.excluded.select("image", "reason").rows() == [("y.png", "column 'from' is 'rsna'")]
    with pytest.raises(SourceError, match="none of 1: column 'from' is 'rsna'"):
        read_handmade("4 y.png none rsna\n", manifest, file="a.txt")
