import json
import os
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from labelassemble.assembly.assembled_table import FRAMES, fits_columns
from labelassemble.assembly.table_folder import (
    DESCRIPTION,
    FORMAT,
    find_table,
    read_assembled,
    read_saved,
    write_table,
)
from labelassemble.errors import AssemblyError
from labelassemble.settings import Recipe
from labelassemble.storage.sums import SUMS

RECIPE = {"output": "out", "sources": [{"name": "a", "manifest": "a", "folder": "a"}]}

FILES = sorted([DESCRIPTION, *(f"{name}.parquet" for name in FRAMES)])


def write_without_sums(table, folder):
    """As an earlier version did."""
    write_table(table, folder)
    (folder / SUMS).unlink()


def test_what_is_written_is_read(two_hospitals, tmp_path):
    write_table(two_hospitals, tmp_path / "deep" / "assembled")
    again = read_assembled(tmp_path / "deep" / "assembled")
    for name in FRAMES:
        frame = getattr(again, name)
        assert_frame_equal(frame, getattr(two_hospitals, name))
        assert fits_columns(frame, name)
    assert again.classes == two_hospitals.classes == ("mass", "hernia")
    assert again.scopes == two_hospitals.scopes
    assert again.manifest == json.loads(json.dumps(two_hospitals.manifest))


def test_the_same_table_gives_the_same_bytes(two_hospitals, tmp_path):
    for name in ("one", "two"):
        write_table(two_hospitals, tmp_path / name)
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_former_table_is_replaced_and_nothing_stays_beside_it(two_hospitals, tmp_path):
    folder = tmp_path / "assembled"
    write_table(two_hospitals, folder)
    write_table(replace(two_hospitals, classes=("mass",)), folder)
    assert read_assembled(folder).classes == ("mass",)
    assert sorted(entry.name for entry in folder.iterdir()) == [*FILES, SUMS]
    assert [entry.name for entry in tmp_path.iterdir()] == ["assembled"]


def test_a_failed_write_leaves_the_former_table(two_hospitals, tmp_path):
    folder = tmp_path / "assembled"
    write_table(two_hospitals, folder)
    with pytest.raises(ValueError, match="JSON"):
        write_table(replace(two_hospitals, manifest={"score": float("nan")}), folder)
    assert read_assembled(folder).manifest["records"] == 35
    assert [entry.name for entry in tmp_path.iterdir()] == ["assembled"]


@pytest.mark.parametrize("place", ["file", "folder"])
def test_writing_never_removes_what_is_not_a_table(two_hospitals, tmp_path, place):
    folder = tmp_path / "results"
    if place == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "thesis.txt").write_text("mine")
    with pytest.raises(AssemblyError) as caught:
        write_table(two_hospitals, folder)
    assert caught.value.got in (f"a file at {folder}", f"{folder} also holds thesis.txt")
    assert (folder if place == "file" else folder / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(two_hospitals, tmp_path, file):
    write_table(two_hospitals, tmp_path / "assembled")
    (tmp_path / "assembled" / file).unlink()
    with pytest.raises(AssemblyError) as caught:
        read_assembled(tmp_path / "assembled")
    assert file in caught.value.expected
    assert "No such file" in caught.value.got


@pytest.mark.parametrize(
    ("file", "content", "got"),
    [
        ("cells.parquet", b"", "not a Parquet file"),
        ("cells.parquet", b"PAR1 and then nothing", "not a Parquet file"),
        (DESCRIPTION, b"{", "JSONDecodeError"),
        (DESCRIPTION, b"[]", "TypeError"),
        (DESCRIPTION, b"{}", "KeyError: 'format'"),
        (DESCRIPTION, b'{"format": 9}', "format 9, of another version"),
        (DESCRIPTION, b'{"format": 4, "classes": [], "scopes": []}', "AttributeError"),
        (
            DESCRIPTION,
            b'{"format": 4, "classes": [], "scopes": {}, "legends": {"a": 1}}',
            "ValidationError: 1 validation error for MaskLegend",
        ),
        (DESCRIPTION, b"\xff", "UnicodeDecodeError"),
    ],
)
def test_a_damaged_file_is_named(two_hospitals, tmp_path, file, content, got):
    write_without_sums(two_hospitals, tmp_path / "assembled")
    (tmp_path / "assembled" / file).write_bytes(content)
    with pytest.raises(AssemblyError) as caught:
        read_assembled(tmp_path / "assembled")
    assert got in caught.value.got
    assert file in caught.value.expected


def test_a_table_of_an_older_version_is_to_be_assembled_again(two_hospitals, tmp_path):
    folder = tmp_path / "assembled"
    write_without_sums(two_hospitals, folder)
    (folder / "masks.parquet").unlink()
    text = (folder / DESCRIPTION).read_text().replace(f'"format": {FORMAT}', '"format": 2')
    (folder / DESCRIPTION).write_text(text)
    with pytest.raises(AssemblyError) as caught:
        read_assembled(folder)
    assert caught.value.expected.endswith(f"{DESCRIPTION} (format {FORMAT})")
    assert caught.value.got == "format 2, of another version"
    assert "Assemble again" in caught.value.do
    write_table(two_hospitals, folder)
    assert read_assembled(folder).records.height == two_hospitals.records.height


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("at", [0.01, 0.5, 0.99])
def test_every_changed_bit_is_told(two_hospitals, tmp_path, file, at):
    write_table(two_hospitals, tmp_path / "assembled")
    place = tmp_path / "assembled" / file
    data = bytearray(place.read_bytes())
    data[int(at * len(data))] ^= 1
    place.write_bytes(data)
    with pytest.raises(AssemblyError, match="other bytes than were written") as caught:
        read_assembled(tmp_path / "assembled")
    assert str(place) in caught.value.expected
    assert "labelassemble assemble" in caught.value.do


def test_a_table_and_its_settings_are_of_one_writing(two_hospitals, tmp_path):
    folder = tmp_path / "assembled"
    recipe = Recipe.model_validate({**RECIPE, "name": "first"})
    write_table(two_hospitals, folder, recipe)
    assert read_saved(folder).settings == recipe.model_dump(mode="json")
    write_table(two_hospitals, folder, recipe.model_copy(update={"name": "second"}))
    assert read_saved(folder).settings["name"] == "second"
    write_table(two_hospitals, folder)
    assert read_saved(folder).settings == {}
    (tmp_path / "settings.json").write_text('{"name": "before"}')
    assert read_saved(folder).settings == {"name": "before"}


def test_other_columns_are_an_error(two_hospitals, tmp_path):
    write_without_sums(two_hospitals, tmp_path / "assembled")
    pl.DataFrame({"record": [1]}).write_parquet(tmp_path / "assembled" / "members.parquet")
    with pytest.raises(AssemblyError, match="columns record"):
        read_assembled(tmp_path / "assembled")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(two_hospitals, tmp_path):
    write_table(two_hospitals, tmp_path / "assembled")
    (tmp_path / "assembled" / "cells.parquet").chmod(0)
    with pytest.raises(AssemblyError, match="Permission denied"):
        read_assembled(tmp_path / "assembled")


def test_the_table_is_found_in_its_folder_or_in_the_output(tmp_path):
    with pytest.raises(AssemblyError, match="no such folder"):
        find_table(tmp_path / "none")
    with pytest.raises(AssemblyError, match=r"no assembled\.json"):
        find_table(tmp_path)
    (tmp_path / "assembled").mkdir()
    (tmp_path / "assembled" / "assembled.json").write_text("{}")
    assert find_table(tmp_path) == find_table(tmp_path / "assembled") == tmp_path / "assembled"
