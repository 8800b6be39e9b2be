import gzip

import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.box_table import BoxTable
from labelassemble.sources.problems import Problems
from labelassemble.sources.read_box_table import read_box_table

MANIFEST = """
name = "mine"
evidence = "text_mining"
[table]
file = "labels.csv"
image = "image"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["Nothing"]
[boxes]
file = "boxes*.csv"
image = "name"
column = "what"
box = ["x", "y", "w", "h"]
"""
LABELS = "image,found\na,Mass\nb,Nothing\n"
HEADER = "name,what,x,y,w,h\n"
ONE_TERM = MANIFEST.replace('column = "what"', 'term = "Mass"')


@pytest.fixture
def read(read_handmade, tmp_path):
    def read(boxes, manifest=MANIFEST, name="boxes.csv", labels=LABELS):
        if boxes is not None:
            (tmp_path / name).write_text(boxes, encoding="utf-8")
        return read_handmade(labels, manifest)

    return read


def test_boxes_are_optional_and_found_by_a_pattern(read, tmp_path):
    assert read(None).boxes.is_empty()
    (tmp_path / "boxes_of_one.csv.gz").write_bytes(
        gzip.compress(f"{HEADER}a,Mass,1,2,3,4".encode())
    )
    table = read(None)
    assert table.boxes.select("image", "term", "x_max").rows() == [("a", "Mass", 4.0)]
    assert [one.path for one in table.inputs] == ["labels.csv", "boxes_of_one.csv.gz"]


def test_a_box_says_that_the_finding_is_there(read):
    table = read(f"{HEADER}b,Cyst,1,2,3,4\n")
    assert table.list_assessments().filter(image="b").select(
        "term", "assessment", "reason"
    ).rows() == [
        ("Mass", "negative", "'Nothing': scope"),
        ("Edema", "negative", "'Nothing': scope"),
        ("Cyst", "positive", "box"),
    ]
    assert table.assessments.readings == 2
    assert table.scope == ("Mass", "Edema")


def test_the_same_box_twice_is_one_and_boxes_elsewhere_are_listed(read):
    table = read(f"{HEADER}a,Mass,1,2,3,4\na,Mass,1,2,3,4\nz,Mass,1,2,3,4\n")
    assert table.boxes.height == 1
    assert table.excluded.select("image", "reason", "rows").rows() == [
        ("z", "a box on an image that the table does not hold", 1)
    ]


def test_rows_that_a_word_marks_hold_no_box(read):
    manifest = MANIFEST + 'ignore = ["none"]\n'
    table = read(f"{HEADER}a,Mass,1,2,3,4\nb,none,,,,\n", manifest)
    assert table.boxes["image"].to_list() == ["a"]
    with pytest.raises(SourceError, match=r"1 row of .* without a box, such as b"):
        read(f"{HEADER}b,Mass,,,,\n")


def test_where_all_boxes_show_one_thing_a_row_may_be_bare(read):
    table = read("name,x,y,w,h\na,1,2,3,4\nb,,,,\n", ONE_TERM)
    assert table.boxes.select("image", "term").rows() == [("a", "Mass")]


def test_boxes_have_their_own_evidence_and_reader(read):
    manifest = MANIFEST + 'evidence = "radiologist"\nreader = "who"\n'
    table = read("name,what,who,x,y,w,h\na,Mass,R1,1,2,3,4\nb,Edema,,1,2,3,4\n", manifest)
    said = table.list_assessments().filter(reason="box")
    assert said.select("image", "term", "reader", "evidence").rows() == [
        ("a", "Mass", "R1", "radiologist"),
        ("b", "Edema", "boxes", "radiologist"),
    ]
    assert read(f"{HEADER}a,Mass,1,2,3,4\n", manifest).boxes["reader"].to_list() == [None]


def test_a_mistake_is_named(read):
    with pytest.raises(SourceError, match="a column named 'what'"):
        read("name,x,y,w,h\na,1,2,3,4\n")
    with pytest.raises(SourceError, match="one of both"):
        read(None, MANIFEST + 'term = "Mass"\n')
    with pytest.raises(SourceError, match="boxes with an area"):
        read(f"{HEADER}a,Mass,1,2,0,4\n")


def check(folder, text, **more):
    layout = {"file": "boxes.csv", "image": "image", "term": "Mass", "box": ["x", "y", "w", "h"]}
    if text is not None:
        (folder / "boxes.csv").write_text(text, encoding="utf-8")
    problems, images = Problems(), pl.Series("image", ["a", "b"])
    boxes, lost, _ = read_box_table(folder, BoxTable(**{**layout, **more}), images, problems)
    return boxes, lost, problems.noted


def test_boxes_that_are_not_there_are_worth_a_look(tmp_path):
    boxes, _, (note,) = check(tmp_path, None)
    assert boxes.is_empty()
    assert (note.kind, note.what) == ("remark", "the table of boxes boxes.csv is not there")
    boxes, lost, notes = check(tmp_path, "image,x,y,w,h\na,1,1,2,2\nz,1,1,2,2\n")
    assert boxes.height == 1
    assert lost["image"].to_list() == ["z"]
    assert notes == []


def test_every_missing_column_is_told(tmp_path):
    _, _, notes = check(tmp_path, "Image,x,y,width\n", term=None, column="what")
    assert [note.what for note in notes] == [
        "no column 'image' (boxes.image) in boxes.csv; nearest: 'Image'",
        "no column 'what' (boxes.column) in boxes.csv; known: Image, x, y, width",
        "no column 'w' (boxes.box) in boxes.csv; known: Image, x, y, width",
        "no column 'h' (boxes.box) in boxes.csv; known: Image, x, y, width",
    ]


def test_boxes_that_cannot_be_read_are_told_and_the_others_read(tmp_path):
    boxes, lost, notes = check(tmp_path, "image,x,y,w,h\na,1,1,0,2\nb,1,1,2,2\nb,1,,,\n")
    assert boxes["image"].to_list() == ["b"]
    assert lost.is_empty()
    assert [note.expected.partition(",")[0] for note in notes] == [
        "all of x",
        "boxes with an area",
    ]
