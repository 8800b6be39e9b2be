from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.export.relative_paths import relative_paths


def test_paths_start_below_the_base(table):
    moved = relative_paths(table, Path("/files"))
    assert moved.records["path"].to_list() == ["nih/1.png", "nih/2.png", "rsna/a", None]
    assert moved.members["path"].to_list() == ["nih/1.png", "nih/2.png", "rsna/a", None]


def test_the_base_may_be_written_in_any_way(table, monkeypatch):
    monkeypatch.chdir("/")
    expected = relative_paths(table, Path("/files")).records
    assert relative_paths(table, Path("/other/../files/")).records.equals(expected)
    assert relative_paths(table, Path("files")).records.equals(expected)
    assert relative_paths(table, Path("/")).records["path"][0] == "files/nih/1.png"


def test_a_folder_whose_name_starts_alike_is_not_the_base(make_table):
    table = make_table(("mass",), {"a/1": ("+", {"path": "/files2/1.png"})})
    with pytest.raises(SettingsError, match=r"1 that are not, such as /files2/1\.png"):
        relative_paths(table, Path("/files"))


def test_members_elsewhere_keep_their_paths(make_table):
    other = {"record": "a/1", "source": "b", "image": "x", "path": "/else/x", "evidence": "table"}
    table = make_table(("mass",), {"a/1": "+"}, members=[other])
    moved = relative_paths(table, Path("/files"))
    assert moved.members["path"].to_list() == ["a/1", "/else/x"]
