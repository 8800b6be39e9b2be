from dataclasses import replace

import polars as pl
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.checks.listed_rows import check_rows, gather_rows, merge_rows
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.rows import make_rows

WORDS = {"encoding": "delimited_list", "column": "found"}


def manifest(table=None, labels=None, terms=("Mass",), **others):
    layout = {"file": "labels.csv", "image": "image", **(table or {})}
    made = {"name": "mine", "table": layout, "labels": labels or WORDS, **others}
    return Manifest.model_validate(made | ({"scope": {"terms": terms}} if terms else {}))


def check(folder, made, text=None):
    if text is not None:
        (folder / "labels.csv").write_text(text, encoding="utf-8")
    settings = SourceSettings(name="mine", manifest="m.toml", folder=folder)
    with check_rows(settings, made, find_image_files(folder, None)) as checked:
        return checked


def told(notes):
    return [note.what for note in notes]


def test_sound_rows(tmp_path):
    checked = check(tmp_path, manifest(), "image,found\na,Mass\n")
    assert checked.notes == ()
    assert checked.listed.rows.facts["image"].to_list() == ["a"]
    assert checked.folder == tmp_path


def test_odd_rows_are_told_and_the_others_read(tmp_path):
    checked = check(tmp_path, manifest(), "image,found\na,Mass\nb\n,Mass\n")
    assert len(checked.notes) == 2
    assert checked.listed.rows.facts["image"].to_list() == ["a"]
    assert checked.folder != tmp_path


def test_where_no_row_is_sound(tmp_path):
    checked = check(tmp_path, manifest(), "image,found\nb\n")
    assert checked.listed is None
    assert told(checked.notes)[1] == (
        f"Expected rows in labels.csv in {tmp_path}, got a header and nothing below it"
    )


def test_a_filter_that_keeps_nothing_is_told_and_left_away(tmp_path):
    made = manifest({"keep": {"found": ["Edema"]}})
    checked = check(tmp_path, made, "image,found\na,Mass\n")
    assert "none of 1: column 'found' is 'Mass'" in told(checked.notes)[0]
    assert checked.listed.rows.facts.height == 1


def test_a_join_that_contradicts_itself_is_told_and_left_away(tmp_path):
    (tmp_path / "j.csv").write_text("image,view\na,PA\na,AP\n", encoding="utf-8")
    made = manifest({"view": "view", "join": [{"file": "j.csv", "on": "image"}]})
    checked = check(tmp_path, made, "image,found\na,Mass\n")
    assert len(checked.notes) == 1
    assert "view is 'PA' and 'AP'" in told(checked.notes)[0]
    assert checked.listed.rows.cells["found"].to_list() == ["Mass"]
    assert checked.manifest.table.view is None


def test_a_patient_that_the_pattern_does_not_find_is_told(tmp_path):
    made = manifest({"patient_pattern": r"^p(?P<patient>\d+)"})
    checked = check(tmp_path, made, "image,found\np1_a,Mass\nx,Mass\n")
    assert "none in 1 different names, such as x" in told(checked.notes)[0]
    assert checked.listed.rows.facts["patient"].to_list() == ["1", ""]
    column = manifest({"patient": "found", "patient_pattern": r"(?P<patient>M)"})
    assert check(tmp_path, column).listed.rows.facts["patient"].to_list() == ["M", "M"]


