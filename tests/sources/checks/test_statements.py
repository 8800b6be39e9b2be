from pathlib import Path

import cv2
import numpy as np

from labelassemble.errors import SourceError
from labelassemble.sources.checks.statements import check_statements
from labelassemble.sources.encodings import registry
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.encodings.mask_values import list_cases
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.rows import make_rows
from labelassemble.sources.verdicts import NEGATIVE, POSITIVE

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
    files = find_image_files(folder, None)
    rows = list_cases(files.names, manifest.labels)
    return check_statements(rows, manifest, files, masks)


def test_sound_masks(tmp_path):
    checked = check(tmp_path, {"a": 0, "b": 1})
    assert checked.notes == ()
    assert checked.stated.state.tolist() == [[NEGATIVE], [POSITIVE]]


def test_all_masks_that_cannot_be_understood_are_told_by_kind(tmp_path):
    checked = check(tmp_path, {"a": 0, "b": None, "c": 7, "d": 1, "e": 9, "f": None})
    assert [note.count for note in checked.notes] == [2, 2]
    assert "(images/b.png, images/f.png)" in checked.notes[0].what
    assert "voxel values" in checked.notes[1].what
    assert checked.notes[1].example == "7"
    assert checked.rows.facts["image"].to_list() == ["images/a.png", "images/d.png"]
    assert checked.stated.state.tolist() == [[NEGATIVE], [POSITIVE]]


def test_no_mask_can_be_read(tmp_path):
    checked = check(tmp_path, {"a": 7, "b": 8})
    assert len(checked.notes) == 1
    assert checked.rows.facts.is_empty()
    assert checked.stated.columns == ()


def test_of_many_masks_some_are_opened(tmp_path):
    checked = check(tmp_path, {str(number): number % 2 for number in range(9)}, masks=3)
    assert [note.what for note in checked.notes] == ["masks of 3 of 9 images were opened"]
    assert checked.rows.facts["image"].to_list() == [f"images/{at}.png" for at in (0, 4, 8)]


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
    return check_statements(rows, manifest, find_image_files(Path("nowhere"), None), 50)


def test_words_values_and_masks_with_and_without():
    words = {"encoding": "delimited_list", "column": "c"}
    checked = check_rows(words, {"terms": ["Mass"]}, c=["Mass", "Foo"])
    assert len(checked.notes) == 1
    assert checked.stated.state.tolist() == [[POSITIVE], [0]]
    values = {"encoding": "finding_columns", "columns": ["c"], "values": {"1": "positive"}}
    checked = check_rows(values, c=["1", "2"])
    assert len(checked.notes) == 1
    runs = {"encoding": "run_length_rows", "term": "Mass", "column": "c", "shape": [4, 4]}
    checked = check_rows(runs, words=["mask", "mask\nnone", "none"])
    assert checked.notes[0].what == "1 image with a mask on one row and '-1' on another"
    assert checked.stated.state.tolist() == [[POSITIVE], [NEGATIVE]]
    assert checked.rows.left_out.height == 1


def test_what_no_check_foresees_is_told_too(monkeypatch):
    def fail(*_):
        raise SourceError("x", "y", "z")

    monkeypatch.setitem(registry.STATE, DelimitedList, fail)
    words = {"encoding": "delimited_list", "column": "c"}
    checked = check_rows(words, {"terms": ["Mass"]}, c=["Mass"])
    assert [str(note) for note in checked.notes] == ["Expected x, got y. z."]
    assert checked.stated.columns == ()
