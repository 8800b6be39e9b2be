"""A location laid out as files: names and sizes without bytes, and what changed since."""

from pathlib import Path
from typing import Any

import pytest
from tests.storage.object_server import Wire

from labelassemble.errors import SourceError
from labelassemble.storage.fetch_object import bring, is_absent
from labelassemble.storage.lay_out import forget_seen, lay_out_again, lay_out_objects
from labelassemble.storage.object_place import find_place
from labelassemble.storage.object_store import AwayError


def list_all(bucket: Any) -> Path:
    forget_seen()
    return lay_out_objects(find_place(f"s3://{bucket.name}/nih"))


def test_names_and_sizes_are_there_and_no_byte_is_fetched(bucket: Any, stores: Wire) -> None:
    bucket.put("nih/labels.csv", b"image,mass\n")
    bucket.put("nih/images/a.png", bytes(5000))
    bucket.put("nihil/b.png", b"of another folder")
    folder = list_all(bucket)
    sizes = {str(one.relative_to(folder)): one.stat().st_size for one in folder.rglob("*.*g")}
    assert sizes == {"images/a.png": 5000}
    assert is_absent(folder / "labels.csv")
    assert stores.gets(".png") == stores.gets(".csv") == 0


def test_each_process_asks_once(bucket: Any, stores: Wire) -> None:
    bucket.put("nih/images/a.png", b"a")
    folder = list_all(bucket)
    asked = sum(stores.counts.values())
    lay_out_objects(folder / "images")
    lay_out_objects(folder)
    assert sum(stores.counts.values()) == asked


def test_what_was_fetched_stays_until_the_object_changes(bucket: Any) -> None:
    for name in "ab":
        bucket.put(f"nih/{name}.csv", b"first")
    folder = list_all(bucket)
    before = {name: bring(folder / name).stat().st_mtime_ns for name in ("a.csv", "b.csv")}
    bucket.put("nih/a.csv", b"other")  # Of the same size, within the same second.
    folder = list_all(bucket)
    assert is_absent(folder / "a.csv")
    assert not is_absent(folder / "b.csv")
    assert (folder / "a.csv").stat().st_mtime_ns != before["a.csv"]
    assert (folder / "b.csv").stat().st_mtime_ns == before["b.csv"]
    assert bring(folder / "a.csv").read_bytes() == b"other"


def test_what_is_gone_goes_and_folders_and_files_change_places(bucket: Any) -> None:
    bucket.put("nih/a", b"a file")
    bucket.put("nih/b/c.png", b"in a folder")
    folder = list_all(bucket)
    bucket.store.rm(f"{bucket.name}/nih", recursive=True)
    bucket.put("nih/a/c.png", b"in a folder")
    bucket.put("nih/b", b"a file")
    folder = list_all(bucket)
    files = sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
    assert [one for one in files if not one.rpartition("/")[2].startswith(".")] == ["a/c.png", "b"]


def test_a_location_may_be_one_object(bucket: Any) -> None:
    bucket.put("nih", b"12")
    assert list_all(bucket).stat().st_size == 2


@pytest.mark.parametrize("keys", [("a", "a/b"), ("a//b",), ("../a",), ("x" * 240,)])
def test_names_that_no_folder_can_have_are_told(bucket: Any, keys: tuple[str, ...]) -> None:
    for key in keys:
        bucket.put(f"nih/{key}", b"a")
    with pytest.raises(SourceError, match="Rename them"):
        list_all(bucket)


def test_where_the_store_is_away_what_it_held_stands(
    bucket: Any, stores: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.put("nih/a.png", b"a")
    folder = list_all(bucket)
    forget_seen()
    stores.fault = lambda method, path, before: "drop"
    lay_out_again(folder)
    assert (folder / "a.png").exists()
    assert "as it was seen last" in capsys.readouterr().err
    forget_seen()
    with pytest.raises(AwayError):
        lay_out_objects(folder)


def test_a_path_of_this_machine_comes_back_as_it_is(tmp_path: Path) -> None:
    assert lay_out_objects(tmp_path) == tmp_path
