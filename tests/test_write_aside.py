import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.code_files import CODE_FILES

from labelassemble.storage.write_aside import (
    find_former,
    forget_asides,
    name_aside,
    write_aside,
    write_folder_aside,
    write_text,
)


def fail_half_way(path: Path, locked: bool) -> None:
    with write_aside(path, locked) as aside:
        aside.write_text("sec")
        raise OSError("disk full")


@pytest.mark.parametrize("locked", [False, True])
def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, locked: bool) -> None:
    path = tmp_path / "volume.nii.gz"
    with write_aside(path, locked) as aside:
        assert aside.parent == tmp_path
        assert aside.name.startswith(".")
        assert aside.name.endswith(".nii.gz")
        aside.write_text("first")
        assert not path.exists()
    with pytest.raises(OSError, match="disk full"):
        fail_half_way(path, locked)
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_is_written_over_under_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    with write_aside(path, locked=True) as left:
        left.write_text("half")
    left.write_text("half of another")
    with write_aside(path, locked=True) as aside:
        assert aside == left
        aside.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_text_keeps_its_signs_and_line_breaks(tmp_path: Path) -> None:
    write_text("é\n\r\n", tmp_path / "text.csv")
    assert (tmp_path / "text.csv").read_bytes() == b"\xc3\xa9\n\r\n"


def test_a_folder_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_text("x", tmp_path / "none" / "text.csv")
    assert list(tmp_path.iterdir()) == []


RENAMES = {
    *("labelassemble/storage/write_aside.py", "labelassemble/storage/sums.py"),
    *("labelassemble/storage/lay_out.py", "labelassemble/storage/fetch_object.py"),
    "labelassemble/sources/archives/unpack.py",
}
"""They rename: unpacking each of a million members, whose archive is still there; objects of a
store, which is still there, in a folder that may hold one called as our checksums are."""


def test_no_other_file_is_written_aside_by_hand() -> None:
    places = "aside|former|part|whole|folder|path|place|file|output|os|shutil"
    by_hand = {
        path.as_posix().rpartition("/src/")[2]
        for path in CODE_FILES
        if re.search(
            rf"\b({places})\.(replace|rename|renames|move)\((?!\")", path.read_text("utf-8")
        )
    }
    assert by_hand == RENAMES


def fail_in_folder(folder: Path, *, replace: bool) -> None:
    with write_folder_aside(folder, replace=replace) as aside:
        (aside / "one").write_text("sec")
        raise OSError("disk full")


@pytest.mark.parametrize("locked", [False, True])
def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path, locked: bool) -> None:
    folder = tmp_path / "deep" / "table"
    for text in ("first", "second"):
        with write_folder_aside(folder, replace=True, locked=locked) as aside:
            (aside / "in").mkdir()
            (aside / "in" / "one").write_text(text)
            assert [path.read_text() for path in folder.rglob("one")] == ["first"] * (
                text == "second"
            )
        assert (folder / "in" / "one").read_text() == text
    with pytest.raises(OSError, match="disk full"):
        fail_in_folder(folder, replace=True)
    assert (folder / "in" / "one").read_text() == "second"
    assert list(folder.parent.iterdir()) == [folder]


def test_a_folder_that_holds_files_is_replaced_where_that_is_asked_for_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine").mkdir()
    with write_folder_aside(tmp_path / "mine") as aside:
        (aside / "one").write_text("first")
    with pytest.raises(OSError, match="not empty"), write_folder_aside(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine" / "one").read_text() == "first"
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def test_what_dead_writers_left_is_forgotten(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "in").mkdir()
    left = tmp_path / "in" / f".{dead.pid}.scores.csv"
    mine = [name_aside(tmp_path / "a.csv"), tmp_path / ".1.5.csv", tmp_path / ".x.csv"]
    for path in (left, *mine):
        path.write_text("x")
    forget_asides(tmp_path / "in", "other.csv")
    assert left.exists()
    forget_asides(tmp_path / "in", "scores.csv")
    assert not left.exists()
    left.mkdir()
    forget_asides(tmp_path)
    assert not left.exists()
    assert all(path.exists() for path in mine)


def test_a_folder_that_a_killed_writer_took_away_is_put_back(tmp_path: Path) -> None:
    folder, former = tmp_path / "table", tmp_path / ".table.former"
    former.mkdir()
    (former / "one").write_text("first")
    find_former(folder)
    assert (folder / "one").read_text() == "first"
    former.mkdir()
    find_former(folder)
    assert (folder / "one").read_text() == "first"
    with write_folder_aside(folder, replace=True) as aside:
        (aside / "one").write_text("second")
    assert list(tmp_path.iterdir()) == [folder]
