"""A bucket on a real server, and a folder in which it is laid out."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.storage.object_server import SERVER, Wire, run_server

from labelassemble.storage.lay_out import forget_seen
from labelassemble.storage.object_store import StoreOptions, use_options

QUICK = StoreOptions(tries=3, timeout_seconds=5.0)


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    if not SERVER:
        assert "CI" not in os.environ, "LABELASSEMBLE_MOTO names no server: make tests"
        pytest.skip("no server of object stores: LABELASSEMBLE_MOTO names none")
    with run_server(tmp_path_factory.mktemp("moto")) as port:
        one = Wire(port)
        yield one
        one.close()


@pytest.fixture
def stores(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The server, as this process reaches it; nothing is laid out yet."""
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", wire.address)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("LABELASSEMBLE_OBJECTS", str(tmp_path / "objects"))
    monkeypatch.setattr("labelassemble.storage.object_store._wait", lambda _: None)
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    s3fs.S3FileSystem.clear_instance_cache()
    use_options(QUICK)
    forget_seen()
    wire.reset()
    yield wire
    use_options(StoreOptions())
    forget_seen()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def bucket(stores: Wire, request: pytest.FixtureRequest) -> Any:
    """An empty bucket of this test's own; gives ``put(key, bytes)``, whose ``name`` is its name."""
    import s3fs

    name = f"chest-{abs(hash(request.node.nodeid)) % 10**9}"
    store = s3fs.S3FileSystem(
        endpoint_url=f"http://127.0.0.1:{stores.upstream}", use_listings_cache=False
    )
    store.mkdir(name)

    class Bucket:
        def __init__(self) -> None:
            self.name, self.store = name, store

        def put(self, key: str, data: bytes) -> None:
            store.pipe_file(f"{name}/{key}", data)

    return Bucket()
