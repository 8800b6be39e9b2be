import contextlib

from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.checks.values import check_values
from labelassemble.sources.encodings.finding_columns import FindingColumns, state_finding_columns
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope

LABELS = FindingColumns(
    encoding="finding_columns",
    columns=("Mass", "Edema", "Normal"),
    values={"1": "positive", "0": "negative"},
)


def rows(**columns):
    count = len(columns["Mass"])
    return make_rows([f"{number}.png" for number in range(count)], **columns)


def told(checked):
    return [note.what for note in checked.notes]


def test_every_value_without_a_meaning_is_told_with_all_of_its_columns():
    made = rows(Mass=["1.0", "x", "2", "x"], Edema=["x", "0", "", ""], Normal=["", "", "", ""])
    checked = check_values(made, LABELS, Scope())
    assert told(checked) == [
        "column 'Normal' is blank on all 4 rows",
        "the value 'x' has no meaning in column 'Mass' (2), 'Edema' (1)",
        "the value '2' has no meaning in column 'Mass' (1)",
    ]
    assert checked.notes[1].count == 3
    assert checked.notes[1].example == "1.png"
    assert state_finding_columns(checked.rows, checked.labels, Scope()).state.tolist()[1] == [
        0,
        1,
        0,
    ]


def test_a_finding_beside_none_is_told_and_taken_out():
    made = rows(Mass=["1", "1", "0"], Edema=["1", "0", "0"], Normal=["1", "0", "1"])
    scope = Scope(no_finding=("Normal",))
    checked = check_values(made, LABELS, scope)
    assert told(checked) == [
        "column 'Normal' is positive beside a finding: 1 image, with 'Mass', 'Edema'"
    ]
    assert checked.rows.facts["image"].to_list() == ["1.png", "2.png"]
    allowed = Scope(no_finding=("Normal",), beside_finding="set_aside")
    assert check_values(made, LABELS, allowed).notes == ()
    narrow = Scope(no_finding=("Normal",), covers={"Normal": ("Edema",)})
    assert "with 'Edema'" in told(check_values(made, LABELS, narrow))[0]


VALUES = st.lists(st.sampled_from(["1", "0", "1.0", "", "x"]), min_size=3, max_size=3)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_it_finds_something_exactly_where_the_strict_reading_stops(cells):
    columns = {name: [row[at] for row in cells] for at, name in enumerate(LABELS.columns)}
    made, scope = rows(**columns), Scope(no_finding=("Normal",))
    checked = check_values(made, LABELS, scope)
    refused = True
    with contextlib.suppress(SourceError):
        state_finding_columns(made, LABELS, scope)
        refused = False
    assert any(note.kind == "problem" for note in checked.notes) == refused
    state_finding_columns(checked.rows, checked.labels, scope)
