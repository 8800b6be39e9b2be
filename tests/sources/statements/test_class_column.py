import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import STATES
from labelassemble.sources.encodings.class_column import ClassColumn
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.class_column import state_class_column

PATHS = ("Lung", "Lung/Viral", "Lung/Viral/Covid", "Lung/Bacterial", "Heart")


def read(cells, scope, separator="/"):
    labels = ClassColumn(encoding="class_column", column="x", path_separator=separator)
    names = [f"{place:03}" for place in range(len(cells))]
    said = state_class_column(make_rows(names, x=cells), labels, scope)
    places = zip(*np.nonzero(said.state), strict=True)
    return {(int(r), said.columns[c]): STATES[said.state[r, c]] for r, c in places}


@given(st.lists(st.sampled_from(PATHS), max_size=6))
def test_paths_against_a_slow_reference(cells):
    expected = {}
    for place, cell in enumerate(cells):
        for term in PATHS:
            if cell == term or cell.startswith(term + "/"):
                expected[place, term] = "positive"
            elif not term.startswith(cell + "/"):
                expected[place, term] = "negative"
    assert read(cells, Scope(terms=PATHS)) == expected


def test_steps_of_a_listed_path_are_positive_though_nobody_looked_for_them():
    scope = Scope(terms=("Lung",), positive_only=("Lung/Fungal/Mould",))
    assert read(["Lung/Fungal/Mould"], scope) == {
        (0, "Lung"): "positive",
        (0, "Lung/Fungal"): "positive",
        (0, "Lung/Fungal/Mould"): "positive",
    }
    assert read(["Lung/Fungal"], scope) == {(0, "Lung"): "positive", (0, "Lung/Fungal"): "positive"}


def test_a_diagnosis_may_rule_out_a_part_only():
    scope = Scope(terms=PATHS, positive_only=("Tb",), rules_out_only={"Tb": ("Lung/Viral/Covid",)})
    assert read(["Tb"], scope) == {(0, "Tb"): "positive", (0, "Lung/Viral/Covid"): "negative"}


def test_without_a_separator_the_word_is_whole():
    scope = Scope(terms=("a/b",), no_finding=("No a / b",))
    assert read(["a/b", "No a / b"], scope, None) == {
        (0, "a/b"): "positive",
        (1, "a/b"): "negative",
    }


def test_a_strange_path_is_refused():
    with pytest.raises(SourceError, match="nearest: 'Lung/Viral'"):
        read(["Lung/Virla"], Scope(terms=PATHS))


def of_two_columns(left, right, problems=AT_ONCE):
    labels = ClassColumn(encoding="class_column", column=["left", "right"])
    rows = make_rows(["a", "b", "c"], left=left, right=right)
    scope = Scope(terms=("1",), no_finding=("0",), ignore=("",))
    return state_class_column(rows, labels, scope, problems)


def test_of_several_columns_each_row_fills_one():
    said = of_two_columns(["1", "", ""], [" ", "0", ""])
    assert [STATES[one] for one in said.state[:, 0]] == ["positive", "negative", "unknown"]
    assert "column 'left' or 'right'" in said.reasons[said.reason[0, 0]].text


def test_a_row_that_fills_several_is_refused():
    problems = Problems()
    of_two_columns(["1", "", "0"], ["0", "1", "0"], problems)
    (told,) = problems.noted
    assert (told.count, told.what) == (2, "2 rows with several: images a, c")
