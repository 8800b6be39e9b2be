"""What a store answers, and what it does not, in one sentence each."""

from pathlib import Path
from typing import Any

import fsspec
import pytest
from tests.storage.object_server import Wire

from labelassemble.errors import ExtraError, SourceError
from labelassemble.storage import object_store
from labelassemble.storage.lay_out import forget_seen, lay_out_objects
from labelassemble.storage.object_place import find_place
from labelassemble.storage.object_store import AwayError, StoreError, StoreOptions, use_options


def list_all(location: str) -> Path:
    forget_seen()
    return lay_out_objects(find_place(location))


def test_a_bucket_that_is_not_there_is_named(stores: Wire) -> None:
    with pytest.raises(SourceError, match="no bucket nowhere"):
        list_all("s3://nowhere/nih")


def test_a_location_with_nothing_in_it_is_told(bucket: Any) -> None:
    bucket.put("other/a.png", b"a")
    with pytest.raises(SourceError, match=r"no such object|a location with none"):
        list_all(f"s3://{bucket.name}/nih")


@pytest.mark.parametrize(
    ("code", "do"),
    [
        ("AccessDenied", "Ask who owns the bucket"),
        ("RequestTimeTooSkewed", "Set this machine's clock"),
        ("InvalidAccessKeyId", "Check AWS_PROFILE"),
        ("ExpiredToken", "Log in again"),
        ("PermanentRedirect", "object_stores.region"),
    ],
)
def test_a_refusal_says_what_to_do_and_is_no_lost_connection(
    bucket: Any, stores: Wire, code: str, do: str
) -> None:
    bucket.put("a.png", b"a")
    stores.fault = lambda method, path, before: code
    with pytest.raises(StoreError, match=do) as told:
        list_all(f"s3://{bucket.name}")
    assert not isinstance(told.value, AwayError)


def test_no_keys_are_told_with_the_way_to_give_them(
    bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StoreError, match="AWS_PROFILE"):
        list_all(f"s3://{bucket.name}")


def test_a_server_that_is_away_is_asked_again_then_told(bucket: Any, stores: Wire) -> None:
    bucket.put("a.png", b"a")
    stores.fault = lambda method, path, before: "drop" if before < 2 else None
    assert (list_all(f"s3://{bucket.name}") / "a.png").exists()
    stores.fault = lambda method, path, before: "drop"
    with pytest.raises(AwayError, match="goes on where it stopped"):
        list_all(f"s3://{bucket.name}")


def test_keys_are_not_needed_of_a_public_bucket(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("a.png", b"a")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    use_options(StoreOptions(anonymous=True))
    assert (list_all(f"s3://{bucket.name}") / "a.png").exists()


def test_other_kinds_of_stores_are_read_as_fsspec_reads_them(stores: Wire) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/chest/a/1.png", b"12345")
    assert (list_all("memory://chest") / "a" / "1.png").stat().st_size == 5


@pytest.mark.parametrize(
    ("scheme", "package"), [("gs", r"labelassemble\[s3\]' gcsfs"), ("s3", r"labelassemble\[s3\]'$")]
)
def test_a_package_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, scheme: str, package: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ImportError("no", name={"gs": "gcsfs", "s3": "s3fs"}[scheme])

    monkeypatch.setattr(fsspec, "filesystem", refuse)
    with pytest.raises(ExtraError) as told:
        object_store.open_store(f"{scheme}://chest")
    assert told.match(rf"pip install '{package.removesuffix('$')}")


def test_a_kind_of_store_that_nobody_knows_is_told() -> None:
    with pytest.raises(StoreError, match="no kind 'chest3'"):
        object_store.open_store("chest3://a")
