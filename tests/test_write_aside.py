import re
from pathlib import Path

import pytest
from tests.code_files import CODE_FILES

from labelassemble.write_aside import write_aside, write_text

FOLDERS = {
    "labelassemble/assembly/table_folder.py",
    "labelassemble/export/write_folder.py",
    "labelassemble/pipeline/export_model.py",
    "labelassemble_phantoms/abdominal_ct/hospitals.py",
    "labelassemble_phantoms/hospitals.py",
    "labelassemble/volumes/volume_cache.py",
}
"""They rename whole folders."""

ONE_NAME = {"labelassemble/training/checkpoint.py"}
"""Every process of a training gives Lightning the same name aside."""


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


def test_no_other_file_is_written_aside_by_hand() -> None:
    by_hand = {
        path.as_posix().rpartition("/src/")[2]
        for path in CODE_FILES
        if re.search(
            r"\baside\.(replace|rename)\(|\bos\.(replace|rename)\(", path.read_text("utf-8")
        )
    }
    assert by_hand == FOLDERS | ONE_NAME | {"labelassemble/write_aside.py"}
