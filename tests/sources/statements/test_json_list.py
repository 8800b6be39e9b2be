import json

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.encodings.json_list import JsonList
from labelassemble.sources.gather_rows import gather_listed
from labelassemble.sources.label_files.read_json_list import read_json_list
from labelassemble.sources.problems import NothingLeftError, Problems
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.json_list import state_json_list

SCOPE = Scope(terms=("Mass", "Edema", "Hernia"))
LISTED = [
    {"name": "a.png", "found": ["Mass", "Mass", "Edema"],
     "at": [[1, 2, 9, 8], [3, 4, 7, 9], [0, 0, 5, 5]]},
    {"name": "b.png", "found": [], "at": []},
    {"name": "c.png", "found": ["Edema"], "at": [[2, 2, 4, 4]]},
]  # fmt: skip


def labels(**changes):
    keys = {"file": "*.json", "image": "name", "findings": "found", "boxes": "at", **changes}
    return JsonList.model_validate({"encoding": "json_list", **keys})


def write(tmp_path, content=LISTED, name="list.json"):
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / name).write_text(text)
    return tmp_path


def read(folder, how, problems=None):
    problems = problems or Problems(at_once=True)
    rows, inputs = read_json_list(folder, how, problems)
    gathered = gather_listed(rows, how, problems)
    return gathered, state_json_list(gathered, how, SCOPE, problems), inputs


def test_findings_are_positive_the_rest_of_the_scope_is_negative(tmp_path):
    rows, stated, inputs = read(write(tmp_path), labels())
    assert rows.facts["image"].to_list() == ["a.png", "b.png", "c.png"]
    assert rows.facts["file"].to_list() == ["list.json"] * 3
    assert stated.columns == SCOPE.terms
    assert stated.state.tolist() == [[3, 3, 1], [1, 1, 1], [1, 3, 1]]
    boxes = rows.boxes.select("image", "term", "x_min", "y_min", "x_max", "y_max").rows()
    assert boxes == [
        ("a.png", "Mass", 1.0, 2.0, 9.0, 8.0),
        ("a.png", "Mass", 3.0, 4.0, 7.0, 9.0),
        ("a.png", "Edema", 0.0, 0.0, 5.0, 5.0),
        ("c.png", "Edema", 2.0, 2.0, 4.0, 4.0),
    ]
    assert [(one.path, one.rows) for one in inputs] == [("list.json", 5)]


def test_other_forms_of_the_same(tmp_path):
    whole = read(write(tmp_path), labels())[1].state.tolist()
    lines = "\n".join(json.dumps(one) for one in LISTED)
    assert read(write(tmp_path, lines), labels())[1].state.tolist() == whole
    under = {"about": "x", "images": LISTED}
    assert read(write(tmp_path, under), labels(under="images"))[1].state.tolist() == whole
    one_word = [{"name": 7, "found": "Mass"}, {"name": "8", "found": None}]
    rows, stated, _ = read(write(tmp_path, one_word), labels(boxes=None))
    assert rows.facts["image"].to_list() == ["7", "8"]
    assert stated.state.tolist() == [[3, 1, 1], [1, 1, 1]]


def test_boxes_are_read_as_the_manifest_says(tmp_path):
    rows, _, _ = read(write(tmp_path), labels(format="corner_size", frame=(64, 32)))
    first = rows.boxes.row(0, named=True)
    assert [first[one] for one in ("x_max", "y_max")] == [10.0, 10.0]
    assert [first[one] for one in ("frame_width", "frame_height")] == [64, 32]


def test_patients_by_key_or_by_pattern(tmp_path):
    people = [{**one, "who": f"p{place}"} for place, one in enumerate(LISTED)]
    rows, _, _ = read(write(tmp_path, people), labels(patient="who"))
    assert rows.facts["patient"].to_list() == ["p0", "p1", "p2"]
    rows, _, _ = read(write(tmp_path), labels(patient_pattern=r"(?P<patient>\w)\.png"))
    assert rows.facts["patient"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[{]", "JSON at"),
        ("", "an empty list"),
        ("[]", "an empty list"),
        ('{"images": []}', "a list of objects"),
        ("[1, 2]", "a list of objects"),
        ('[{"name": "a.png"}]', "object 1 without 'found', 'at'"),
    ],
)
def test_files_that_are_no_such_list(tmp_path, content, told):
    with pytest.raises(SourceError, match=told):
        read(write(tmp_path, content), labels())
    with pytest.raises(NothingLeftError):
        read_json_list(write(tmp_path, content), labels(), Problems())


def test_boxes_that_cannot_be_read_are_told_and_the_rest_is_kept(tmp_path):
    odd = [
        {"name": "a.png", "found": ["Mass"], "at": [[1, 2, 3]]},
        {"name": "b.png", "found": ["Mass", "Edema"], "at": [[1, 2, 3, 4]]},
        {"name": "c.png", "found": ["Mass"], "at": [[9, 2, 3, 4]]},
        {"name": "d.png", "found": ["Hernia"], "at": [[1, 2, 3, 4]]},
    ]
    problems = Problems()
    rows, stated, _ = read(write(tmp_path, odd), labels(), problems)
    told = " ".join(map(str, problems.noted))
    for part in ("a part of a box's numbers", "other numbers of both", "has no area"):
        assert part in told
    assert rows.facts["image"].to_list() == ["b.png", "d.png"]
    assert stated.state.tolist() == [[3, 3, 1], [1, 1, 3]]
    assert rows.boxes["image"].to_list() == ["d.png"]


def test_an_empty_list_may_say_nothing(tmp_path):
    rows, _, _ = read(write(tmp_path), labels())
    scope = Scope(terms=("Mass", "Edema"), ignore=("",))
    stated = state_json_list(rows, labels(), scope)
    assert stated.state.tolist() == [[3, 3], [0, 0], [1, 3]]
