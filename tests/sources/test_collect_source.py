import contextlib
from typing import NamedTuple

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.problems import Problem, Problems
from labelassemble.sources.read import collect_source, find_source_images, read_source
from labelassemble.sources.remarks.remark import remark_on

MANIFEST = {
    "name": "mine",
    "table": {
        "file": "labels.csv",
        "image": "image",
        "patient": "person",
        "age": "age",
        "sex": "sex",
        "reader": "who",
    },
    "labels": {"encoding": "delimited_list", "column": "found"},
    "scope": {"terms": ["Mass", "Edema"], "no_finding": ["None"], "ignore": [""]},
    "split": {"column": "set"},
}
CELLS = {
    "image": ["a", "b", "c", ""],
    "person": ["p", "q", ""],
    "age": ["3", "x", ""],
    "sex": ["M", "?", "X"],
    "who": ["R1", "R2"],
    "found": ["Mass", "Edema|Mass", "None", "None|Mass", "Foo", ""],
    "set": ["train", "test", "holdout", ""],
}
ROWS = st.lists(
    st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())), min_size=1, max_size=5
)


class Reading(NamedTuple):
    table: LabelTable | None
    notes: list[Problem]


def read(folder, manifest, **settings):
    source = SourceSettings(
        name="mine", manifest="m", folder=folder, **{"missing_images": "keep", **settings}
    )
    problems, files = Problems(), find_source_images(source, manifest)
    table = collect_source(source, manifest, problems, files=files)
    if table is not None:
        remark_on(table, manifest, files, problems)
    return source, Reading(table, problems.noted)


def kinds(reading):
    return {note.kind for note in reading.notes}


@settings(max_examples=60)
@given(rows=ROWS, cut=st.booleans())
def test_problems_are_found_exactly_where_the_strict_reading_stops(tmp_path_factory, rows, cut):
    folder = tmp_path_factory.getbasetemp() / "leniently"
    folder.mkdir(exist_ok=True)
    lines = [",".join(CELLS), *(",".join(row) for row in rows)]
    if cut:
        lines.append("d,p")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    manifest = Manifest.model_validate(MANIFEST)
    source, reading = read(folder, manifest)
    strict = None
    with contextlib.suppress(SourceError):
        strict = read_source(source, manifest)
    assert ("problem" in kinds(reading)) == (strict is None)
    if strict is not None:
        assert reading.table is not None
        assert reading.table.images.equals(strict.images)
        assert (reading.table.assessments.state == strict.assessments.state).all()
        assert reading.table.joined_rows == strict.joined_rows
        assert reading.table.excluded["rows"].sum() == strict.excluded["rows"].sum()


def test_no_row_is_lost_on_the_way(tmp_path):
    text = "image,found\n" + "".join(f"{n},{w}\n" for n, w in zip("abbcd", "xMMNM", strict=True))
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    made = {**MANIFEST, "table": {"file": "labels.csv"}, "split": {}}
    made["scope"] = {"terms": ["M"], "no_finding": ["N"]}
    _, reading = read(tmp_path, Manifest.model_validate(made))
    table = reading.table
    rows = table.images.height + table.joined_rows + table.excluded["rows"].sum()
    assert rows == 5


def test_what_cannot_be_read_at_all(tmp_path):
    manifest = Manifest.model_validate(MANIFEST)
    _, reading = read(tmp_path, manifest)
    assert reading.table is None
    (tmp_path / "labels.csv").write_text("file\na\n", encoding="utf-8")
    assert read(tmp_path, manifest)[1].table is None
    (tmp_path / "labels.csv").write_text("image,person,age,sex,who,found,set\n", encoding="utf-8")
    _, reading = read(tmp_path, manifest)
    assert reading.table is None
    assert "nothing below it" in str(reading.notes[0])


def test_a_missing_column_of_patients_is_told_once(tmp_path):
    text = "image,age,sex,who,found,set\na,3,M,R1,Mass,train\n"
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    _, reading = read(tmp_path, Manifest.model_validate(MANIFEST))
    told = [note.what for note in reading.notes]
    assert any(one.startswith("no column 'person' (table.patient) in labels.csv") for one in told)
    assert not any(one.startswith("no patient is named") for one in told)


def test_readers_subsets_and_boxes(tmp_path):
    text = "image,person,age,sex,who,found,set\na,p,3,M,R1,Mass,train\n"
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    (tmp_path / "boxes.csv").write_text("image,x,y,w,h\na,5,5,99,9\nz,1,1,1,1\n", encoding="utf-8")
    box = {"image": "image", "term": "Mass", "box": ["x", "y", "w", "h"], "frame": [64, 64]}
    made = {
        **MANIFEST,
        "subsets": [{"where": {"image": ["z*"]}, "terms": ["Mass"]}],
        "boxes": {"file": "boxes.csv", **box},
    }
    made["scope"] = {**made["scope"], "by_reader": {"R2": ["Mass"]}}
    _, reading = read(tmp_path, Manifest.model_validate(made))
    told = [note.what for note in reading.notes]
    assert "the subset of image = z* holds no row" in told
    assert "the reader 'R2' of scope.by_reader read nothing" in told
    assert "1 box leaves the frame of 64 x 64 pixels" in told
    assert "1 row left out: a box on an image that the table does not hold" in told
    assert reading.table.boxes.height == 1


def test_arrays_name_their_own_files(tmp_path):
    arrays = {
        "train_images": np.zeros((3, 4, 4), np.uint8),
        "train_labels": np.array([[0], [1], [0]]),
    }
    np.savez(tmp_path / "a.npz", **arrays)
    labels = {"encoding": "npz_arrays", "file": "a.npz", "classes": ["Mass", "None"]}
    made = {"name": "mine", "labels": labels, "scope": {"no_finding": ["None"]}}
    _, reading = read(tmp_path, Manifest.model_validate(made), missing_images="error")
    assert kinds(reading) == {"remark"}
    assert reading.table.images["path"].null_count() == 0


def test_real_sources_are_read_as_the_strict_reading_does(real_data):
    for name, folder in (("kermany_pneumonia", "kermany"), ("covid_chestxray", "covid_chestxray")):
        manifest = load_manifest(name)
        source, reading = read(real_data / folder, manifest, missing_images="exclude")
        strict = read_source(source, manifest)
        assert reading.table is not None
        assert reading.table.images.equals(strict.images)
        assert (reading.table.assessments.state == strict.assessments.state).all()
        assert isinstance(reading.table.excluded, pl.DataFrame)
        assert kinds(reading) == {"remark"}
