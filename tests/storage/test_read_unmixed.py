"""Files of one folder are read all of one writing, and as they were written."""

import subprocess
import sys
from pathlib import Path

import pytest

from labelassemble.storage.read_unmixed import read_unmixed
from labelassemble.storage.sums import SUMS, ChangedFileError, write_sums
from labelassemble.storage.write_aside import write_folder_aside

NAMES = tuple("abcde")


def write(folder: Path, text: str) -> None:
    with write_folder_aside(folder, replace=True) as aside:
        for name in NAMES:
            (aside / name).write_text(text * 5000)
        write_sums(aside)


def test_every_changed_byte_is_told_with_the_file(tmp_path: Path) -> None:
    write(tmp_path / "table", "x")
    whole = read_unmixed(tmp_path / "table", NAMES)
    assert whole == dict.fromkeys(NAMES, b"x" * 5000)
    place = tmp_path / "table" / "c"
    for data in (b"x" * 4999, b"", b"x" * 4999 + b"y", b"x" * 5001):
        place.write_bytes(data)
        with pytest.raises(ChangedFileError) as caught:
            read_unmixed(tmp_path / "table", NAMES)
        assert caught.value.filename == str(place)
        assert "other bytes than were written" in str(caught.value)
    place.unlink()
    with pytest.raises(ChangedFileError, match="No such file"):
        read_unmixed(tmp_path / "table", NAMES)
    assert read_unmixed(tmp_path / "table", ("a",)) == {"a": b"x" * 5000}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sha256": []}', "\x00"])
def test_damaged_sums_are_told(tmp_path: Path, text: str) -> None:
    write(tmp_path / "table", "x")
    (tmp_path / "table" / SUMS).write_text(text)
    with pytest.raises(ChangedFileError, match="no checksums"):
        read_unmixed(tmp_path / "table", NAMES)


def test_a_folder_of_an_earlier_version_has_no_sums(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert read_unmixed(tmp_path, NAMES) == {"a": b"x"}
    assert read_unmixed(tmp_path / "none", NAMES) == {}


def test_a_folder_that_was_taken_away_is_put_back(tmp_path: Path) -> None:
    write(tmp_path / "table", "x")
    (tmp_path / "table").rename(tmp_path / ".table.former")
    assert read_unmixed(tmp_path / "table", NAMES) == dict.fromkeys(NAMES, b"x" * 5000)
    assert [path.name for path in tmp_path.iterdir()] == ["table"]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_read_unmixed import write
print("begun", flush=True)
for turn in range(60):
    write(Path(sys.argv[1]), "xy"[turn % 2])
"""


def test_no_reading_mixes_two_writings(tmp_path: Path) -> None:
    folder = tmp_path / "table"
    write(folder, "x")
    words = [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parent)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        seen = set()
        while process.poll() is None:
            whole = read_unmixed(folder, NAMES)
            seen.add("".join(sorted({data[:1].decode() for data in whole.values()})))
            assert len(whole) == len(NAMES)
    assert process.returncode == 0
    assert seen == {"x", "y"}
