"""Checksums are noted as files are written, and hold when they are read."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labelassemble.storage import sums
from labelassemble.storage.sums import (
    SUMS,
    ChangedFileError,
    begin_sums,
    hash_file,
    read_sums,
    verify,
)
from labelassemble.storage.write_aside import write_aside, write_text


def test_what_is_written_into_a_folder_with_sums_is_verified(tmp_path: Path) -> None:
    begin_sums(tmp_path)
    place = tmp_path / "scores.csv"
    for text in ("first", "second"):
        write_text(text, place)
        assert verify(place).read_text() == text
        assert read_sums(tmp_path).sha256 == {"scores.csv": hash_file(place)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scores.csv", SUMS]
    begin_sums(tmp_path)
    data = bytearray(place.read_bytes())
    for at in range(len(data)):
        for bit in range(8):
            data[at] ^= 1 << bit
            place.write_bytes(data)
            os.utime(place, ns=(0, 8 * at + bit))
            with pytest.raises(ChangedFileError) as caught:
                verify(place)
            assert caught.value.filename == str(place)
            data[at] ^= 1 << bit
    place.unlink()
    with pytest.raises(ChangedFileError, match="No such file"):
        verify(place)


def test_folders_without_sums_are_read_as_they_are(tmp_path: Path) -> None:
    write_text("mine", tmp_path / "mine.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]
    assert verify(tmp_path / "mine.csv").read_text() == "mine"
    (tmp_path / "before.csv").write_text("of an earlier version")
    begin_sums(tmp_path)
    assert verify(tmp_path / "before.csv").is_file()


def test_a_writer_that_was_killed_before_the_rename_leaves_a_file_that_holds(
    tmp_path: Path,
) -> None:
    begin_sums(tmp_path)
    place = tmp_path / "scores.csv"
    write_text("first", place)
    (tmp_path / ".1.scores.csv").write_text("second")
    sums.note_sum(tmp_path / ".1.scores.csv", place)
    assert verify(place).read_text() == "first"
    place.write_text("third!")
    with pytest.raises(ChangedFileError):
        verify(place)


def test_a_file_is_hashed_once_as_long_as_it_does_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_sums(tmp_path)
    write_text("first", tmp_path / "a")
    verify(tmp_path / "a")
    hashed: list[Path] = []
    monkeypatch.setattr(sums, "hash_file", lambda path: hashed.append(path) or "")
    verify(tmp_path / "a")
    assert hashed == []
    os.utime(tmp_path / "a", ns=(0, time.time_ns() + 10))
    with pytest.raises(ChangedFileError):
        verify(tmp_path / "a")
    assert hashed == [tmp_path / "a"]


def test_several_write_into_one_folder_and_no_sum_is_lost(tmp_path: Path) -> None:
    begin_sums(tmp_path)
    names = [f"{number}.csv" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: write_text(name, tmp_path / name), names))
    assert set(read_sums(tmp_path).sha256) == set(names)
    assert [verify(tmp_path / name).read_text() for name in names] == names


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sha256": []}', "\x00"])
def test_damaged_sums_are_told_and_nothing_is_written_beside_them(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / SUMS).write_text(text)
    with pytest.raises(ChangedFileError, match="no checksums"):
        verify(tmp_path / "a")
    with pytest.raises(ChangedFileError), write_aside(tmp_path / "a") as aside:
        aside.write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == [SUMS]
