import polars as pl
import pytest

from labelassemble.sources.draft.number_columns import (
    find_boxes,
    guess_boxes,
    guess_finding_columns,
    guess_run_lengths,
)
from labelassemble.sources.draft.word_columns import guess_word_columns
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find


def findings(**columns):
    table = pl.DataFrame({"image": ["a", "b", "c"], **columns})
    return next(guess_finding_columns(table, {"image"}, FIND), None)


def values(found):
    return {key: line.value for key, line in found.labels.items() if line.value is not None}


def test_a_column_a_finding():
    found = findings(
        **{
            "No Finding": ["1.0", "", ""],
            "Mass": ["", "1.0", "-1.0"],
            "Strange Word": ["0.0", "0.0", ""],
            "Edema": ["0.0", "1.0", ""],
            "Follow": ["1", "2", "3"],
            "survival": ["Y", "N", "Y"],
        }
    )
    assert values(found)["columns"] == ("No Finding", "Mass", "Strange Word", "Edema")
    assert values(found)["values"] == {"0.0": "negative", "1.0": "positive", "-1.0": "uncertain"}
    assert found.words["Mass"] == "positive on 1 row"
    assert list(found.none) == ["No Finding"]
    assert found.own_scope
    assert any("cells are blank: unknown" in one for one in found.asides)
    assert any("not taken: survival" in one for one in found.asides)
    assert found.score > 50


def test_one_form_of_each_value():
    found = findings(Mass=["1", "1.0", "0"], Edema=["yes", "YES", "no"])
    assert len(values(found)["values"]) == 4


def test_columns_that_the_vocabulary_does_not_know():
    assert findings(target=["1", "0", "1"]).score > 40
    assert findings(label=["positive", "negative", ""]).score > 55
    # One column alone of yes and no is a finding, whatever it is called; less surely than a target.
    assert 40 < findings(flag=["1", "0", "1"]).score < findings(target=["1", "0", "1"]).score
    assert findings(icu=["1", "0", "1"]) is None
    assert findings(Mass=["1", "2", "3"]) is None


def test_only_positives_make_one_ask_what_blank_means():
    found = findings(Mass=["1", "", ""], Edema=["", "1", ""])
    assert "blank may well mean it" in found.asides[0]


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (("x", "y", "width", "height"), "corner_size"),
        (("Bbox [x", "y", "w", "h]"), "corner_size"),
        (("x_min", "y_min", "x_max", "y_max"), "corners"),
        (("x1", "y1", "x2", "y2"), "corners"),
        (("x0", "y0", "x1", "y1"), "corners"),
        (("left", "top", "right", "bottom"), "corners"),
        (("x_center", "y_center", "width", "height"), "centre_size"),
        (("xmin", "ymin", "width", "height"), "corner_size"),
        (("x", "y", "z", "height"), None),
    ],
)
def test_boxes_by_the_names_of_their_columns(names, form):
    table = pl.DataFrame({"image": ["a"], **{name: ["1.5"] for name in names}})
    assert find_boxes(table, {"image"}) == ((form, names) if form else None)


def test_columns_of_text_hold_no_boxes():
    table = pl.DataFrame({name: ["a"] for name in ("x", "y", "w", "h")})
    assert find_boxes(table, set()) is None


def boxes(**columns):
    numbers = {name: ["1", "", "3"] for name in ("x", "y", "width", "height")}
    table = pl.DataFrame({"image": ["a", "b", "c"], **numbers, **columns})
    taken = {"image"}
    words = list(guess_word_columns(table, "image", None, taken, FIND))
    return next(guess_boxes(table, "image", taken, words), None)


def test_boxes_with_a_word_each():
    found = boxes(class_name=["Mass", "No finding", "Nodule"])
    assert values(found)["column"] == "class_name"
    assert values(found)["box"] == ("x", "y", "width", "height")
    assert list(found.words) == ["Mass", "Nodule"]
    assert list(found.none) == ["No finding"]
    assert "frame = [1024, 1024]" in found.labels["frame"].comment


def test_words_that_never_have_a_box():
    found = boxes(class_name=["Mass", "Scar", "Nodule"])
    assert "never with a box" in found.words["Scar"]


def test_boxes_of_one_finding():
    found = boxes(Target=["1", "0", "1"])
    assert values(found)["term"] == "Target"
    assert found.words == {"Target": "2 images with a box"}
    assert values(boxes())["term"] == "finding"


def runs(*texts):
    table = pl.DataFrame({"image": [str(n) for n in range(len(texts))], "EncodedPixels": texts})
    return next(guess_run_lengths(table, {"image"}, "pneumothorax"), None)


def test_run_lengths():
    found = runs("-1", "10 5 30 5", "", "65000 536")
    assert values(found) == {
        "encoding": "run_length_rows",
        "term": "pneumothorax",
        "column": "EncodedPixels",
        "none": "-1",
        "shape": (256, 256),
        "relative": False,
        "by": "column",
    }
    assert values(runs("-1", "500000 5 100 5"))["relative"]
    assert values(runs("-1", "500000 5 100 5"))["shape"] == (768, 768)
    assert runs("10 5 30", "1") is None
    assert runs("10 5", "a", "b") is None
