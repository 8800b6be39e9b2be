import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.box_rows import BoxRows, mark_boxes

LABELS = BoxRows(encoding="box_rows", term="Opacity", box=("x", "y"))
MANIFEST = """
name = "boxes"
[table]
file = "labels.csv"
image = "image"
[labels]
encoding = "box_rows"
term = "Opacity"
box = ["x", "y"]
"""


def test_two_boxes_on_one_image_are_one_positive(read_handmade):
    table = read_handmade("image,x,y\na,1,2\nb,,\na,3,4\n", MANIFEST)
    assert table.scope == ("Opacity",)
    assert table.verdicts.select("image", "verdict").rows() == [
        ("a", "positive"),
        ("b", "negative"),
    ]
    assert table.left_out["image"].to_list() == ["a"]


def test_a_box_and_no_box_on_one_image_contradict(read_handmade):
    with pytest.raises(SourceError, match="box is 'no' and 'yes'"):
        read_handmade("image,x,y\na,1,2\na,,\n", MANIFEST)


def test_half_a_box_is_refused():
    cells = pl.DataFrame({"x": ["1", "1"], "y": ["2", ""]})
    with pytest.raises(SourceError) as caught:
        mark_boxes(pl.Series(["a", "b"]), cells, LABELS)
    assert caught.value.got == "a part of them on 1 rows, such as b"
