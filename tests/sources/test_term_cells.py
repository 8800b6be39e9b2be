import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, UNKNOWN
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.term_cells import BETWEEN, split_words, state_words

SCOPE = Scope(terms=("Mass", "Edema"), no_finding=("No Finding",), ignore=("todo",))


def read(cells, scope=SCOPE):
    images = pl.Series([f"{place}.png" for place in range(len(cells))])

    def take_apart(cell):
        words = tuple(cell.split("|"))
        return Words(words, words)

    return state_words(images, pl.Series(cells, dtype=pl.String), take_apart, scope, "column 'x'")


def test_rows_keep_their_order_whatever_repeats():
    said = read(["Mass", "No Finding", "Mass", "todo", "Edema|Mass"])
    assert said.columns == ("Mass", "Edema")
    assert said.state.tolist() == [
        [POSITIVE, NEGATIVE],
        [NEGATIVE, NEGATIVE],
        [POSITIVE, NEGATIVE],
        [UNKNOWN, UNKNOWN],
        [POSITIVE, POSITIVE],
    ]


def test_every_cell_has_its_reason_and_silence_is_marked():
    said = read(["Mass", "No Finding", "todo"])
    texts = [[said.reasons[place] for place in row] for row in said.reason]
    assert [reason.text for reason in texts[0]] == [
        "column 'x': listed",
        "column 'x': not listed, in scope",
    ]
    assert [reason.silence for reason in texts[0]] == [False, True]
    assert {reason.text for reason in texts[1]} == {"'No Finding': scope"}
    assert set(texts[2]) == {NO_REASON}


def test_no_rows_and_no_words():
    assert read(["todo", "todo"]).state.tolist() == [[UNKNOWN] * 2] * 2
    assert read([]).state.shape == (0, 2)


def test_gathered_words_count_once():
    assert split_words(f"Mass{BETWEEN}Edema{BETWEEN}Mass").words == ("Mass", "Edema")
    assert split_words("").words == ("",)


def test_a_strange_word_is_counted_and_shown_with_the_nearest():
    with pytest.raises(SourceError) as caught:
        read(["Mass", "Masss", "Mass|Masss", "Odema", ""])
    assert "the word 'Masss' in" in caught.value.got
    with pytest.raises(SourceError) as caught:
        read(["Mass", "Masss", "Mass|Masss"])
    assert "has no meaning: 2 images" in caught.value.got
    assert "nearest: 'Mass'" in caught.value.got
    assert "positive_only" in caught.value.do


def test_no_finding_beside_a_finding_is_refused():
    with pytest.raises(SourceError) as caught:
        read(["Mass", "Mass|No Finding"])
    assert "1 image, 'Mass|No Finding', such as 1.png" in caught.value.got
