from pathlib import Path

import pytest

from labelassemble.errors import ImageError
from labelassemble.images.record_file import RecordFile


def open_records(folder: Path) -> RecordFile:
    records = RecordFile(folder / "records", folder / "index.parquet", 4)
    records.load()
    return records


def test_records_come_back_in_order_and_once(tmp_path: Path) -> None:
    records = open_records(tmp_path)
    with records.open() as file:
        file.append(b"a", b"0000")
        file.append(b"b", b"1111")
        file.append(b"a", b"9999")
        file.save()
    assert open_records(tmp_path).rows == {b"a": 0, b"b": 1}
    assert (tmp_path / "records").read_bytes() == b"00001111"


def test_what_was_not_saved_goes_with_a_half_record(tmp_path: Path) -> None:
    records = open_records(tmp_path)
    with records.open() as file:
        file.append(b"a", b"0000")
        file.save()
        file.append(b"b", b"11")
    again = open_records(tmp_path)
    assert again.rows == {b"a": 0}
    with again.open() as file:
        file.append(b"c", b"2222")
        file.save()
    assert (tmp_path / "records").read_bytes() == b"00002222"
    assert open_records(tmp_path).rows == {b"a": 0, b"c": 1}


def test_an_index_beyond_the_file_counts_as_far_as_the_file_goes(tmp_path: Path) -> None:
    records = open_records(tmp_path)
    with records.open() as file:
        file.append(b"a", b"0000")
        file.append(b"b", b"1111")
        file.save()
    (tmp_path / "records").write_bytes(b"0000111")
    assert open_records(tmp_path).rows == {b"a": 0}


def test_a_damaged_index_is_told(tmp_path: Path) -> None:
    (tmp_path / "index.parquet").write_bytes(b"no parquet")
    with pytest.raises(ImageError, match="index"):
        open_records(tmp_path)
