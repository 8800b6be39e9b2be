import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.rows import make_rows
from labelassemble.sources.term_cells import BETWEEN

ROW = st.tuples(
    st.sampled_from("ab"), st.sampled_from(["", "R1"]), st.sampled_from(["Mass", "Cyst"])
)


def gather(rows, identity=None):
    made = make_rows([row[0] for row in rows], {"reader": [row[1] for row in rows]})
    return gather_words(made, pl.Series([row[2] for row in rows], dtype=pl.String), identity)


@given(st.lists(ROW))
def test_against_a_slow_reference(rows):
    expected = {}
    for image, reader, word in rows:
        expected.setdefault((image, reader), set()).add(word)
    found = gather(rows)
    keys = found.facts.select("image", "reader").rows()
    assert keys == sorted(expected)
    assert [set(cell.split(BETWEEN)) for cell in found.cells["words"]] == [
        expected[key] for key in keys
    ]
    assert found.count.sum() + found.excluded["rows"].sum() == len(rows)


def test_a_row_that_says_something_else_new_counts():
    rows = [("a", "", "Mass"), ("a", "", "Mass"), ("a", "", "Mass")]
    gathered = gather(rows, pl.DataFrame({"x": ["1", "2", "2"]}))
    assert gathered.cells["words"].to_list() == ["Mass"]
    assert (gathered.count.to_list(), gathered.excluded["rows"].to_list()) == ([2], [1])


def test_rows_that_differ_in_a_fact_stay_apart():
    made = make_rows(["a", "a"], {"patient": ["1", "2"]})
    gathered = gather_words(made, pl.Series(["Mass", "Mass"]))
    assert gathered.facts["patient"].to_list() == ["1", "2"]


def test_marks_keep_their_names():
    made = make_rows(["a", "a"])
    made = type(made)(
        facts=made.facts,
        cells=made.cells,
        marks=pl.DataFrame({"image": ["x", "x"], "word": ["y", "y"]}),
        count=made.count,
    )
    gathered = gather_words(made, pl.Series(["Mass", "Cyst"]))
    assert gathered.marks.to_dict(as_series=False) == {"image": ["x"], "word": ["y"]}
