import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.encodings.shape_cells import ShapeCells
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.shape_cells import (
    gather_shape_cells,
    read_shapes,
    state_shape_cells,
)

KINDS = {"0": "box", "1": "ellipse", "2": "polygon"}


def labels(**changes):
    keys = {"encoding": "shape_cells", "term": "object", "cell": "at", **changes}
    return ShapeCells.model_validate({key: value for key, value in keys.items() if value})


@pytest.mark.parametrize(
    ("cell", "boxes"),
    [
        ("", []),
        ("  ", []),
        ("0 1 2 3 4", [(1, 2, 3, 4)]),
        ("0 1 2 3 4;1 5 6 7 8;", [(1, 2, 3, 4), (5, 6, 7, 8)]),
        ("2 9 1 5 7 -2 3.5 4 4", [(-2, 1, 9, 7)]),
    ],
)
def test_shapes_of_three_kinds(cell, boxes):
    assert list(read_shapes(cell, labels(kinds=KINDS)).boxes) == boxes


@pytest.mark.parametrize(
    "cell",
    ["1.5, 2, 3e1, 4", "[1.5, 2, 30, 4]", "(1.5 2 30 4)", "[[1.5,2,30,4]]", "1.5 2 30 4;"],
)
def test_a_box_is_four_numbers_however_they_are_parted(cell):
    assert read_shapes(cell, labels()).boxes == ((1.5, 2.0, 30.0, 4.0),)


def test_boxes_without_a_sign_between_them():
    two = ((1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0))
    assert read_shapes("[[1, 2, 3, 4], [5, 6, 7, 8]]", labels()).boxes == two
    assert read_shapes("1 2 3 4|5 6 7 8", labels(between="|")).boxes == two


@pytest.mark.parametrize(
    ("cell", "kinds", "told"),
    [
        ("1 2 3", None, "without four numbers"),
        ("0 1 2 3", KINDS, "without four numbers"),
        ("0 1 2 3 4 5 6 7 8", KINDS, "without four numbers"),
        ("2 1 2 3 4", KINDS, "three points"),
        ("2 1 2 3 4 5 6 7", KINDS, "three points"),
        ("3 1 2 3 4", KINDS, "of the kind 3"),
        ("box 1 2 3 4", None, "text"),
        ("{'x': 1, 'y': 2, 'w': 3, 'h': 4}", None, "text"),
        ("1 2 nan 4", None, "text"),
    ],
)
def test_cells_that_cannot_be_read(cell, kinds, told):
    how = labels(kinds=kinds)
    assert told in read_shapes(cell, how).wrong
    rows = make_rows(["a", "b"], at=[cell, ""])
    with pytest.raises(SourceError, match=told):
        gather_shape_cells(rows, how)
    problems = Problems()
    gathered = gather_shape_cells(rows, how, problems)
    assert len(problems.noted) == 1
    assert gathered.facts["image"].to_list() == ["b"]
    assert gathered.excluded["image"].to_list() == ["a"]


def test_a_polygon_is_kept_as_the_box_around_it_in_every_format():
    for form in ("corners", "corner_size", "centre_size"):
        how = labels(kinds=KINDS, format=form)
        rows = gather_shape_cells(make_rows(["a"], at=["2 1 2 5 2 5 8 1 8"]), how)
        found = rows.boxes.select("x_min", "y_min", "x_max", "y_max").row(0)
        assert found == (1.0, 2.0, 5.0, 8.0)


def test_a_blank_cell_is_negative_and_rows_of_one_image_come_together():
    rows = make_rows(["a", "b", "a"], at=["1 2 3 4", "", "5 6 7 8; 1 1 2 2"])
    gathered = gather_shape_cells(rows, labels())
    stated = state_shape_cells(gathered, labels(), Scope())
    assert gathered.facts["image"].to_list() == ["a", "b"]
    assert stated.state.tolist() == [[3], [1]]
    assert gathered.boxes["image"].to_list() == ["a", "a", "a"]
    assert gathered.boxes["term"].unique().to_list() == ["object"]


def test_a_column_says_what_the_shapes_show():
    how = labels(term=None, column="what", frame=(10, 20))
    rows = make_rows(["a", "a", "b"], at=["1 2 3 4", "5 6 7 8", ""], what=["Mass", "Cyst", "none"])
    scope = Scope(terms=("Mass", "Cyst", "Edema"), no_finding=("none",))
    gathered = gather_shape_cells(rows, how)
    stated = state_shape_cells(gathered, how, scope)
    assert stated.state.tolist() == [[3, 3, 1], [1, 1, 1]]
    said = gathered.boxes.select("term", "x_min", "frame_width", "frame_height").rows()
    assert said == [("Mass", 1.0, 10, 20), ("Cyst", 5.0, 10, 20)]


def test_no_rows_and_no_shapes_at_all():
    for images in ([], ["a"]):
        gathered = gather_shape_cells(make_rows(images, at=[""] * len(images)), labels())
        assert gathered.boxes.is_empty()
        assert gathered.facts.height == len(images)
    with pytest.raises(ValueError, match="one of both"):
        labels(column="what")


def test_a_frame_row_by_row():
    how = labels(frame_columns=("w", "h"))
    rows = make_rows(["a", "b"], at=["1 2 3 4", "1 2 3 4"], w=["10", "30"], h=["20", "40"])
    boxes = gather_shape_cells(rows, how).boxes
    assert boxes.select("frame_width", "frame_height").rows() == [(10, 20), (30, 40)]
