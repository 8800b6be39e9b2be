from hypothesis import given
from hypothesis import strategies as st

from labelassemble.sources.scope import Meaning, Scope, Words, understand

TERMS = ("Mass", "Edema", "Hernia", "Nodule")


def assessments(words, scope):
    meaning = understand(Words(tuple(words), tuple(words)), scope)
    return dict.fromkeys(meaning.positive, "positive") | dict.fromkeys(meaning.negative, "negative")


def test_silence_is_negative_only_within_the_scope():
    scope = Scope(terms=("Mass", "Edema"), no_finding=("None",), positive_only=("Cyst",))
    assert assessments(["Cyst"], scope) == {
        "Cyst": "positive",
        "Mass": "negative",
        "Edema": "negative",
    }
    assert assessments(["None"], scope) == {"Mass": "negative", "Edema": "negative"}


def test_words_that_are_no_labels_say_nothing():
    scope = Scope(terms=("Mass",), ignore=("todo", ""))
    assert assessments(["todo"], scope) == {}
    assert assessments([""], scope) == {}
    assert assessments(["todo", "Mass"], scope) == {"Mass": "positive"}


def test_the_word_that_rules_out_is_named():
    scope = Scope(terms=("Mass", "Edema"), no_finding=("None",))
    assert understand(Words(("None",), ("None",)), scope) == Meaning((), ("Mass", "Edema"), "None")
    assert understand(Words(("Mass",), ("Mass",)), scope) == Meaning(("Mass",), ("Edema",), None)


@given(
    listed=st.sets(st.sampled_from(TERMS), min_size=1),
    covers=st.dictionaries(st.sampled_from(TERMS), st.sets(st.sampled_from(TERMS)).map(tuple)),
)
def test_a_term_is_ruled_out_only_by_words_that_all_cover_it(listed, covers):
    scope = Scope(terms=TERMS, rules_out_only=covers)
    found = assessments(sorted(listed), scope)
    for term in TERMS:
        if term in listed:
            assert found[term] == "positive"
        elif all(term in covers.get(word, TERMS) for word in listed):
            assert found[term] == "negative"
        else:
            assert term not in found
