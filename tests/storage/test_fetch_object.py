"""Bytes of an object: whole, as the store has them, and none of them twice."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.storage.conftest import QUICK
from tests.storage.object_server import Wire

from labelassemble.files.open_file import open_file, read_file
from labelassemble.storage.fetch_object import (
    ChangedObjectError,
    _Reader,
    bring,
    is_absent,
    read_object,
)
from labelassemble.storage.lay_out import forget_seen, lay_out_objects
from labelassemble.storage.object_place import find_place
from labelassemble.storage.object_store import AwayError, StoreError, use_options

LARGE = os.urandom(5 * 2**20 + 17)


@pytest.fixture
def place(bucket: Any) -> Path:
    bucket.put("large.zip", LARGE)
    use_options(QUICK._replace(block_mib=1))
    return lay_out_objects(find_place(f"s3://{bucket.name}")) / "large.zip"


def test_bytes_are_read_without_being_kept_unless_asked_for(place: Path) -> None:
    assert read_file(place) == LARGE
    assert is_absent(place)
    use_options(QUICK._replace(keep_images=True))
    assert read_file(place) == LARGE
    assert not is_absent(place)


def test_of_a_beginning_little_more_is_fetched(place: Path, stores: Wire) -> None:
    with open_file(place) as file:
        assert file.read(100) == LARGE[:100]
    assert sum(stores.bytes.values()) < 2**20


def test_a_fetch_that_broke_off_goes_on_where_it_stopped(place: Path, stores: Wire) -> None:
    stores.fault = lambda method, path, before: (
        "drop" if method == "GET" and before >= 3 and path.endswith(".zip") else None
    )
    with pytest.raises(AwayError, match="goes on where it stopped"):
        bring(place)
    assert is_absent(place)
    stores.reset()
    assert bring(place).read_bytes() == LARGE
    fetched = sum(count for path, count in stores.bytes.items() if path.endswith(".zip"))
    assert fetched == len(LARGE) - 3 * 2**20


def test_a_connection_that_is_cut_costs_one_part(place: Path, stores: Wire) -> None:
    stores.fault = lambda method, path, before: (
        "cut" if method == "GET" and before == 2 and path.endswith(".zip") else None
    )
    assert bring(place).read_bytes() == LARGE
    fetched = sum(count for path, count in stores.bytes.items() if path.endswith(".zip"))
    assert fetched == len(LARGE) + 2**20


def test_other_bytes_than_the_etag_tells_are_refused(place: Path, stores: Wire) -> None:
    stores.fault = lambda method, path, before: "flip" if method == "GET" else None
    for read in (bring, read_object):
        with pytest.raises(StoreError, match="etag"):
            read(place)
    assert is_absent(place)
    stores.fault = lambda method, path, before: (
        "flip" if method == "GET" and path.endswith(".zip") and before == 0 else None
    )
    stores.counts.clear()
    assert bring(place).read_bytes() == LARGE


def test_an_object_that_changed_since_or_is_gone_is_named(place: Path, bucket: Any) -> None:
    bucket.put("large.zip", LARGE[::-1])
    with pytest.raises(ChangedObjectError, match=rf"s3://{bucket.name}/large.zip"):
        bring(place)
    bucket.store.rm(f"{bucket.name}/large.zip")
    with pytest.raises(ChangedObjectError, match="none any more"):
        read_object(place)


def test_an_object_in_many_parts_has_an_etag_that_is_no_sum(bucket: Any) -> None:
    data = os.urandom(11 * 2**20)
    with bucket.store.open(f"{bucket.name}/parts.zip", "wb", block_size=5 * 2**20) as file:
        file.write(data)
    place = lay_out_objects(find_place(f"s3://{bucket.name}")) / "parts.zip"
    assert read_object(place) == data


def test_an_object_that_the_store_encrypts_has_an_etag_that_is_no_sum(bucket: Any) -> None:
    bucket.put("plain.png", b"plain")
    folder = lay_out_objects(find_place(f"s3://{bucket.name}"))
    with _Reader(folder / "plain.png") as reader:
        assert not reader.is_whole("0" * 32)
    bucket.store.pipe_file(f"{bucket.name}/a.png", b"a", ServerSideEncryption="aws:kms")
    forget_seen()
    lay_out_objects(folder)
    with _Reader(folder / "a.png") as reader:
        assert reader.is_whole("0" * 32)
