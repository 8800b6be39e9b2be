from dataclasses import replace

import polars as pl
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.list_rows import list_rows
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.repeated_rows import merge_repeated
from labelassemble.sources.rows import make_rows
from labelassemble.sources.statements.registry import GATHER

WORDS = {"encoding": "delimited_list", "column": "found"}


def manifest(table=None, labels=None, terms=("Mass",), **others):
    layout = {"file": "labels.csv", "image": "image", **(table or {})}
    made = {"name": "mine", "table": layout, "labels": labels or WORDS, **others}
    return Manifest.model_validate(made | ({"scope": {"terms": terms}} if terms else {}))


def check(folder, made, text=None):
    if text is not None:
        (folder / "labels.csv").write_text(text, encoding="utf-8")
    settings = SourceSettings(name="mine", manifest="m.toml", folder=folder)
    problems, files = Problems(), find_image_files(folder, None)
    listed = problems.attempt(lambda: list_rows(settings, made, files, problems))
    return listed, problems.noted


def gather_rows(rows, made):
    problems = Problems()
    return GATHER[type(made.labels)](rows, made.labels, problems), problems.noted


def merge_rows(rows):
    problems = Problems()
    return merge_repeated(rows, problems), problems.noted


def told(notes):
    return [note.what for note in notes]


def test_sound_rows(tmp_path):
    listed, notes = check(tmp_path, manifest(), "image,found\na,Mass\n")
    assert notes == []
    assert listed.rows.facts["image"].to_list() == ["a"]


def test_odd_rows_are_told_and_the_others_read(tmp_path):
    listed, notes = check(tmp_path, manifest(), "image,found\na,Mass\nb\n,Mass\n")
    assert len(notes) == 2
    assert listed.rows.facts["image"].to_list() == ["a"]


def test_where_no_row_is_sound(tmp_path):
    listed, notes = check(tmp_path, manifest(), "image,found\nb\n")
    assert listed is None
    assert told(notes)[1] == "a header and nothing below it that could be read"


def test_a_filter_that_keeps_nothing_is_told_and_left_away(tmp_path):
    made = manifest({"keep": {"found": ["Edema"]}})
    listed, notes = check(tmp_path, made, "image,found\na,Mass\n")
    assert "none of 1: column 'found' is 'Mass'" in told(notes)[0]
    assert listed.rows.facts.height == 1


def test_a_join_that_contradicts_itself_is_told_and_left_away(tmp_path):
    (tmp_path / "j.csv").write_text("image,view\na,PA\na,AP\n", encoding="utf-8")
    made = manifest({"view": "view", "join": [{"file": "j.csv", "on": "image"}]})
    listed, notes = check(tmp_path, made, "image,found\na,Mass\n")
    assert len(notes) == 1
    assert "view is 'PA' and 'AP'" in told(notes)[0]
    assert listed.rows.cells["found"].to_list() == ["Mass"]
    assert listed.rows.facts["view"].to_list() == ["PA"]  # the first counts


def test_a_patient_that_the_pattern_does_not_find_is_told(tmp_path):
    made = manifest({"patient_pattern": r"^p(?P<patient>\d+)"})
    listed, notes = check(tmp_path, made, "image,found\np1_a,Mass\nx,Mass\n")
    assert "none in 1 different name of the image, such as x" in told(notes)[0]
    assert listed.rows.facts["patient"].to_list() == ["1", ""]
    column = manifest({"patient": "found", "patient_pattern": r"(?P<patient>M)"})
    assert check(tmp_path, column)[0].rows.facts["patient"].to_list() == ["M", "M"]


def test_files_that_no_pattern_matches_are_told(tmp_path):
    for name in ("a/1.png", "a/2.png", "x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    labels = {"encoding": "folder_names", "patterns": ["(?P<term>a)/.*"]}
    made = Manifest.model_validate({"name": "m", "labels": labels, "scope": {"terms": ["a"]}})
    listed, notes = check(tmp_path, made)
    assert told(notes) == ["1 image file of 3 that no pattern of labels.patterns matches"]
    assert listed.rows.facts["image"].to_list() == ["a/1.png", "a/2.png"]


def test_what_cannot_be_listed_at_all(tmp_path):
    assert check(tmp_path, manifest())[0] is None
    listed, notes = check(tmp_path, Manifest(name="m"))
    assert listed is None
    assert "image files below" in told(notes)[0]


BOXES = {"encoding": "box_rows", "column": "what", "box": ["x", "y", "w", "h"]}


def boxes(*rows):
    columns = {name: [row[at] for row in rows] for at, name in enumerate("xywh")}
    images = [str(number) for number in range(len(rows))]
    return make_rows(images, **columns, what=["Mass"] * len(rows))


def test_boxes_that_cannot_be_read_are_told_by_kind():
    made = boxes("1234", ("1", "", "1", "1"), ("1", "a", "1", "1"), "1100", ("", "", "", ""))
    rows, notes = gather_rows(made, manifest(labels=BOXES))
    assert told(notes) == [
        "1 row with a part of a box's numbers",
        "1 row with text in a box's numbers",
        "1 row with a box that, read as corner_size, has no area",
    ]
    assert [note.example for note in notes] == ["1", "2", "3"]
    assert rows.facts["image"].to_list() == ["0", "4"]
    assert rows.boxes.height == 1
    corners = manifest(labels={**BOXES, "format": "corners"})
    _, notes = gather_rows(boxes("1234", "3214"), corners)
    assert told(notes) == ["1 row with a box that, read as corners, has no area"]


def test_run_lengths_that_cannot_be_read_are_told():
    labels = {"encoding": "run_length_rows", "term": "Mass", "column": "c", "shape": [4, 4]}
    made = make_rows(["a", "b", "c", "d"], c=["0 3", "1", "12 9", "-1"])
    rows, notes = gather_rows(made, manifest(labels=labels, terms=None))
    assert told(notes) == [
        "1 row of column 'c' that are no such pairs",
        "1 row of column 'c' whose runs leave 4 x 4 pixels",
    ]
    assert [note.example for note in notes] == ["'1', on b", "'12 9', on c"]
    assert rows.facts["image"].to_list() == ["a", "d"]


def test_rows_that_contradict_each_other_are_told_and_the_first_kept():
    made = make_rows(["b", "a", "b", "a"], found=["Mass", "Edema", "Edema", "Edema"])
    rows, notes = merge_rows(made)
    assert len(notes) == 1
    assert "1 image whose rows differ, such as b" in told(notes)[0]
    assert rows.facts["image"].to_list() == ["a", "b"]
    assert rows.cells["found"].to_list() == ["Edema", "Mass"]
    assert rows.count.sum() + rows.excluded["rows"].sum() == 4


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
