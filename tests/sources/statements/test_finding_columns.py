import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import STATES
from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.finding_columns import state_finding_columns

NO_WORDS = Scope()
VALUES = {"1.0": "positive", "0.0": "negative", "-1.0": "uncertain"}


def read(columns, values=VALUES, scope=NO_WORDS):
    labels = FindingColumns(encoding="finding_columns", columns=tuple(columns), values=values)
    count = len(next(iter(columns.values())))
    rows = make_rows([f"{place:03}" for place in range(count)], **columns)
    return state_finding_columns(rows, labels, scope)


def found(said):
    places = zip(*np.nonzero(said.state), strict=True)
    return {(int(r), said.columns[c]): STATES[said.state[r, c]] for r, c in places}


def reasons(said):
    return [said.reasons[place].text for place in said.reason[said.state > 0]]


@given(st.lists(st.tuples(*[st.sampled_from(["1.0", "1", "0", "-1.0", ""])] * 3), max_size=6))
def test_against_a_slow_reference(rows):
    columns = {name: [row[place] for row in rows] for place, name in enumerate("abc")}
    meaning = {"1.0": "positive", "1": "positive", "0": "negative", "-1.0": "uncertain"}
    expected = {
        (place, name): meaning[cell]
        for place, row in enumerate(rows)
        for name, cell in zip("abc", row, strict=True)
        if cell
    }
    said = read(columns)
    assert found(said) == expected
    assert list(found(said)) == sorted(expected)


def test_blank_is_unknown_unless_the_manifest_says_otherwise():
    assert found(read({"a": ["", "1"]})) == {(1, "a"): "positive"}
    assert found(read({"a": ["", "1"]}, {**VALUES, "": "negative"})) == {
        (0, "a"): "negative",
        (1, "a"): "positive",
    }


def test_words_in_any_case():
    said = read(
        {"a": ["YES", "no", "Maybe"]}, {"yes": "positive", "No": "negative", "maybe": "unknown"}
    )
    assert found(said) == {(0, "a"): "positive", (1, "a"): "negative"}
    assert reasons(said) == ["column 'a'"] * 2


def test_a_no_finding_column_fills_the_blanks_that_it_covers():
    scope = Scope(no_finding=("none",), rules_out_only={"none": ("a", "b")})
    said = read(
        {"none": ["1", "0", ""], "a": ["", "", ""], "b": ["-1", "", "1"], "device": ["", "", "0"]},
        scope=scope,
    )
    assert found(said) == {
        (0, "a"): "negative",
        (0, "b"): "uncertain",
        (2, "b"): "positive",
        (2, "device"): "negative",
    }
    assert reasons(said)[0] == "'none': scope"


def test_a_finding_beside_no_finding_is_refused():
    scope = Scope(no_finding=("none",))
    with pytest.raises(SourceError) as caught:
        read({"none": ["0", "1"], "a": ["1", "1"]}, scope=scope)
    assert caught.value.got == (
        "column 'none' is positive beside a finding: 1 image, with 'a', such as 001"
    )


def test_a_strange_value_is_counted_and_shown():
    with pytest.raises(SourceError) as caught:
        read({"a": ["1", "2", "2", "x"]})
    assert "column a" in caught.value.expected
    assert caught.value.got == "the value '2' has no meaning in column 'a' (2), such as 001"
    with pytest.raises(SourceError, match=r"'nan' has no meaning in column 'a' \(1\), such as"):
        read({"a": ["nan"]})


def test_one_value_with_two_meanings_is_refused():
    with pytest.raises(ValidationError, match=r"'1\.0' means two things"):
        read({"a": ["1"]}, {"1": "positive", "1.0": "negative"})


LABELS = FindingColumns(
    encoding="finding_columns",
    columns=("Mass", "Edema", "Normal"),
    values={"1": "positive", "0": "negative"},
)


def make(**columns):
    count = len(columns["Mass"])
    return make_rows([f"{number}.png" for number in range(count)], **columns)


def check_values(rows, labels, scope):
    problems = Problems()
    return state_finding_columns(rows, labels, scope, problems), problems.noted


def told(checked):
    return [note.what for note in checked[1]]


def test_every_value_without_a_meaning_is_told_with_all_of_its_columns():
    made = make(Mass=["1.0", "x", "2", "x"], Edema=["x", "0", "", ""], Normal=["", "", "", ""])
    checked = check_values(made, LABELS, Scope())
    assert told(checked) == [
        "column 'Normal' is blank on all 4 rows",
        "the value 'x' has no meaning in column 'Mass' (2), 'Edema' (1)",
        "the value '2' has no meaning in column 'Mass' (1)",
    ]
    assert checked[1][1].count == 3
    assert checked[1][1].example == "1.png"
    assert checked[0].state.tolist()[1] == [0, 1, 0]


def test_a_finding_beside_none_is_told_and_taken_out():
    made = make(Mass=["1", "1", "0"], Edema=["1", "0", "0"], Normal=["1", "0", "1"])
    scope = Scope(no_finding=("Normal",))
    checked = check_values(made, LABELS, scope)
    assert told(checked) == [
        "column 'Normal' is positive beside a finding: 1 image, with 'Mass', 'Edema'"
    ]
    assert checked[0].aside.is_null().to_list() == [False, True, True]
    allowed = Scope(no_finding=("Normal",), beside_finding="set_aside")
    assert check_values(made, LABELS, allowed)[1] == []
    narrow = Scope(no_finding=("Normal",), rules_out_only={"Normal": ("Edema",)})
    assert "with 'Edema'" in told(check_values(made, LABELS, narrow))[0]


CELLS = st.lists(st.sampled_from(["1", "0", "1.0", "", "x"]), min_size=3, max_size=3)


@given(st.lists(CELLS, min_size=1, max_size=5))
def test_it_finds_something_exactly_where_the_strict_reading_stops(cells):
    columns = {name: [row[at] for row in cells] for at, name in enumerate(LABELS.columns)}
    made, scope = make(**columns), Scope(no_finding=("Normal",))
    _, notes = check_values(made, LABELS, scope)
    refused = True
    with contextlib.suppress(SourceError):
        state_finding_columns(made, LABELS, scope)
        refused = False
    assert any(note.kind == "problem" for note in notes) == refused
