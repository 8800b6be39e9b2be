import polars as pl
import pytest

from labelassemble.sources.draft.beside_table import find_box_table, find_lists
from labelassemble.sources.draft.peek import peek_table
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.draft.table_draft import guess_table
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find
IMAGES = pl.Series("image", ["a.png", "b.png", "c.png"])


def lists(folder, **files):
    peeks = []
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        peeks.append(peek_table(folder, f"{name}.txt"))
    found, asides = find_lists(peeks, IMAGES)
    return {part: line.value for part, line in found.items()}, asides


def test_lists_of_a_split(tmp_path):
    found, asides = lists(tmp_path, train_val_list="a.png\nb.png\n", test_list="c.png\n")
    assert found == {"train": "train_val_list.txt", "test": "test_list.txt"}
    assert asides == ()


def test_lists_that_are_not_taken(tmp_path):
    found, asides = lists(
        tmp_path,
        train="a\nb\n",
        names="a.png\nb.png\n",
        val="x.png\n",
        test="c.png\n",
        test2="b.png\n",
    )
    assert found == {"test": "test.txt"}
    assert "train.txt lists images under other names" in asides[0]
    assert "test2.txt may be a list of test too" in asides[1]


def test_the_first_name_is_no_header(tmp_path):
    found, _ = find_lists([_write(tmp_path, "x1\nx2\n")], pl.Series(["x1", "x3"]))
    assert found["test"].comment.endswith("2 names: check")


def _write(folder, text):
    (folder / "test.txt").write_text(text, encoding="utf-8")
    return peek_table(folder, "test.txt")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("a.png,Mass,1,1,2,2\nb.png,No finding,,,,\n", True),
        ("x.png,Mass,1,1,2,2\ny.png,Cyst,1,1,2,2\n", False),
    ],
)
def test_boxes_on_the_same_images(tmp_path, rows, found):
    (tmp_path / "labels.csv").write_text(
        "image,Labels\na.png,Mass\nb.png,Normal\n", encoding="utf-8"
    )
    (tmp_path / "boxes.csv").write_text(f"image_id,class,x,y,w,h\n{rows}", encoding="utf-8")
    survey = survey_folder(tmp_path)
    boxes, labels = (guess_table(survey, name, FIND) for name in survey.tables)
    result = find_box_table([boxes, labels], [labels])
    assert bool(result) == found
    if result:
        lines, name = result
        assert name == "boxes.csv"
        values = {key: line.value for key, line in lines.items()}
        assert values["image"] == "image_id"
        assert values["column"] == "class"
        assert values["ignore"] == ("No finding",)
