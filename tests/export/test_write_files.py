import json

import pytest

from labelassemble.errors import SettingsError
from labelassemble.export import write_files as module
from labelassemble.export.write_files import write_files

FILES = {"a.csv": b"one", "a.toml": b"two"}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_and_a_record(tmp_path):
    output = tmp_path / "new" / "a.csv"
    written = write_files(output, FILES, {"form": "csv"})
    assert [path.name for path in written] == ["a.csv", "a.toml", "a.csv.export.json"]
    assert output.read_bytes() == b"one"
    record = json.loads(written[-1].read_text())
    assert record["form"] == "csv"
    assert list(record["files"]) == list(FILES)
    assert "former" not in record
    assert names(output.parent) == ["a.csv", "a.csv.export.json", "a.toml"]


def test_own_files_are_replaced(tmp_path):
    write_files(tmp_path / "a.csv", FILES, {})
    write_files(tmp_path / "a.csv", {"a.csv": b"new", "a.toml": b"two"}, {})
    assert (tmp_path / "a.csv").read_bytes() == b"new"


def test_equal_files_do_not_stand_in_the_way(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"one")
    write_files(tmp_path / "a.csv", FILES, {})


@pytest.mark.parametrize("name", ["a.csv", "a.toml"])
def test_a_foreign_file_is_refused_and_nothing_is_written(tmp_path, name):
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(SettingsError, match=f"{name}: written by something else"):
        write_files(tmp_path / "a.csv", FILES, {})
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"mine"


def test_a_changed_file_is_refused(tmp_path):
    write_files(tmp_path / "a.csv", FILES, {})
    (tmp_path / "a.csv").write_bytes(b"one, with my notes")
    with pytest.raises(SettingsError, match="changed since"):
        write_files(tmp_path / "a.csv", FILES | {"a.csv": b"new"}, {})


def test_a_folder_in_the_way_is_refused(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(SettingsError, match=r"a\.csv: written by something else"):
        write_files(tmp_path / "a.csv", FILES, {})


@pytest.mark.parametrize("text", ["notes", "[]", '{"files": []}', '{"other": 1}'])
def test_a_foreign_record_is_refused(tmp_path, text):
    (tmp_path / "a.csv.export.json").write_text(text)
    with pytest.raises(SettingsError, match="the record of an export"):
        write_files(tmp_path / "a.csv", FILES, {})


def test_an_export_that_was_stopped_can_be_repeated(tmp_path, monkeypatch):
    write_files(tmp_path / "a.csv", FILES, {})
    new = {"a.csv": b"three", "a.toml": b"four"}
    replace = module.replace_file

    def stop(path, content):
        if path.name == "a.toml":
            raise KeyboardInterrupt
        replace(path, content)

    monkeypatch.setattr(module, "replace_file", stop)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path / "a.csv", new, {})
    monkeypatch.undo()
    assert (tmp_path / "a.toml").read_bytes() == b"two"
    write_files(tmp_path / "a.csv", {"a.csv": b"five", "a.toml": b"six"}, {})
    assert (tmp_path / "a.csv").read_bytes() == b"five"


def test_nothing_is_left_aside_when_writing_fails(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device", "a.csv")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(SettingsError, match=r"No space left on device: a\.csv"):
        write_files(tmp_path / "a.csv", FILES, {})
    assert names(tmp_path) == []


def test_a_file_where_a_folder_should_be_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="a folder that can be written to"):
        write_files(tmp_path / "file" / "a.csv", FILES, {})
