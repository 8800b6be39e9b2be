import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.encodings.list_literal import ListLiteral
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.list_literal import state_list_literal

LABELS = ListLiteral(encoding="list_literal", column="Labels")
SCOPE = Scope(terms=("nodule", "mass"), no_finding=("normal",), ignore=("", "exclude"))


def state(*cells, scope=SCOPE):
    rows = make_rows([f"{place}.png" for place in range(len(cells))], Labels=list(cells))
    return state_list_literal(rows, LABELS, scope).state.tolist()


def test_python_and_json_lists_spaces_and_repeats():
    assert state("['nodule ', ' mass', 'mass']", '["mass"]', "('nodule',)") == [
        [POSITIVE, POSITIVE],
        [NEGATIVE, POSITIVE],
        [POSITIVE, NEGATIVE],
    ]


def test_nothing_listed_is_blank():
    silent = [UNKNOWN, UNKNOWN]
    assert state("", "[]", "['']", "['exclude', '']") == [silent] * 4
    with pytest.raises(SourceError, match="a blank cell"):
        state("[]", scope=Scope(terms=("nodule",)))


@given(st.lists(st.sampled_from(["nodule", "mass"]), min_size=1))
def test_against_a_slow_reference(listed):
    expected = [POSITIVE if term in listed else NEGATIVE for term in ("nodule", "mass")]
    assert state(repr(listed), json.dumps(listed)) == [expected, expected]


@pytest.mark.parametrize(
    "cell",
    [
        "nodule",
        "['nodule'",
        "[nodule]",
        "['nodule', 3]",
        "[['nodule']]",
        "{'nodule': 1}",
        "'nodule'",
        "__import__('os').getcwd()",
        "['nodule'] * 9",
        "[" * 500,
        "['a\x00']",
    ],
)
def test_what_is_no_list_of_texts_is_refused(cell):
    with pytest.raises(SourceError) as caught:
        state("['mass']", cell)
    assert "lists of terms such as ['nodule', 'mass'] in column 'Labels'" in caught.value.expected
    assert len(caught.value.got) < 150


def test_a_backslash_is_a_letter_and_no_warning():
    with pytest.raises(SourceError, match="words that the manifest's scope knows"):
        state(r"['\d']")


@pytest.mark.parametrize(
    "cell",
    [
        "(" * 50_000,
        "(" * 50_000 + ")" * 50_000,
        "[" * 50_000 + "'nodule'" + "]" * 50_000,
        "-" * 50_000 + "1",
        "['a'" + "+'a'" * 50_000 + "]",
        "{" * 5_000,
        "[" + "'a'," * 300_000,
        "not " * 50_000 + "1",
        "'" * 50_001,
        "['" + "\\" * 50_001,
        "'\\" * 50_000,
    ],
)
def test_what_breaks_a_parser_down_is_one_clear_error(cell):
    with pytest.raises(SourceError) as caught:
        state(cell)
    assert "no list such as ['nodule', 'mass']" in caught.value.got
    assert len(str(caught.value)) < 600
