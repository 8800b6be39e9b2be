import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.find_links import CONTENT_COLUMNS
from labelassemble.assembly.place_boxes import place_boxes


def content(source, image, height, width):
    frame = np.array([height, width, 0, height, 0, width], dtype="<u4").tobytes()
    return (source, image, None, None, frame, None)


@pytest.fixture
def tables(make_table):
    box = ("x.png", "mass", None, 10.0, 20.0, 60.0, 80.0)
    return [
        make_table("small", ["1.png"]),
        make_table("large", ["x.png"], boxes=[(*box, None, None), (*box, 500, 400)]),
    ]


IMAGES = pl.DataFrame(
    {
        "source": ["small", "large"],
        "image": ["1.png", "x.png"],
        "record": ["small/1.png"] * 2,
        "evidence": ["table", "shared name"],
    }
)


def frames(tables, images, contents):
    placed = place_boxes(tables, images, ["mass"], contents)
    assert placed["record"].unique().to_list() == ["small/1.png"]
    return set(placed.select("frame_width", "frame_height").iter_rows())


def test_boxes_of_a_copy_keep_the_size_of_the_image_they_were_drawn_on(tables):
    contents = pl.DataFrame(
        [content("small", "1.png", 96, 64), content("large", "x.png", 960, 640)],
        schema=CONTENT_COLUMNS,
        orient="row",
    )
    assert frames(tables, IMAGES, contents) == {(640, 960), (500, 400)}
    # Where the image is read from their own image, nothing has to be reported.
    own = IMAGES.with_columns(evidence=pl.Series(["shared name", "table"]))
    assert frames(tables, own, contents) == {(None, None), (500, 400)}


def test_without_image_files_boxes_stay_as_they_were(tables):
    assert frames(tables, IMAGES, None) == {(None, None), (500, 400)}
    assert frames(tables, IMAGES, pl.DataFrame(schema=CONTENT_COLUMNS)) == {
        (None, None),
        (500, 400),
    }
