import polars as pl
import pytest

from labelassemble.sources.checks.boxes import check_box_table, check_boxes
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.rows import BOX_COLUMNS, NO_BOXES

IMAGES = pl.Series("image", ["a", "b"])


def manifest(**boxes):
    layout = {"file": "boxes.csv", "image": "image", "term": "Mass", "box": ["x", "y", "w", "h"]}
    return Manifest.model_validate({"name": "mine", "boxes": {**layout, **boxes}})


def check(folder, text, made=None):
    (folder / "boxes.csv").write_text(text, encoding="utf-8")
    return check_box_table(folder, made or manifest(), IMAGES)


def test_sound_boxes(tmp_path):
    boxes, lost, notes = check(tmp_path, "image,x,y,w,h\na,1,1,2,2\nz,1,1,2,2\n")
    assert boxes.height == 1
    assert lost["image"].to_list() == ["z"]
    assert notes == []


def test_no_boxes(tmp_path):
    assert check_box_table(tmp_path, Manifest(name="a"), IMAGES)[2] == []
    boxes, _, (note,) = check_box_table(tmp_path, manifest(), IMAGES)
    assert boxes.is_empty()
    assert (note.kind, note.what) == ("remark", "the table of boxes boxes.csv is not there")


def test_every_missing_column_is_told(tmp_path):
    _, _, notes = check(tmp_path, "Image,x,y,width\n", manifest(term=None, column="what"))
    assert [note.what for note in notes] == [
        "no column 'image' (boxes.image) in boxes.csv; nearest: 'Image'",
        "no column 'what' (boxes.column) in boxes.csv",
        "no column 'w' (boxes.box 3) in boxes.csv",
        "no column 'h' (boxes.box 4) in boxes.csv",
    ]


def test_boxes_that_cannot_be_read(tmp_path):
    boxes, lost, notes = check(tmp_path, "image,x,y,w,h\na,1,1,0,2\n")
    assert boxes.equals(NO_BOXES)
    assert lost is None
    assert "boxes with an area" in notes[0].what


@pytest.mark.parametrize(
    ("corners", "outside"),
    [((0, 0, 10, 20), 0), ((-1, 0, 5, 5), 1), ((0, 0, 11, 5), 1), ((0, 0, 5, 21), 1)],
)
def test_boxes_outside_their_frame(corners, outside):
    box = {"image": "a", "term": "Mass", "reader": None, "frame_width": 10, "frame_height": 20}
    box |= dict(zip(("x_min", "y_min", "x_max", "y_max"), map(float, corners), strict=True))
    boxes = pl.DataFrame([box], schema=BOX_COLUMNS)
    notes = check_boxes(boxes)
    assert len(notes) == outside
    if outside:
        assert notes[0].what == "1 box leaves the frame of 10 x 20 pixels"
    unknown = boxes.with_columns(
        frame_width=pl.lit(None, pl.Int64), frame_height=pl.lit(None, pl.Int64)
    )
    assert len(check_boxes(unknown)) == (corners[0] < 0)
    assert check_boxes(NO_BOXES) == []
