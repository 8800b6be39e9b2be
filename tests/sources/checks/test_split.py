import polars as pl

from labelassemble.sources.checks.split import check_sides, check_split
from labelassemble.sources.label_table import IMAGE_COLUMNS
from labelassemble.sources.official_split import OfficialSplit

IMAGES = pl.Series("image", ["a.png", "b.png", "c.png"])
BLANK = pl.Series("blank", ["", "", ""])


def check(folder, split, words=("", "", ""), files=("", "", "")):
    return check_split(IMAGES, pl.Series("split", words), pl.Series("file", files), split, folder)


def told(checked):
    return [note.what for note in checked.notes]


def write(folder, **lists):
    for name, names in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(names), encoding="utf-8")
    return OfficialSplit(lists={name: f"{name}.txt" for name in lists})


def test_no_split(tmp_path):
    checked = check(tmp_path, OfficialSplit())
    assert checked.notes == ()
    assert checked.part.null_count() == 3


def test_words_without_a_meaning_are_all_told(tmp_path):
    checked = check(tmp_path, OfficialSplit(column="set"), ["train", "tset", "holdout"])
    assert sorted(told(checked)) == [
        "the word 'holdout' for the split has no meaning: 1 image",
        "the word 'tset' for the split has no meaning: 1 image; nearest: 'test'",
    ]
    assert checked.part.to_list() == ["train", None, None]


def test_files_without_a_part(tmp_path):
    split = OfficialSplit(files={"train*.csv": "train"})
    checked = check(tmp_path, split, files=["train1.csv", "valid.csv", "test.csv"])
    assert told(checked) == ["split.files says nothing of test.csv, valid.csv"]
    assert checked.part.to_list() == ["train", None, None]


def test_sound_lists(tmp_path):
    checked = check(tmp_path, write(tmp_path, train=["a.png", "b.png"], test=["c.png"]))
    assert checked.notes == ()
    assert checked.part.to_list() == ["train", "train", "test"]


def test_lists_that_do_not_fit_are_all_told(tmp_path):
    split = write(tmp_path, train=["a.png", "b.png", "z.png"], validate=["a", "b"], test=["b.png"])
    checked = check(tmp_path, split)
    assert told(checked) == [
        "1 name of 3 in train.txt that the table does not hold",
        "validate.txt names no image of the source: 'a' and such, where images are called 'a.png'",
        "1 image stands in two lists of the split",
        "1 image in no list of the published split",
    ]
    kinds = [note.kind for note in checked.notes]
    assert kinds == ["remark", "problem", "problem", "remark"]
    assert checked.part.to_list() == ["train", "train", None]


def test_lists_that_are_not_there_or_empty(tmp_path):
    split = write(tmp_path, train=[])
    split = OfficialSplit(lists={**split.lists, "test": "nowhere.txt"})
    checked = check(tmp_path, split)
    assert [note.kind for note in checked.notes] == ["problem", "remark"]
    assert "nowhere.txt of the published split is not there" in told(checked)[1]
    assert checked.part.null_count() == 3


def test_patients_on_two_sides():
    images = pl.DataFrame(
        {
            "image": ["a", "b", "c", "d", "e"],
            "patient": ["p", "p", "q", "q", None],
            "official_split": ["train", "test", "test", None, "train"],
        }
    ).with_columns(pl.lit(None, of).alias(n) for n, of in IMAGE_COLUMNS.items() if n in ("view",))
    (note,) = check_sides(images)
    assert note.what == "the published split has 1 patient on two sides, with 2 images"
    assert note.example == "p in test and train"
    assert note.kind == "remark"
    assert check_sides(images.filter(pl.col("image") != "b")) == []
