import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.box_frame import FrameTable
from labelassemble.sources.frame_table import read_frame_table
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS

LAYOUT = FrameTable(file="sizes.csv", image="name", width="w", height="h")
ROWS = [("a/1.png", "Mass", None, 1.0, 2.0, 3.0, 4.0, None, None)] * 2
BOXES = pl.DataFrame(ROWS, schema=SOURCE_BOX_COLUMNS, orient="row")


@pytest.mark.parametrize("name", ["1", "1.dicom", "b/1.jpg", "a\\1.png", "a/1.png"])
def test_names_meet_without_folders_and_extensions(tmp_path, name):
    text = f"name,h,w\n{name},1200,1000.0\n{name},1200,1000\nother,5,x\n"
    (tmp_path / "sizes.csv").write_text(text)
    found, (read,) = read_frame_table(tmp_path, LAYOUT, BOXES)
    assert found.select("frame_width", "frame_height").rows() == [(1000, 1200)] * 2
    assert found.schema == SOURCE_BOX_COLUMNS
    assert read.rows == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,h,w\n2,1200,1000\n", "whose size sizes.csv does not hold"),
        ("name,h,w\n1,,1000\n", "whose size sizes.csv does not hold"),
        ("name,h,w\n1,1200,1000\n1.png,1200,999\n", "holds with several sizes"),
        ("name,h,x\n1,1,1\n", "no column 'w' (frame_table.width)"),
        (None, "the folder holds nothing"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, said):
    if text is not None:
        (tmp_path / "sizes.csv").write_text(text)
    with pytest.raises(SourceError) as caught:
        read_frame_table(tmp_path, LAYOUT, BOXES)
    assert said in caught.value.got


def test_without_boxes_no_table_is_asked_for(tmp_path):
    found, inputs = read_frame_table(tmp_path, LAYOUT, BOXES.clear())
    assert found.is_empty()
    assert inputs == ()
