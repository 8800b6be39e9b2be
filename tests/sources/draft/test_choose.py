import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.draft.choose import choose_draft
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find


def choose(folder, files, table=None):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return choose_draft(survey_folder(folder), FIND, table)


LABELS = "image,Labels\na.png,Mass\nb.png,Normal\nc.png,Mass\n"
PERSONS = "image,person,weight\na.png,p,71.5\nb.png,q,66.5\nc.png,p,71.5\n"


def test_the_table_with_labels_is_taken_and_the_others_told(tmp_path):
    chosen = choose(tmp_path, {"labels.csv": LABELS, "persons.csv": PERSONS})
    assert chosen.draft.tables["table"]["file"].value == "labels.csv"
    assert chosen.others == ("persons.csv: no column seems to hold labels",)


def test_the_table_that_is_meant(tmp_path):
    files = {"labels.csv": LABELS, "persons.csv": PERSONS}
    chosen = choose(tmp_path, files, "persons.csv")
    assert chosen.draft.tables["table"]["file"].value == "persons.csv"
    assert chosen.draft.labels is None
    assert "labels.csv" in chosen.others[0]
    with pytest.raises(SourceError, match=r"nearest: labels\.csv"):
        choose(tmp_path, files, "lables.csv")
    with pytest.raises(SourceError, match="name an image"):
        choose(tmp_path, {"x.csv": "x,y\n1.5,2.5\n1.5,2.5\n"}, "x.csv")


def test_folders_of_classes_beside_a_table_that_is_none(tmp_path):
    files = {f"{word}/{n}.png": "" for word in ("normal", "mass") for n in range(3)}
    chosen = choose(tmp_path, {**files, "notes.csv": "x,y\n1.5,2.5\n3.5,4.5\n"})
    assert chosen.draft.labels.labels["encoding"].value == "folder_names"


def test_lists_boxes_and_the_folder_of_images(tmp_path):
    files = {f"records/{name}.png": "" for name in "abc"}
    files |= {f"masks/{name}.png": "" for name in "abc"}
    files |= {"labels.csv": LABELS, "train.txt": "a.png\nb.png\n", "test.txt": "c.png\n"}
    files |= {"boxes.csv": "image,class,x,y,w,h\na.png,Mass,1,1,2,2\nc.png,Mass,2,2,1,1\n"}
    tables = choose(tmp_path, files).draft.tables
    assert {key: line.value for key, line in tables["split.lists"].items()} == {
        "train": "train.txt",
        "test": "test.txt",
    }
    assert tables["boxes"]["file"].value == "boxes.csv"
    assert tables["images"]["folder"].value == "records"


def test_volumes_need_a_pattern(tmp_path):
    files = {f"ct/{name}.nii.gz": "" for name in "abc"}
    text = LABELS.replace(".png", "")
    tables = choose(tmp_path, {**files, "labels.csv": text}).draft.tables
    assert tables["images"]["glob"].value == "**/*.nii.gz"


def test_nothing_at_all(tmp_path):
    with pytest.raises(SourceError, match="nothing that could be a source"):
        choose(tmp_path, {"README.md": ""})
