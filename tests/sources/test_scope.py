from hypothesis import given
from hypothesis import strategies as st

from labelassemble.sources.scope import Scope, Words, state

TERMS = ("Mass", "Edema", "Hernia", "Nodule")


def verdicts(words, scope):
    said = Words(tuple(words), tuple(words))
    return {one.term: one.verdict for one in state(said, scope, "column 'x'")}


def test_silence_is_negative_only_within_the_scope():
    scope = Scope(terms=("Mass", "Edema"), no_finding=("None",), also_listed=("Cyst",))
    assert verdicts(["Cyst"], scope) == {
        "Cyst": "positive",
        "Mass": "negative",
        "Edema": "negative",
    }
    assert verdicts(["None"], scope) == {"Mass": "negative", "Edema": "negative"}


def test_words_that_are_no_labels_say_nothing():
    scope = Scope(terms=("Mass",), not_labels=("todo", ""))
    assert verdicts(["todo"], scope) == {}
    assert verdicts([""], scope) == {}
    assert verdicts(["todo", "Mass"], scope) == {"Mass": "positive"}


def test_reasons_name_the_rule():
    scope = Scope(terms=("Mass", "Edema"), no_finding=("None",))
    listed = state(Words(("Mass",), ("Mass",)), scope, "column 'x'")
    assert [one.reason for one in listed] == [
        "column 'x': listed",
        "column 'x': not listed, in scope",
    ]
    none = state(Words(("None",), ("None",)), scope, "column 'x'")
    assert {one.reason for one in none} == {"'None': scope"}


@given(
    listed=st.sets(st.sampled_from(TERMS), min_size=1),
    covers=st.dictionaries(st.sampled_from(TERMS), st.sets(st.sampled_from(TERMS)).map(tuple)),
)
def test_a_term_is_ruled_out_only_by_words_that_all_cover_it(listed, covers):
    scope = Scope(terms=TERMS, covers=covers)
    found = verdicts(sorted(listed), scope)
    for term in TERMS:
        if term in listed:
            assert found[term] == "positive"
        elif all(term in covers.get(word, TERMS) for word in listed):
            assert found[term] == "negative"
        else:
            assert term not in found
