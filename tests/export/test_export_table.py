"""From the folder of an assembled table to files that others read."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.table_folder import write_table
from labelassemble.errors import AssemblyError, BusyError, SettingsError
from labelassemble.pipeline.export_table import export_table
from labelassemble.storage.hold_folder import hold_output

FILES = {
    "csv": ["mine.csv", "mine.toml", "mine.csv.export.json"],
    "xrv": ["mine.npz", "mine.csv", "mine.npz.export.json"],
    "monai": ["mine.json", "mine.json.export.json"],
    "monai-folds": ["mine.json", "mine.json.export.json"],
}
IN_MEMORY = tuple(FILES)
"""Forms that look into no file; of the others each has a test of its own."""


@pytest.fixture
def folder(table, tmp_path):
    write_table(table, tmp_path / "assembled")
    return tmp_path / "assembled"


@pytest.mark.parametrize("form", IN_MEMORY)
def test_every_form_writes_its_files_and_says_so(folder, tmp_path, form):
    said = []
    written = export_table(folder, form, tmp_path / "out" / "mine", say=said.append)
    assert [path.name for path in written] == FILES[form]
    assert all(path.is_file() for path in written)
    assert all(str(path) in said[0] for path in written)
    assert "docs/exports.md" in said[0]


@pytest.mark.parametrize("form", IN_MEMORY)
def test_the_same_table_the_same_bytes(folder, tmp_path, form):
    first, second = (export_table(folder, form, tmp_path / name / "mine") for name in "ab")
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("form", IN_MEMORY)
def test_a_second_export_replaces_the_first(folder, tmp_path, form):
    export_table(folder, form, tmp_path / "mine")
    written = export_table(folder, form, tmp_path / "mine", splits=["test"])
    assert json.loads(written[-1].read_text())["records"] == 1


def test_the_record_tells_what_was_asked(folder, tmp_path):
    written = export_table(
        folder, "csv", tmp_path / "mine", splits=["test"], known_classes=True, base=Path("/files")
    )
    record = json.loads(written[-1].read_text())
    assert record["form"] == "csv"
    assert record["splits"] == ["test"]
    assert record["known_classes"] is True
    assert record["relative_paths"] is True
    assert record["classes"] == ["mass", "nodule"]
    assert "/files" not in written[-1].read_text()
    assert pl.read_csv(written[0])["path"].to_list() == ["nih/1.png"]


def test_images_excluded_are_told(folder, tmp_path):
    said = []
    export_table(folder, "monai", tmp_path / "mine", say=said.append)
    assert "Wrote 2 images, 3 classes" in said[0]
    assert "Left out 1 image: no image file" in said[0]


def test_the_extension_may_stand_there(folder, tmp_path):
    (npz, csv, _) = export_table(folder, "xrv", tmp_path / "v1.2.npz")
    assert (npz.name, csv.name) == ("v1.2.npz", "v1.2.csv")
    assert np.load(npz)["labels"].shape == (4, 3)
    assert export_table(folder, "csv", tmp_path / "v1.3")[0].name == "v1.3.csv"


def test_another_form_s_extension_is_refused(folder, tmp_path):
    with pytest.raises(SettingsError, match=r"an output file that ends in \.json"):
        export_table(folder, "monai", tmp_path / "mine.csv")


def test_two_forms_do_not_overwrite_each_other(folder, tmp_path):
    export_table(folder, "csv", tmp_path / "mine")
    with pytest.raises(SettingsError, match=r"mine\.csv: written by something else"):
        export_table(folder, "xrv", tmp_path / "mine")
    assert not (tmp_path / "mine.npz").exists()


def test_an_unknown_form_is_refused_and_the_names_are_listed(folder, tmp_path):
    with pytest.raises(SettingsError, match="known: csv, xrv, monai, monai-folds"):
        export_table(folder, "excel", tmp_path / "mine")


def test_the_table_s_own_folder_is_refused(folder):
    with pytest.raises(SettingsError, match="outside the table's own folder"):
        export_table(folder, "csv", folder / "mine")


def test_an_output_that_another_command_writes_is_refused(folder, tmp_path):
    with hold_output(tmp_path / "mine.csv", work="export"):
        with pytest.raises(BusyError, match=r"one export at a time to .*mine\.csv"):
            export_table(folder, "csv", tmp_path / "mine.csv")
        assert not (tmp_path / "mine.csv").exists()
    export_table(folder, "csv", tmp_path / "mine.csv")
    assert not [*tmp_path.glob("*.lock")]


def test_no_table_is_no_traceback(tmp_path):
    with pytest.raises(AssemblyError, match="the folder of an assembled table"):
        export_table(tmp_path / "none", "csv", tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []
