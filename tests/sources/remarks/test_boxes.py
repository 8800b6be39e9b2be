import polars as pl
import pytest

from labelassemble.sources.remarks.boxes import remark_on_boxes
from labelassemble.sources.rows import BOX_COLUMNS, NO_BOXES


@pytest.mark.parametrize(
    ("corners", "outside"),
    [((0, 0, 10, 20), 0), ((-1, 0, 5, 5), 1), ((0, 0, 11, 5), 1), ((0, 0, 5, 21), 1)],
)
def test_boxes_outside_their_frame(corners, outside):
    box = {"image": "a", "term": "Mass", "reader": None, "frame_width": 10, "frame_height": 20}
    box |= dict(zip(("x_min", "y_min", "x_max", "y_max"), map(float, corners), strict=True))
    boxes = pl.DataFrame([box], schema=BOX_COLUMNS)
    notes = remark_on_boxes(boxes)
    assert len(notes) == outside
    if outside:
        assert notes[0].what == "1 box leaves the frame of 10 x 20 pixels"
    unknown = boxes.with_columns(
        frame_width=pl.lit(None, pl.Int64), frame_height=pl.lit(None, pl.Int64)
    )
    assert len(remark_on_boxes(unknown)) == (corners[0] < 0)
    assert remark_on_boxes(NO_BOXES) == []
