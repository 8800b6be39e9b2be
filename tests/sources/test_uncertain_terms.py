import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNCERTAIN, UNKNOWN
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.term_cells import state_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

SCOPE = Scope(
    terms=("covid", "pneumonia", "mass"),
    positive_only=("cyst",),
    no_finding=("normal",),
    ignore=("todo",),
    uncertain={"covid?": ("covid", "pneumonia"), "cyst?": ("cyst",)},
)


def take_apart(cell):
    words = tuple(cell.split("|"))
    return Words(words, words)


def state(*cells, scope=SCOPE):
    images = pl.Series([f"{place}.png" for place in range(len(cells))])
    said = pl.Series(list(cells), dtype=pl.String)
    return state_words_and_doubts(images, said, take_apart, scope, "column 'x'")


def test_a_doubt_is_uncertain_and_the_row_speaks():
    said = state("covid?", "covid?|covid", "mass|cyst?", "todo", "normal")
    assert said.columns == ("covid", "pneumonia", "mass", "cyst")
    assert said.state.tolist() == [
        [UNCERTAIN, UNCERTAIN, NEGATIVE, UNKNOWN],
        [POSITIVE, UNCERTAIN, NEGATIVE, UNKNOWN],
        [NEGATIVE, NEGATIVE, POSITIVE, UNCERTAIN],
        [UNKNOWN] * 4,
        [NEGATIVE, NEGATIVE, NEGATIVE, UNKNOWN],
    ]
    assert said.reasons[said.reason[0, 0]].text == "column 'x': 'covid?' listed"


@given(st.lists(st.sampled_from(["covid", "mass", "covid|mass", "normal", "todo"])))
def test_without_doubts_it_is_what_words_mean(cells):
    plain = SCOPE.model_copy(update={"uncertain": {}})
    images = pl.Series([f"{place}" for place in range(len(cells))], dtype=pl.String)
    said = state_words(images, pl.Series(cells, dtype=pl.String), take_apart, plain, "x")
    doubted = state_words_and_doubts(
        images, pl.Series(cells, dtype=pl.String), take_apart, SCOPE, "x"
    )
    assert doubted.columns == said.columns
    assert doubted.state.tolist() == said.state.tolist()


def test_normal_beside_a_doubt_is_refused():
    with pytest.raises(SourceError, match="'normal' alone in column 'x'"):
        state("covid?|normal")
    aside = SCOPE.model_copy(update={"beside_finding": "set_aside"})
    assert state("covid?|normal", scope=aside).state[0, 0] == UNCERTAIN


MANIFEST = """
name = "mine"
[table]
file = "labels.csv"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["covid"]
uncertain = { "covid?" = "covid" }
"""


def test_the_whole_way_and_mistakes(read_handmade):
    table = read_handmade("image,found\na,covid?\nb,covid\n", MANIFEST)
    assert table.list_assessments()["assessment"].to_list() == ["uncertain", "positive"]
    with pytest.raises(SourceError, match="speak of 'flu'"):
        read_handmade("", MANIFEST.replace('= "covid" }', '= "flu" }'))
    with pytest.raises(SourceError, match=r"'covid\?' in two lists"):
        read_handmade("", MANIFEST + 'positive_only = ["covid?"]\n')
    columns = MANIFEST.replace("delimited_list", "finding_columns").replace(
        'column = "found"', 'columns = ["covid"]\nvalues = { "1" = "positive" }'
    )
    with pytest.raises(SourceError, match=r"labels\.values says what is uncertain"):
        read_handmade("", columns.replace('terms = ["covid"]\n', ""))
