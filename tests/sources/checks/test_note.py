import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.checks.note import (
    name_nearest,
    note_error,
    plural,
    problem,
    remark,
)


def test_a_note_is_one_line_with_what_example_and_what_to_do():
    note = problem("2 rows\nwithout an image", "Fill in the names", 2, "line 7")
    assert str(note) == "2 rows without an image, such as line 7. Fill in the names."
    assert note.kind == "problem"
    assert str(remark("Is it?", "Look!")) == "Is it? Look!"
    assert remark("a", "b").kind == "remark"


def test_an_error_becomes_a_problem():
    note = note_error(SourceError("a table", "none", "Write one"))
    assert str(note) == "Expected a table, got none. Write one."
    assert note.kind == "problem"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("patient id", "; nearest: 'Patient ID'"),
        ("xyz", ""),
        ("PATIENT ID", "; nearest: 'Patient ID'"),
    ],
)
def test_nearest_names_whatever_the_case(name, nearest):
    assert name_nearest(name, ["Patient ID", "Age", ""]) == nearest


def test_plurals():
    assert [plural(1, "box", "boxes"), plural(3000, "box", "boxes")] == ["1 box", "3,000 boxes"]
