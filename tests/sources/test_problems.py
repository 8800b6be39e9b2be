import pytest

from labelassemble.errors import SourceError, plural
from labelassemble.sources.problems import (
    AT_ONCE,
    Problems,
    name_nearest,
    note_error,
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


def test_all_that_was_noted_is_told_in_one_error_and_in_the_same_words():
    problems = Problems()
    problems.raise_if_any("mine")
    problems.remark("one may look", "Look")
    problems.raise_if_any("mine")
    problems.note("names", "2 rows without", "Fill them in", 2, "line 7")
    problems.note("names", "2 rows without", "Fill them in", 2, "line 7")  # told once
    with pytest.raises(SourceError) as alone:
        problems.raise_if_any("mine")
    assert (alone.value.expected, alone.value.do) == ("names (source mine)", "Fill them in")
    assert alone.value.got == "2 rows without, such as line 7"
    with problems.catch():
        raise SourceError("a table", "none", "Write one")
    with pytest.raises(SourceError) as both:
        problems.raise_if_any("mine")
    for one in problems.noted:
        assert (str(one) in str(both.value)) == (one.kind == "problem")


def test_a_step_alone_raises_at_once():
    AT_ONCE.remark("one may look", "Look")
    with pytest.raises(SourceError, match="2 rows without"):
        AT_ONCE.note("names", "2 rows without", "Fill them in")
    with pytest.raises(SourceError, match="a table"), AT_ONCE.catch():
        raise SourceError("a table", "none", "Write one")
    assert AT_ONCE.noted == []


def test_a_hundred_problems_are_told_whole():
    problems = Problems()
    for number in range(100):
        problems.note("a", f"problem {number} of many, " + "x" * 50, "Fix it")
    with pytest.raises(SourceError) as caught:
        problems.raise_if_any("mine")
    assert all(str(one) in str(caught.value) for one in problems.noted)
