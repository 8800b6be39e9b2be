import gzip

import pytest

from labelassemble.errors import SourceError

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
    assert table.list_verdicts().filter(image="b").select("term", "verdict", "reason").rows() == [
        ("Mass", "negative", "'Nothing': scope"),
        ("Edema", "negative", "'Nothing': scope"),
        ("Cyst", "positive", "box"),
    ]
    assert table.verdicts.voices == 2
    assert table.scope == ("Mass", "Edema")


def test_the_same_box_twice_is_one_and_boxes_elsewhere_are_listed(read):
    table = read(f"{HEADER}a,Mass,1,2,3,4\na,Mass,1,2,3,4\nz,Mass,1,2,3,4\n")
    assert table.boxes.height == 1
    assert table.left_out.select("image", "reason", "rows").rows() == [
        ("z", "a box on an image that the table does not hold", 1)
    ]


def test_rows_that_a_word_marks_hold_no_box(read):
    manifest = MANIFEST + 'ignore = ["none"]\n'
    table = read(f"{HEADER}a,Mass,1,2,3,4\nb,none,,,,\n", manifest)
    assert table.boxes["image"].to_list() == ["a"]
    with pytest.raises(SourceError, match=r"1 rows without, such as b"):
        read(f"{HEADER}b,Mass,,,,\n")


def test_where_all_boxes_show_one_thing_a_row_may_be_bare(read):
    table = read("name,x,y,w,h\na,1,2,3,4\nb,,,,\n", ONE_TERM)
    assert table.boxes.select("image", "term").rows() == [("a", "Mass")]


def test_boxes_have_their_own_evidence_and_reader(read):
    manifest = MANIFEST + 'evidence = "radiologist"\nreader = "who"\n'
    table = read("name,what,who,x,y,w,h\na,Mass,R1,1,2,3,4\nb,Edema,,1,2,3,4\n", manifest)
    said = table.list_verdicts().filter(reason="box")
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
