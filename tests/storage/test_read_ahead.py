"""Images fetched ahead: many at once, never too many, and none of them twice after a stop."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.storage.conftest import QUICK
from tests.storage.object_server import Wire

from labelassemble.images import build_store as builder
from labelassemble.images.build_store import build_store
from labelassemble.settings import ImageSettings
from labelassemble.storage.lay_out import forget_seen, lay_out_objects
from labelassemble.storage.object_place import find_place
from labelassemble.storage.object_store import AwayError, use_options
from labelassemble.storage.read_ahead import ReadAhead

COUNT = 24


@pytest.fixture
def files(bucket: Any, draw_image: Callable[..., np.ndarray]) -> dict[str, Path]:
    for number in range(COUNT):
        data = cv2.imencode(".png", draw_image(number, 20, 20))[1].tobytes()
        bucket.put(f"{number:02}.png", data)
    folder = lay_out_objects(find_place(f"s3://{bucket.name}"))
    return {path.stem: path for path in sorted(folder.glob("*.png"))}


def build(files: dict[str, Path], folder: Path) -> Any:
    return build_store(files, ImageSettings(size=16, workers=2), folder)


def test_so_many_are_in_flight_and_no_more_and_each_comes_to_its_place(
    files: dict[str, Path],
) -> None:
    use_options(QUICK._replace(in_flight=5))
    lock, now, most = threading.Lock(), 0, 0

    def read(path: Path) -> bytes:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return path.name.encode()

    paths = list(map(str, files.values()))
    with ReadAhead(paths, read) as ahead:
        for path in reversed(paths[:3]):
            assert ahead.take(path) == Path(path).name.encode()
        for path in paths[3:]:
            assert ahead.take(path) == Path(path).name.encode()
            assert len(ahead._fetched) <= 5
    assert 3 <= most <= 6


def test_memory_is_bounded_by_sizes(files: dict[str, Path], monkeypatch: Any) -> None:
    use_options(QUICK._replace(in_flight=8, memory_mib=0))
    paths = list(map(str, files.values()))
    with ReadAhead(paths, lambda path: b"") as ahead:
        for path in paths:
            assert len(ahead._fetched) <= 1
            ahead.take(path)


def test_the_store_is_that_of_files_on_this_machine(
    files: dict[str, Path], tmp_path: Path, bucket: Any, stores: Wire
) -> None:
    far = build(files, tmp_path / "far")
    assert stores.gets(".png") == COUNT
    here = tmp_path / "here"
    here.mkdir()
    for name in files:
        (here / f"{name}.png").write_bytes(bucket.store.cat(f"{bucket.name}/{name}.png"))
    near = build({name: here / f"{name}.png" for name in files}, tmp_path / "near")
    assert far.content == near.content
    pixels = [next((tmp_path / one).rglob("pixels.u8")).read_bytes() for one in ("far", "near")]
    assert pixels[0] == pixels[1]


def test_after_a_lost_connection_nothing_that_was_decoded_is_fetched_again(
    files: dict[str, Path], tmp_path: Path, stores: Wire
) -> None:
    use_options(QUICK._replace(in_flight=2, tries=1))
    lost = [False]

    def fail(method: str, path: str, before: int) -> str | None:
        lost[0] = lost[0] or (method == "GET" and path.endswith("/15.png"))
        return "drop" if lost[0] else None

    stores.fault = fail
    with pytest.raises(AwayError):
        build(files, tmp_path / "store")
    stores.reset()
    forget_seen()
    store = build(files, tmp_path / "store")
    assert len(store.row) == COUNT
    assert not store.unreadable
    assert stores.gets(".png") <= COUNT - 13  # Two were in flight.


def test_a_killed_build_fetches_no_part_again_that_was_saved(
    files: dict[str, Path], tmp_path: Path, stores: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "FEWEST_FAR", 8)
    use_options(QUICK._replace(in_flight=2))

    def stop(done: int, total: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_store(files, ImageSettings(size=16, workers=2), tmp_path / "store", stop)
    stores.reset()
    build(files, tmp_path / "store")
    assert stores.gets(".png") == COUNT - 16


def test_one_image_that_changed_is_fetched_alone(
    files: dict[str, Path], tmp_path: Path, bucket: Any, stores: Wire
) -> None:
    before = build(files, tmp_path / "store")
    changed = cv2.imencode(".png", np.eye(20, dtype=np.uint8) * 255)[1].tobytes()
    bucket.put("07.png", changed)
    forget_seen()
    lay_out_objects(files["07"].parent)
    stores.reset()
    after = build(files, tmp_path / "store")
    assert stores.gets(".png") == 1
    assert {name for name in files if before.content[name] != after.content[name]} == {"07"}
