import numpy as np
import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    UNKNOWN,
    Reason,
    Statements,
)
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.readings import add_boxes, give_readings
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS, make_rows

BASE = """
name = "mine"
evidence = "report"
[table]
file = "labels.csv"
reader = "who"
[labels]
encoding = "finding_rows"
column = "found"
[scope]
terms = ["Mass", "Edema"]
"""
BOXES = """
[boxes]
file = "boxes.csv"
image = "image"
column = "what"
box = ["x", "y", "w", "h"]
"""
IMAGES = ["a", "a", "b", "c"]
READERS = ["R1", "R2", "R1", ""]
STATE = [[3, 1], [1, 1], [1, 3], [1, 1]]


def give(more="", facts=None, marks=None):
    rows = make_rows(IMAGES, {"reader": READERS, **(facts or {})})
    if marks:
        rows = type(rows)(rows.facts, rows.cells, pl.DataFrame(marks), rows.count)
    state = np.array(STATE, dtype=np.uint8)
    reasons = (NO_REASON, Reason("listed"), Reason("not listed", silence=True))
    reason = np.where(state == POSITIVE, 1, 2).astype(np.uint16)
    said = Statements(("Mass", "Edema"), state, reason, reasons)
    return give_readings(rows, said, parse_manifest(BASE + more, "m")), rows


def add(boxes, more=BOXES):
    manifest = parse_manifest(BASE + more, "m")
    frame = pl.DataFrame(
        [(image, term, reader, 0.0, 0.0, 1.0, 1.0, None, None) for image, term, reader in boxes],
        schema=SOURCE_BOX_COLUMNS,
        orient="row",
    )
    assessments, _ = give(more)
    return add_boxes(assessments, frame, pl.Series(["a", "b", "c"]), manifest)


def test_readings_are_numbered_by_image_and_named():
    assessments, _ = give()
    assert assessments.image.tolist() == [0, 0, 1, 2]
    assert assessments.reader.to_list() == ["R1", "R2", "R1", None]
    assert set(assessments.evidence) == {"report"}
    assert assessments.state.tolist() == STATE


def test_a_reader_denies_only_what_was_looked_for():
    assessments, _ = give('by_reader = { R1 = ["Mass"] }\n')
    assert assessments.state.tolist() == [[3, UNKNOWN], [1, 1], [1, POSITIVE], [1, 1]]
    assert assessments.reason[0].tolist() == [1, 0]
    with pytest.raises(SourceError, match=r"the reader 'R9' of scope\.by_reader read nothing"):
        give('by_reader = { R9 = ["Mass"] }\n')


def test_the_first_subset_that_fits_counts():
    more = """
[[subsets]]
where = { image = "a", kind = ["x*z", "plain"] }
terms = ["Edema"]
[[subsets]]
where = { kind = "*" }
evidence = "consensus"
"""
    assessments, _ = give(more, marks={"kind": ["x.z", "xyzt", "plain", "plain"]})
    assert assessments.state.tolist() == [[POSITIVE, NEGATIVE], [1, 1], [1, 3], [1, 1]]
    assert assessments.evidence.to_list() == ["report", *["consensus"] * 3]


def test_a_subset_without_terms_knows_nothing_but_what_was_found():
    assessments, _ = give(
        '[[subsets]]\nwhere = { split = "val" }\nterms = []\n', {"split": ["val"] * 4}
    )
    assert assessments.state.tolist() == [[3, 0], [0, 0], [0, 3], [0, 0]]


def test_a_box_belongs_to_the_reading_of_its_reader():
    assessments = add([("a", "Edema", "R2"), ("a", "Mass", "R1"), ("b", "Cyst", "R9")])
    assert assessments.columns == ("Mass", "Edema", "Cyst")
    readings = list(zip(assessments.image.tolist(), assessments.reader, strict=True))
    assert readings == [(0, "R1"), (0, "R2"), (1, "R1"), (1, "R9"), (2, None)]
    assert assessments.state.tolist() == [[3, 1, 0], [1, 3, 0], [1, 3, 0], [0, 0, 3], [1, 1, 0]]
    texts = [assessments.reasons[place].text for place in assessments.reason[:, :2].ravel()]
    assert texts[:4] == ["listed", "not listed", "not listed", "box"]


def test_boxes_of_nobody_join_a_reading_of_nobody_or_are_one():
    assessments = add([("c", "Mass", None), ("a", "Mass", None), ("a", "Edema", None)])
    readings = list(zip(assessments.image.tolist(), assessments.reader, strict=True))
    assert readings == [(0, "R1"), (0, "R2"), (0, "boxes"), (1, "R1"), (2, None)]
    assert assessments.state[[2, 4]].tolist() == [[3, 3], [3, 1]]
    assert set(assessments.evidence) == {"report"}


def test_boxes_from_elsewhere_are_a_reading_of_their_own():
    assessments = add(
        [("c", "Mass", None), ("a", "Mass", "R1")], BOXES + 'evidence = "consensus"\n'
    )
    readings = list(
        zip(assessments.image.tolist(), assessments.reader, assessments.evidence, strict=True)
    )
    assert readings == [
        (0, "R1", "report"),
        (0, "R2", "report"),
        (0, "R1", "consensus"),
        (1, "R1", "report"),
        (2, None, "report"),
        (2, "boxes", "consensus"),
    ]


def test_no_boxes_change_nothing():
    before, _ = give(BOXES)
    after = add([])
    assert after.state.tolist() == before.state.tolist()
    assert after.reader.equals(before.reader)