def test_files_that_no_pattern_matches_are_told(tmp_path):
    for name in ("a/1.png", "a/2.png", "x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    labels = {"encoding": "folder_names", "patterns": ["(?P<term>a)/.*"]}
    made = Manifest.model_validate({"name": "m", "labels": labels, "scope": {"terms": ["a"]}})
    checked = check(tmp_path, made)
    assert told(checked.notes) == ["1 image file of 3 that no pattern of labels.patterns matches"]
    assert checked.listed.rows.facts["image"].to_list() == ["a/1.png", "a/2.png"]


def test_what_cannot_be_listed_at_all(tmp_path):
    assert check(tmp_path, manifest()).listed is None
    checked = check(tmp_path, Manifest(name="m"))
    assert checked.listed is None
    assert "image files below" in told(checked.notes)[0]


BOXES = {"encoding": "box_rows", "column": "what", "box": ["x", "y", "w", "h"]}


def boxes(*rows):
    columns = {name: [row[at] for row in rows] for at, name in enumerate("xywh")}
    images = [str(number) for number in range(len(rows))]
    return make_rows(images, **columns, what=["Mass"] * len(rows))


def test_boxes_that_cannot_be_read_are_told_by_kind():
    made = boxes("1234", ("1", "", "1", "1"), ("1", "a", "1", "1"), "1100", ("", "", "", ""))
    rows, _, notes = gather_rows(made, manifest(labels=BOXES))
    assert told(notes) == [
        "1 row with a part of a box's numbers",
        "1 row with text in a box's numbers",
        "1 row whose box, read as corner_size, has no area",
    ]
    assert [note.example for note in notes] == ["1", "2", "3"]
    assert rows.facts["image"].to_list() == ["0", "4"]
    assert rows.boxes.height == 1
    corners = manifest(labels={**BOXES, "format": "corners"})
    _, _, notes = gather_rows(boxes("1234", "3214"), corners)
    assert told(notes) == ["1 row whose box, read as corners, has no area"]


def test_run_lengths_that_cannot_be_read_are_told():
    labels = {"encoding": "run_length_rows", "term": "Mass", "column": "c", "shape": [4, 4]}
    made = make_rows(["a", "b", "c", "d"], c=["0 3", "1", "12 9", "-1"])
    rows, _, notes = gather_rows(made, manifest(labels=labels, terms=None))
    assert len(notes) == 1
    assert notes[0].what.startswith("2 rows whose run lengths cannot be read")
    assert notes[0].example == "b, c"
    assert rows.facts["image"].to_list() == ["a", "d"]


def test_encodings_of_one_row_an_image_are_left_as_they_are():
    made, sound = make_rows(["a"], found=["Mass"]), manifest()
    assert gather_rows(made, sound) == (made, sound, [])


def test_rows_that_contradict_each_other_are_told_and_the_first_kept():
    made = make_rows(["b", "a", "b", "a"], found=["Mass", "Edema", "Edema", "Edema"])
    rows, notes = merge_rows(made)
    assert len(notes) == 1
    assert "1 images whose rows differ, such as b" in told(notes)[0]
    assert rows.facts["image"].to_list() == ["a", "b"]
    assert rows.cells["found"].to_list() == ["Edema", "Mass"]
    assert rows.count.sum() + rows.left_out["rows"].sum() == 4


def test_readers_who_see_different_persons():
    made = make_rows(["a", "a"], {"reader": ["R1", "R2"], "age": ["3", "4"]}, found=["x", "y"])
    rows, notes = merge_rows(made)
    assert "age is '3' and '4'" in told(notes)[0]
    assert rows.facts["age"].to_list() == ["3", "3"]
    assert rows.cells["found"].to_list() == ["x", "y"]


def test_both_kinds_of_contradictions():
    facts = {"reader": ["R1", "R1", "R2"], "age": ["3", "3", "4"]}
    rows, notes = merge_rows(make_rows(["a", "a", "a"], facts, found=["x", "y", "z"]))
    assert len(notes) == 2
    assert rows.cells["found"].to_list() == ["x", "z"]


@pytest.mark.parametrize("marks", [["p", "q"], ["p", "p"]])
def test_marks_of_subsets_count_too(marks):
    made = replace(make_rows(["a", "a"]), marks=pl.DataFrame({"site": marks}))
    rows, notes = merge_rows(made)
    assert bool(notes) == (marks[0] != marks[1])
    assert rows.facts.height == 1
