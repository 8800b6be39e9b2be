import os
from pathlib import Path

import polars as pl
import pytest

from labelassemble.errors import ImageError
from labelassemble.images.known_files import (
    FileStamp,
    KnownFile,
    read_index,
    read_known_files,
    stamp_file,
    stamp_files,
    write_index,
    write_known_files,
)


def test_a_stamp_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    first = stamp_file(str(path))
    assert first is not None
    assert first.size == 5
    assert stamp_file(str(path)) == first
    os.utime(path, ns=(0, first.modified_ns + 1))
    assert stamp_file(str(path)) == FileStamp(5, first.modified_ns + 1)
    assert stamp_file(str(tmp_path / "none")) is None
    assert stamp_files([str(tmp_path / "none"), str(path)], workers=2) == [
        None,
        stamp_file(str(path)),
    ]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    place = tmp_path / "files.parquet"
    assert read_known_files(place) == {}
    files = {
        "/a/ü\t\n.png": KnownFile(FileStamp(1, 2**60), b"\0" * 32),
        "/b": KnownFile(FileStamp(2**40, -5), bytes(range(32))),
    }
    write_known_files(files, place)
    assert read_known_files(place) == files
    assert [path.name for path in tmp_path.iterdir()] == ["files.parquet"]


def test_a_damaged_table_says_what_to_delete(tmp_path: Path) -> None:
    place = tmp_path / "files.parquet"
    write_known_files({"/a": KnownFile(FileStamp(1, 2), b"3")}, place)
    place.write_bytes(place.read_bytes()[:-20])
    with pytest.raises(ImageError) as caught:
        read_known_files(place)
    assert caught.value.do == f"Delete the folder {tmp_path}; the images are decoded again then"
    write_index(pl.DataFrame({"other": [1]}), place)
    with pytest.raises(ImageError) as caught:
        read_index(place, pl.DataFrame(schema={"sha256": pl.Binary}))
    assert caught.value.got == "columns other"
