import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.encodings.box_rows import BoxRows
from labelassemble.sources.rows import make_rows
from labelassemble.sources.statements.box_rows import gather_box_rows

MANIFEST = """
name = "boxes"
[table]
file = "labels.csv"
image = "image"
[labels]
encoding = "box_rows"
term = "Opacity"
box = ["x", "y", "w", "h"]
frame = [100, 50]
"""
READERS = """
name = "readers"
[table]
file = "labels.csv"
image = "image"
reader = "who"
[labels]
encoding = "box_rows"
column = "found"
box = ["x", "y", "w", "h"]
format = "corners"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["Nothing"]
"""


def test_two_boxes_on_one_image_are_one_positive_and_two_boxes(read_handmade):
    table = read_handmade("image,x,y,w,h\na,1,2,3,4\nb,,,,\na,3,4,5,6\na,1,2,3,4\n", MANIFEST)
    assert table.scope == ("Opacity",)
    assert table.list_assessments().select("image", "assessment", "reason").rows() == [
        ("a", "positive", "box"),
        ("b", "negative", "no box, in scope"),
    ]
    assert table.boxes.rows() == [
        ("a", "Opacity", None, 1.0, 2.0, 4.0, 6.0, 100, 50),
        ("a", "Opacity", None, 3.0, 4.0, 8.0, 10.0, 100, 50),
    ]
    assert (table.joined_rows, table.excluded["rows"].to_list()) == (1, [1])


def test_readers_stay_apart_and_their_boxes_too(read_handmade):
    table = read_handmade(
        "image,who,found,x,y,w,h\n"
        "a,R1,Mass,1,2,3,4\na,R2,Nothing,,,,\na,R1,Edema,0,0,9,9\nb,R2,Edema,1,1,2,2\n",
        READERS,
    )
    said = table.list_assessments().select("image", "reader", "term", "assessment").rows()
    assert said == [
        ("a", "R1", "Mass", "positive"),
        ("a", "R1", "Edema", "positive"),
        ("a", "R2", "Mass", "negative"),
        ("a", "R2", "Edema", "negative"),
        ("b", "R2", "Mass", "negative"),
        ("b", "R2", "Edema", "positive"),
    ]
    assert table.images.height == 2
    assert table.joined_rows == 2
    assert set(table.boxes.select("image", "reader", "term").rows()) == {
        ("a", "R1", "Mass"),
        ("a", "R1", "Edema"),
        ("b", "R2", "Edema"),
    }


def test_one_reader_cannot_find_something_and_nothing(read_handmade):
    text = "image,who,found,x,y,w,h\na,R1,Mass,1,2,3,4\na,R1,Nothing,,,,\n"
    with pytest.raises(SourceError, match="'Nothing' alone in column 'found'"):
        read_handmade(text, READERS)


@pytest.mark.parametrize(
    ("row", "got"),
    [
        ("b,1,2,3,", "1 row with a part of a box's numbers, such as b"),
        ("b,1,2,3,x", "1 row with text in a box's numbers, such as b"),
        ("b,1,2,3,nan", "1 row with text in a box's numbers, such as b"),
        ("b,1,2,0,4", "1 row with a box that, read as corner_size, has no area, such as b"),
        ("b,1,2,3,-4", "1 row with a box that, read as corner_size, has no area, such as b"),
    ],
)
def test_a_broken_box_is_refused(read_handmade, row, got):
    with pytest.raises(SourceError) as caught:
        read_handmade(f"image,x,y,w,h\na,1,2,3,4\n{row}\n", MANIFEST)
    assert caught.value.got == got


def test_the_finding_stands_in_the_manifest_or_in_a_column(read_handmade):
    for more in ('column = "found"\nterm = "Mass"', ""):
        manifest = READERS.replace('column = "found"', more)
        with pytest.raises(SourceError, match="one of both"):
            read_handmade("image\na\n", manifest)


@pytest.mark.parametrize(
    ("cell", "boxes"),
    [
        ("{'xmin': 10.5, 'ymin': 20, 'width': 3e1, 'height': 40}", [(10.5, 20.0, 40.5, 60.0)]),
        ("[1, 2, 3, 4]", [(1.0, 2.0, 4.0, 6.0)]),
        ("x1=5;y1=6;w=7;h=8", [(5.0, 6.0, 12.0, 14.0)]),
        ("none", []),
        ("", []),
    ],
)
def test_four_numbers_in_one_cell(cell, boxes):
    labels = BoxRows(encoding="box_rows", term="Mass", box=("bbox",))
    rows = gather_box_rows(make_rows(image=["a"], bbox=[cell]), labels)
    assert rows.boxes.select("x_min", "y_min", "x_max", "y_max").rows() == boxes


@pytest.mark.parametrize("cell", ["[1, 2, 3]", "1 2 3 4 5"])
def test_a_cell_of_other_numbers_is_told(cell):
    labels = BoxRows(encoding="box_rows", term="Mass", box=("bbox",))
    with pytest.raises(SourceError):
        gather_box_rows(make_rows(image=["a"], bbox=[cell]), labels)
