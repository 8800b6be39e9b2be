import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.scope import VERDICT_COLUMNS, Scope, Words
from labelassemble.sources.spoken_words import state_words

SCOPE = Scope(terms=("Mass", "Edema"), no_finding=("No Finding",), not_labels=("todo",))


def read(cells, scope=SCOPE):
    images = pl.Series([f"{place}.png" for place in range(len(cells))])

    def take_apart(cell):
        words = tuple(cell.split("|"))
        return Words(words, words)

    return state_words(images, pl.Series(cells, dtype=pl.String), take_apart, scope, "column 'x'")


def test_rows_keep_their_order_whatever_repeats():
    said = read(["Mass", "No Finding", "Mass", "todo", "Edema|Mass"])
    assert dict(said.schema) == VERDICT_COLUMNS
    assert said["image"].to_list() == [f"{place}.png" for place in (0, 0, 1, 1, 2, 2, 4, 4)]
    assert said.filter(pl.col("image") == "4.png")["verdict"].to_list() == ["positive"] * 2
    assert said["reader"].null_count() == 8


def test_no_words_give_an_empty_table():
    assert dict(read(["todo", "todo"]).schema) == VERDICT_COLUMNS
    assert read([]).is_empty()


def test_a_strange_word_is_counted_and_shown_with_the_nearest():
    with pytest.raises(SourceError) as caught:
        read(["Mass", "Masss", "Mass|Masss", "Odema", ""])
    assert "blank on 1 images, such as 4.png" in caught.value.got
    assert "2 other words too: 'Masss', 'Odema'" in caught.value.got
    with pytest.raises(SourceError) as caught:
        read(["Mass", "Masss", "Mass|Masss"])
    assert "'Masss' on 2 images, such as 1.png, 2.png" in caught.value.got
    assert "nearest: Mass" in caught.value.got
    assert "also_listed" in caught.value.do


def test_no_finding_beside_a_finding_is_refused():
    with pytest.raises(SourceError) as caught:
        read(["Mass", "Mass|No Finding"])
    assert "'Mass|No Finding' on 1 images, such as 1.png" in caught.value.got
