import polars as pl
import pytest

from labelassemble.sources.draft.cell_words import find_path, find_separator
from labelassemble.sources.draft.word_columns import guess_word_columns
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find


def guess(cells, name="Labels", images=None, reader=None):
    images = images or [f"{number}.png" for number in range(len(cells))]
    table = pl.DataFrame({"image": images, name: cells, **({"who": reader} if reader else {})})
    found = list(
        guess_word_columns(table, "image", "who" if reader else None, {"image", "who"}, FIND)
    )
    return found[0] if found else None


def values(found):
    return {key: line.value for key, line in found.labels.items()}


def test_a_list():
    found = guess(["Mass|Effusion", "Mass", "No Finding", "Effusion", "", "todo", "Mass"])
    assert values(found) == {"encoding": "delimited_list", "column": "Labels", "separator": "|"}
    assert found.words == {"Mass": "3 rows", "Effusion": "2 rows"}
    assert list(found.none) == ["No Finding"]
    assert set(found.silent) == {"", "todo"}
    assert found.score > 80


def test_a_written_out_list():
    found = guess(["['mass', 'nodule']", "['normal']", "[]", "", "['mass ']"])
    assert values(found) == {"encoding": "list_literal", "column": "Labels"}
    assert found.words == {"mass": "2 rows", "nodule": "1 row"}
    assert found.silent == ("",)


def test_a_class():
    found = guess(["Mass", "Normal", "Mass", "todo"])
    assert values(found) == {"encoding": "class_column", "column": "Labels"}
    assert found.words == {"Mass": "2 rows"}


def test_a_path():
    cells = ["Pneumonia/Viral/COVID-19", "Pneumonia/Viral", "Pneumonia", "No Finding", "Other"]
    found = guess(cells, "finding")
    assert values(found)["path_separator"] == "/"
    assert found.words == {
        "Other": "1 row",
        "Pneumonia": "3 rows, 2 of them deeper",
        "Pneumonia/Viral": "2 rows, 1 of them deeper",
        "Pneumonia/Viral/COVID-19": "1 row",
    }


def test_several_rows_an_image():
    images = ["a.png", "a.png", "b.png"]
    found = guess(["Mass", "Nodule", "Mass"], images=images)
    assert values(found)["encoding"] == "finding_rows"
    found = guess(["Mass", "Nodule", "Mass"], images=images, reader=["R1", "R2", "R1"])
    assert values(found)["encoding"] == "class_column"  # each reader has one word


def test_numbers_are_classes_only_under_a_name_that_says_so():
    found = guess(["0", "1", "2", "2"], "diagnosis")
    assert list(found.words) == ["2", "1"]
    assert "0 is often normal" in found.none["0"]
    assert found.asides
    assert guess(["0", "1", "2"], "Follow-up") is None


@pytest.mark.parametrize(
    "cells",
    [
        ["YES", "NO", "YES"],  # a column about one finding
        [f"A long report about patient {number}, who is well." for number in range(30)],
        [f"id{number}" for number in range(300)],
        ["", "", ""],
        ["the same", "the same"],
    ],
)
def test_what_holds_no_labels(cells):
    found = guess(cells, "column")
    assert found is None


def test_names_weigh():
    assert guess(["a", "b", "a"], "class").score > 60
    assert guess(["a", "b", "a"], "hospital").score < 10
    assert guess(["a", "b", "a"], "class_id").score < guess(["a", "b", "a"], "class_name").score


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["a;b", "a", "b;c", "c"], ";"),
        (["a, b", "a", "b"], ","),
        (["a and b", "b", "a"], " and "),
        (["Nodule/Mass", "Edema", "Cyst"], None),
        (["one, two", "three"], None),
        (["a", "b"], None),
    ],
)
def test_separators(cells, sign):
    assert find_separator(dict.fromkeys(cells, 1)) == sign


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["A/B", "A/C", "A"], "/"),
        (["A > B", "A > C"], ">"),
        (["Nodule/Mass", "Edema"], None),
        (["A/B", "B/A"], None),
        (["A/", "A/B"], None),
    ],
)
def test_paths(cells, sign):
    assert find_path(cells) == sign
