import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.sources.delimited_list import DelimitedList, state_delimited_list
from labelassemble.sources.scope import Scope

TERMS = ("Mass", "Edema", "Hernia")
SCOPE = Scope(terms=TERMS, no_finding=("No Finding",), not_labels=("",))


def read(cells, separator="|"):
    labels = DelimitedList(encoding="delimited_list", column="x", separator=separator)
    images = pl.Series([f"{place:03}" for place in range(len(cells))], dtype=pl.String)
    return state_delimited_list(
        images, pl.DataFrame({"x": cells}, schema={"x": pl.String}), labels, SCOPE
    )


@given(st.lists(st.sets(st.sampled_from(TERMS)), max_size=8), st.sampled_from(["|", ";", ", "]))
def test_against_a_slow_reference(rows, separator):
    cells = [separator.join(sorted(row)) or "No Finding" for row in rows]
    expected = {
        (f"{place:03}", term): "positive" if term in row else "negative"
        for place, row in enumerate(rows)
        for term in TERMS
    }
    said = read(cells, separator)
    found = {(i, t): v for i, t, v in said.select("image", "term", "verdict").iter_rows()}
    assert found == expected
    assert said.height == len(expected)


def test_spaces_repeats_and_trailing_separators_do_not_matter():
    said = read(["Mass | Edema", "Edema|Mass|Mass|", "", "|"])
    assert said.height == 6
    assert said.filter(pl.col("verdict") == "positive").height == 4


def test_a_part_of_a_word_is_not_the_word():
    said = read(["Hernia"])
    assert said.filter(pl.col("verdict") == "positive")["term"].to_list() == ["Hernia"]
