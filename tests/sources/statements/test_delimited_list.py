import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.sources.assessments import STATES
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.delimited_list import state_delimited_list

TERMS = ("Mass", "Edema", "Hernia")
SCOPE = Scope(terms=TERMS, no_finding=("No Finding",), ignore=("",))


def read(cells, separator="|"):
    labels = DelimitedList(encoding="delimited_list", column="x", separator=separator)
    names = [f"{place:03}" for place in range(len(cells))]
    said = state_delimited_list(make_rows(names, x=cells), labels, SCOPE)
    places = zip(*np.nonzero(said.state), strict=True)
    return {(int(r), said.columns[c]): STATES[said.state[r, c]] for r, c in places}


@given(st.lists(st.sets(st.sampled_from(TERMS)), max_size=8), st.sampled_from(["|", ";", ", "]))
def test_against_a_slow_reference(rows, separator):
    cells = [separator.join(sorted(row)) or "No Finding" for row in rows]
    expected = {
        (place, term): "positive" if term in row else "negative"
        for place, row in enumerate(rows)
        for term in TERMS
    }
    assert read(cells, separator) == expected


def test_spaces_repeats_and_trailing_separators_do_not_matter():
    said = read(["Mass | Edema", "Edema|Mass|Mass|", "", "|"])
    assert len(said) == 6
    assert list(said.values()).count("positive") == 4


def test_a_part_of_a_word_is_not_the_word():
    said = read(["Hernia"])
    assert [term for (_, term), assessment in said.items() if assessment == "positive"] == [
        "Hernia"
    ]
