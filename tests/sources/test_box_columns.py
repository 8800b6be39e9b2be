import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.box_columns import BoxColumns, read_boxes
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS

NAMES = ("a", "b", "c", "d")
CORNERS = ["x_min", "y_min", "x_max", "y_max"]


def read(rows, form="corner_size", frame=None):
    count = len(rows)
    facts = pl.DataFrame(
        {"image": [f"{place}" for place in range(count)], "reader": [""] * count},
        schema={"image": pl.String, "reader": pl.String},
    )
    cells = pl.DataFrame(
        [list(map(str, row)) for row in rows], schema=dict.fromkeys(NAMES, pl.String), orient="row"
    )
    return read_boxes(facts, cells, BoxColumns(NAMES, form, frame))


@given(
    st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(1, 99), st.integers(1, 99)),
)
def test_three_ways_to_write_one_box(box):
    x, y, width, height = box
    expected = (x, y, x + width, y + height)
    written = {
        "corner_size": box,
        "corners": expected,
        "centre_size": (x + width / 2, y + height / 2, width, height),
    }
    for form, numbers in written.items():
        _, boxes, _ = read([numbers], form)
        assert boxes.select(CORNERS).row(0) == pytest.approx(expected)


def test_rows_without_numbers_hold_no_box():
    filled, boxes, _ = read([("", "", "", ""), (1, 2, 3, 4)], frame=(10, 20))
    assert filled.to_list() == [False, True]
    assert boxes.schema == SOURCE_BOX_COLUMNS
    assert boxes.rows() == [("1", None, None, 1.0, 2.0, 4.0, 6.0, 10, 20)]


def test_no_rows():
    filled, boxes, _ = read([])
    assert len(filled) == boxes.height == 0


@pytest.mark.parametrize(
    ("row", "form", "expected", "got"),
    [
        ((1, 2, 3, ""), "corner_size", "all of a, b, c, d, or none", "a part of a box"),
        ((1, 2, 3, "x"), "corner_size", "numbers in a, b, c, d", "text in a box"),
        ((1, 2, 3, "inf"), "corner_size", "numbers in a, b, c, d", "text in a box"),
        ((1, 2, 0, 4), "corner_size", "boxes with an area, read as corner_size", "no area"),
        ((5, 2, 3, 4), "corners", "boxes with an area, read as corners", "no area"),
        ((5, 2, -3, 4), "centre_size", "boxes with an area, read as centre_size", "no area"),
    ],
)
def test_a_broken_box_is_refused(row, form, expected, got):
    with pytest.raises(SourceError) as caught:
        read([(1, 2, 3, 4), row], form)
    assert expected in caught.value.expected
    assert got in caught.value.got
    assert "such as 1" in caught.value.got
