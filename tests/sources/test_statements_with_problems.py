import cv2
import numpy as np

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import collect_source
from labelassemble.sources.rows import make_rows
from labelassemble.sources.statements.registry import STATE

LABELS = {
    "encoding": "mask_values",
    "case": r"images/(?P<case>.+)\.png",
    "mask": "masks/{case}.png",
    "values": {"1": "Mass"},
}


def check(folder, values, masks=50):
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for case, value in values.items():
        cv2.imwrite(str(folder / "images" / f"{case}.png"), np.zeros((4, 4), np.uint8))
        if value is not None:
            cv2.imwrite(str(folder / "masks" / f"{case}.png"), np.full((4, 4), value, np.uint8))
    manifest = Manifest.model_validate({"name": "mine", "labels": LABELS})
    settings = SourceSettings(name="mine", manifest="m", folder=folder)
    problems, files = Problems(), find_image_files(folder, None)
    table = collect_source(settings, manifest, problems, files=files, masks=masks)
    return table, problems.noted


def test_sound_masks(tmp_path):
    table, notes = check(tmp_path, {"a": 0, "b": 1})
    assert [(note.kind, note.count) for note in notes] == [("remark", 1)]
    assert notes[0].what.startswith("masks of 1 of 2 images are empty")
    assert table.assessments.state.tolist() == [[NEGATIVE], [POSITIVE]]


def test_all_masks_that_cannot_be_understood_are_told_by_kind(tmp_path):
    table, notes = check(tmp_path, {"a": 0, "b": None, "c": 7, "d": 1, "e": 9, "f": None})
    assert [note.count for note in notes if note.kind == "problem"] == [2, 2]
    assert "(images/b.png, images/f.png)" in notes[0].what
    assert "voxel values" in notes[1].what
    assert notes[1].example == "7"
    assert table.images["image"].to_list() == ["images/a.png", "images/d.png"]
    assert table.assessments.state.tolist() == [[NEGATIVE], [POSITIVE]]


def test_no_mask_can_be_read(tmp_path):
    table, notes = check(tmp_path, {"a": 7, "b": 8})
    assert len(notes) == 1
    assert table.images.is_empty()


def test_of_many_masks_some_are_opened(tmp_path):
    table, notes = check(tmp_path, {str(number): number % 2 for number in range(9)}, masks=3)
    assert notes[0].what == "masks of 3 of 9 images were opened"
    assert table.images["image"].to_list() == [f"images/{at}.png" for at in (0, 4, 8)]


def check_rows(labels, scope=None, **cells):
    manifest = Manifest.model_validate(
        {
            "name": "mine",
            "table": {"file": "a.csv", "image": "image"},
            "labels": labels,
            "scope": scope or {},
        }
    )
    count = len(next(iter(cells.values())))
    rows = make_rows([str(number) for number in range(count)], **cells)
    problems = Problems()
    stated = STATE[type(manifest.labels)](rows, manifest.labels, manifest.scope, problems)
    return stated, problems.noted


def test_words_values_and_masks_with_and_without():
    words = {"encoding": "delimited_list", "column": "c"}
    stated, notes = check_rows(words, {"terms": ["Mass"]}, c=["Mass", "Foo"])
    assert len(notes) == 1
    assert stated.state.tolist() == [[POSITIVE], [0]]
    values = {"encoding": "finding_columns", "columns": ["c"], "values": {"1": "positive"}}
    stated, notes = check_rows(values, c=["1", "2"])
    assert len(notes) == 1
    runs = {"encoding": "run_length_rows", "term": "Mass", "column": "c", "shape": [4, 4]}
    stated, notes = check_rows(runs, words=["mask", "mask\nnone", "none"])
    assert notes[0].what == "1 image with a mask on one row and '-1' on another"
    assert stated.aside.is_null().to_list() == [True, False, True]
    assert stated.state[[0, 2]].tolist() == [[POSITIVE], [NEGATIVE]]


def test_what_no_step_foresees_is_told_too(monkeypatch, tmp_path):
    def fail(*_):
        raise SourceError("x", "y", "z")

    monkeypatch.setitem(STATE, DelimitedList, fail)
    (tmp_path / "a.csv").write_text("image,c\na,Mass\n", encoding="utf-8")
    words = {"encoding": "delimited_list", "column": "c"}
    layout = {"file": "a.csv", "image": "image"}
    made = {"name": "mine", "table": layout, "labels": words, "scope": {"terms": ["Mass"]}}
    settings = SourceSettings(name="mine", manifest="m", folder=tmp_path, missing_images="keep")
    problems = Problems()
    table = collect_source(settings, Manifest.model_validate(made), problems)
    assert [str(note) for note in problems.noted] == ["Expected x, got y. z."]
    assert table.assessments.columns == ()
