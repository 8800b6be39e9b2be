import contextlib
from typing import NamedTuple

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import Statements
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problem, Problems
from labelassemble.sources.rows import make_rows
from labelassemble.sources.statements.registry import STATE

ENCODINGS = {
    "list": {"encoding": "delimited_list", "column": "found"},
    "literal": {"encoding": "list_literal", "column": "found"},
    "path": {"encoding": "class_column", "column": "found", "path_separator": "/"},
    "class": {"encoding": "class_column", "column": "found"},
}
SCOPE = {
    "terms": ["Mass", "Edema", "Lung/Mass"],
    "no_finding": ["None"],
    "ignore": ["todo"],
    "positive_only": ["Cyst"],
    "uncertain": {"Mass?": "Mass"},
}


class Checked(NamedTuple):
    stated: Statements
    aside: list[str]
    notes: list[Problem]


def manifest(labels, **scope):
    table = {"file": "labels.csv", "image": "image"}
    made = {"name": "mine", "labels": labels, "scope": {**SCOPE, **scope}}
    return Manifest.model_validate(made | ({"table": table} if "column" in labels else {}))


def check(cells, kind="list", **scope):
    rows = make_rows([f"{number}.png" for number in range(len(cells))], found=cells)
    return check_words(rows, manifest(ENCODINGS[kind], **scope))


def check_words(rows, made):
    problems = Problems()
    stated = STATE[type(made.labels)](rows, made.labels, made.scope, problems)
    aside = [] if stated.aside is None else rows.facts["image"].filter(stated.aside.is_not_null())
    return Checked(stated, list(aside), problems.noted)


def told(checked):
    return [note.what for note in checked.notes]


def test_every_word_without_a_meaning_is_told_the_most_frequent_first():
    checked = check(["Mass|Edma", "Edma|Foo", "None", "todo", "", "Mass?", "Cyst"])
    assert told(checked) == [
        "the word 'Edma' in column 'found' has no meaning: 2 images; nearest: 'Edema'",
        "a blank cell in column 'found' has no meaning: 1 image",
        "the word 'Foo' in column 'found' has no meaning: 1 image",
    ]
    assert [note.count for note in checked.notes] == [2, 1, 1]
    assert checked.notes[0].example == "0.png"
    assert checked.aside == []
    assert checked.stated.state[4].tolist() == [0] * len(checked.stated.columns)


def test_nothing_beside_a_finding_is_told_and_taken_out():
    checked = check(["None|Mass", "Mass|None", "None|todo", "None"])
    assert told(checked) == [
        "'None' stands beside a finding in column 'found': 2 images, 'Mass|None', 'None|Mass'"
    ]
    assert checked.aside == ["0.png", "1.png"]
    allowed = check(["None|Mass", "todo"], beside_finding="set_aside")
    assert not any(note.kind == "problem" for note in allowed.notes)


def test_words_of_the_scope_that_stand_nowhere():
    checked = check(["Mass", "none"])
    assert told(checked) == [
        "the word 'none' in column 'found' has no meaning: 1 image; nearest: 'None'",
        "the word 'None' of scope.no_finding stands in no row; nearest: 'none'",
        "the word 'todo' of scope.ignore stands in no row",
    ]
    assert [note.kind for note in checked.notes] == ["problem", "remark", "remark"]


def test_cells_that_are_no_list():
    checked = check(["['Mass']", "[]", "Mass", "[1]", "['a'"], kind="literal")
    assert "3 images whose column 'found' is no list" in told(checked)[1]
    assert checked.aside == ["2.png", "3.png", "4.png"]


def test_steps_of_paths_are_known():
    checked = check(["Lung/Mass", "Lung", "Lung / Mass", "Lung/Edema"], kind="path")
    assert told(checked)[0].startswith("the word 'Lung/Edema' in column 'found'")
    assert sum(note.kind == "problem" for note in checked.notes) == 1


def test_words_of_files():
    labels = {"encoding": "xml_terms", "file": "*.xml", "terms": "major", "image": "image"}
    rows = make_rows(["a", "b", "c"], words=["Mass/left/big\nnormal", "Fracture/old", ""])
    checked = check_words(rows, manifest(labels, no_finding=["normal"]))
    assert told(checked) == [
        "a blank cell in major has no meaning: 1 image",
        "the word 'Fracture/old' in major has no meaning: 1 image",
        "'normal' stands beside a finding in major: 1 image, 'Mass/left/big + normal'",
        "the word 'todo' of scope.ignore stands in no row",
    ]
    coco = {"encoding": "coco_json", "file": "a.json"}
    rows = make_rows(["a", "b"], words=["Mass\nOther", ""])
    found = check_words(rows, manifest(coco, no_finding=[], ignore=[]))
    assert told(found) == ["the word 'Other' in annotations has no meaning: 1 image"]


def test_classes_of_arrays_are_their_own_scope():
    labels = {"encoding": "npz_arrays", "file": "a.npz", "classes": ["Mass", "x"], "several": True}
    made = Manifest.model_validate({"name": "mine", "labels": labels})
    assert check_words(make_rows(["a", "b"], words=["Mass\nx", ""]), made).notes == []


CELLS = st.lists(
    st.lists(st.sampled_from(["Mass", "Edema", "None", "todo", "Cyst", "Mass?", "Foo", ""])).map(
        "|".join
    ),
    min_size=1,
    max_size=6,
)


@given(cells=CELLS, kind=st.sampled_from(["list", "class", "path"]))
def test_it_finds_something_exactly_where_the_strict_reading_stops(cells, kind):
    rows = make_rows([str(number) for number in range(len(cells))], found=cells)
    made = manifest(ENCODINGS[kind])
    state = STATE[type(made.labels)]
    checked = check_words(rows, made)
    problems = [note for note in checked.notes if note.kind == "problem"]
    refused = True
    with contextlib.suppress(SourceError):
        state(rows, made.labels, made.scope)
        refused = False
    assert bool(problems) == refused
    kept = rows.exclude(
        pl.Series(["x" if image in checked.aside else None for image in rows.facts["image"]]).cast(
            pl.String
        )
    )
    assert check_words(kept, made).aside == []
