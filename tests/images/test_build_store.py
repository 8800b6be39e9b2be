import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.errors import ImageError, MachineError
from labelassemble.files.read_image import read_image
from labelassemble.images import build_store as module
from labelassemble.images import record_file
from labelassemble.images.build_store import build_store, name_store
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.store import ImageStore
from labelassemble.settings import ImageSettings

SETTINGS = ImageSettings(size=32, workers=2)
Write = Callable[..., dict[str, Path]]
Draw = Callable[..., np.ndarray]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the files that are decoded from here on."""
    names: list[str] = []
    decode = module.decode_image

    def note(data: bytes, path: Path) -> np.ndarray:
        names.append(path.name)
        return decode(data, path)

    monkeypatch.setattr(module, "decode_image", note)
    return names


@pytest.fixture
def read_bytes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose bytes are read from here on."""
    names: list[str] = []
    read = module.read_file

    def note(path: Path) -> bytes:
        names.append(path.name)
        return read(path)

    monkeypatch.setattr(module, "read_file", note)
    return names


def expect(store: ImageStore, files: dict[str, Path], settings: ImageSettings = SETTINGS) -> None:
    """Every image's row holds what its file holds, to the bit."""
    assert set(store.row) == set(files)
    rows = np.array([store.row[record] for record in files], dtype=np.int64)
    records = store.read(rows)
    for record, path in zip(records, files.values(), strict=True):
        expected = prepare_radiograph(read_image(path), settings.size, settings.fit)
        assert np.array_equal(record, expected)


def test_what_goes_in_comes_out(tmp_path: Path, write_images: Write) -> None:
    files = write_images(7)
    seen: list[tuple[int, int]] = []
    store = build_store(files, SETTINGS, tmp_path / "store", lambda *now: seen.append(now))
    expect(store, files)
    assert seen == [(done, 7) for done in range(8)]
    assert len(store) == 7
    assert store.size == 32
    assert store.unreadable == {}
    assert sorted(path.name for path in (tmp_path / "store" / "32-crop-v2").iterdir()) == [
        "index.parquet",
        "pixels.u8",
    ]


def test_rows_in_any_order_and_more_than_once(tmp_path: Path, write_images: Write) -> None:
    store = build_store(write_images(4), SETTINGS, tmp_path / "store")
    every = store.read(np.arange(4))
    some = store.read(np.array([2, 0, 2]))
    assert np.array_equal(some, every[[2, 0, 2]])
    assert some.dtype == np.uint8
    assert some.flags.c_contiguous
    assert some.flags.writeable
    assert store.read(np.array([], dtype=np.int64)).shape == (0, 32, 32)
    for rows in ([4], [-1], [0, 9]):
        with pytest.raises(ImageError, match="rows from 0 to 3"):
            store.read(np.array(rows))


def test_nothing_is_read_twice(
    tmp_path: Path, write_images: Write, read_bytes: list[str], decoded: list[str]
) -> None:
    files = write_images(5)
    first = build_store(files, SETTINGS, tmp_path / "store")
    assert len(read_bytes) == len(decoded) == 5
    seen: list[tuple[int, int]] = []
    again = build_store(files, SETTINGS, tmp_path / "store", lambda *now: seen.append(now))
    assert len(read_bytes) == 5
    assert seen == [(5, 5)]
    assert again.row == first.row
    assert again.content == first.content
    more = {**files, **write_images(2, first_seed=5)}
    store = build_store(more, SETTINGS, tmp_path / "store", lambda *now: seen.append(now))
    assert sorted(read_bytes[5:]) == sorted(decoded[5:]) == ["5.png", "6.png"]
    assert seen[1:] == [(5, 7), (6, 7), (7, 7)]
    expect(store, more)
    assert {record: store.row[record] for record in files} == first.row


def test_a_part_of_a_store_is_opened_without_reading(
    tmp_path: Path, write_images: Write, read_bytes: list[str]
) -> None:
    files = write_images(5)
    build_store(files, SETTINGS, tmp_path / "store")
    read_bytes.clear()
    part = {"hospital/3": files["hospital/3"]}
    expect(build_store(part, SETTINGS, tmp_path / "store"), part)
    assert read_bytes == []


def test_a_file_that_moved_or_was_touched_is_hashed_but_not_decoded(
    tmp_path: Path, write_images: Write, read_bytes: list[str], decoded: list[str]
) -> None:
    files = write_images(2)
    build_store(files, SETTINGS, tmp_path / "store")
    read_bytes.clear()
    decoded.clear()
    moved = files["hospital/0"].rename(tmp_path / "moved.png")
    os.utime(files["hospital/1"], ns=(1, 1))
    files["hospital/0"] = moved
    expect(build_store(files, SETTINGS, tmp_path / "store"), files)
    assert sorted(read_bytes) == ["1.png", "moved.png"]
    assert decoded == []


def test_a_file_that_changed_is_decoded_again(tmp_path: Path, write_images: Write) -> None:
    files = write_images(3)
    build_store(files, SETTINGS, tmp_path / "store")
    files["hospital/0"].write_bytes(files["hospital/1"].read_bytes())
    cv2.imwrite(str(files["hospital/2"]), np.eye(40, dtype=np.uint8) * 255)
    store = build_store(files, SETTINGS, tmp_path / "store")
    expect(store, files)
    assert store.row["hospital/0"] == store.row["hospital/1"]
    assert len(store) == 4


def test_identical_files_share_a_row(tmp_path: Path, write_images: Write) -> None:
    files = write_images(2)
    copy = tmp_path / "copy.png"
    copy.write_bytes(files["hospital/1"].read_bytes())
    files |= {"other/1": copy, "third/1": files["hospital/1"]}
    store = build_store(files, SETTINGS, tmp_path / "store")
    expect(store, files)
    assert len(store) == 2
    assert store.row["hospital/1"] == store.row["other/1"] == store.row["third/1"]
    assert store.content["hospital/1"] == store.content["other/1"] != store.content["hospital/0"]


def test_other_settings_make_another_store(
    tmp_path: Path, draw_image: Draw, decoded: list[str]
) -> None:
    path = tmp_path / "wide.png"
    cv2.imwrite(str(path), draw_image(0, 40, 64))
    files = {"a/wide": path}
    every = [ImageSettings(size=size, fit=fit) for size in (16, 24) for fit in ("crop", "pad")]
    for settings in every:
        expect(build_store(files, settings, tmp_path / "store"), files, settings)
    assert len({name_store(settings) for settings in every}) == 4
    assert len(decoded) == 4
    expect(build_store(files, every[0], tmp_path / "store"), files, every[0])
    assert len(decoded) == 4


def test_the_number_of_workers_is_no_other_store(tmp_path: Path, write_images: Write) -> None:
    files = write_images(20)
    stores = [
        build_store(files, ImageSettings(size=32, workers=workers), tmp_path / str(workers))
        for workers in (0, 1, 5)
    ]
    assert stores[0].row == stores[1].row == stores[2].row
    assert len({name_store(ImageSettings(size=32, workers=workers)) for workers in (0, 5)}) == 1


def test_another_way_of_reading_decodes_again(
    tmp_path: Path, write_images: Write, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_images(2)
    build_store(files, SETTINGS, tmp_path / "store")
    monkeypatch.setattr(module, "READING", 99)
    build_store(files, SETTINGS, tmp_path / "store")
    assert len(decoded) == 4


def test_unreadable_files_are_listed_and_the_rest_goes_on(
    tmp_path: Path, write_images: Write
) -> None:
    files = write_images(3)
    good = dict(files)
    empty, text = tmp_path / "empty.png", tmp_path / "text.png"
    empty.touch()
    text.write_text("hello")
    files |= {"a/empty": empty, "a/text": text, "a/none": tmp_path / "none.png"}
    for _ in range(2):
        store = build_store(files, SETTINGS, tmp_path / "store")
        expect(store, good)
        assert set(store.unreadable) == {"a/empty", "a/text", "a/none"}
        assert set(store.content) == set(good)
        assert "0 bytes" in store.unreadable["a/empty"]
        assert str(text) in store.unreadable["a/text"]
        assert "No such file" in store.unreadable["a/none"]
    cv2.imwrite(str(text), np.eye(40, dtype=np.uint8) * 255)
    fixed = build_store(files, SETTINGS, tmp_path / "store")
    expect(fixed, good | {"a/text": text})


def test_a_file_that_went_bad_or_missing_has_no_row(tmp_path: Path, write_images: Write) -> None:
    files = write_images(3)
    build_store(files, SETTINGS, tmp_path / "store")
    files["hospital/0"].write_bytes(files["hospital/0"].read_bytes()[:-30])
    files["hospital/1"].unlink()
    store = build_store(files, SETTINGS, tmp_path / "store")
    assert set(store.unreadable) == {"hospital/0", "hospital/1"}
    assert "truncated" in store.unreadable["hospital/0"]
    expect(store, {"hospital/2": files["hospital/2"]})


def test_no_files_at_all(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    store = build_store({}, SETTINGS, tmp_path / "store", lambda *now: seen.append(now))
    assert len(store) == 0
    assert seen == [(0, 0)]
    assert store.read(np.array([], dtype=np.int64)).shape == (0, 32, 32)
    nothing = build_store({"a": tmp_path / "none.png"}, SETTINGS, tmp_path / "store")
    assert len(nothing) == 0


def test_a_store_travels_to_other_processes_without_its_pixels(
    tmp_path: Path, write_images: Write
) -> None:
    files = write_images(3, side=300)
    settings = ImageSettings(size=256)
    store = build_store(files, settings, tmp_path / "store")
    packed = pickle.dumps(store)
    assert len(packed) < 256 * 256
    expect(pickle.loads(packed), files, settings)


def test_long_jobs_are_saved_in_parts(
    tmp_path: Path, write_images: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    write = record_file.write_index

    def note(frame: pl.DataFrame, place: Path) -> None:
        if place.name == module.INDEX:
            saved.append(frame.height)
        write(frame, place)

    monkeypatch.setattr(record_file, "write_index", note)
    monkeypatch.setattr(module, "FEWEST_BEFORE_SAVING", 3)
    files = write_images(8)
    expect(build_store(files, SETTINGS, tmp_path / "one"), files)
    assert saved == [3, 6, 8]
    saved.clear()
    monkeypatch.setattr(module, "MAX_BYTES_BEFORE_SAVING", 32 * 32 * 2)
    expect(build_store(files, SETTINGS, tmp_path / "two"), files)
    assert saved == [2, 4, 6, 8]


def start_build(images: Path, place: Path, stop: int) -> "subprocess.Popen[str]":
    script = Path(__file__).with_name("killed_build.py")
    command = [sys.executable, str(script), str(images), str(place), "10", str(stop)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_run_is_carried_on(
    tmp_path: Path, write_images: Write, decoded: list[str]
) -> None:
    files = write_images(120)
    place = tmp_path / "store"
    kept = 0
    for stop in (25, 95):
        with start_build(tmp_path / "files", place, stop) as child:
            assert child.stdout is not None
            # What the last run had saved is not done again.
            assert int(child.stdout.readline()) == kept
            while int(child.stdout.readline()) < stop:
                pass
            child.kill()
        assert child.returncode == -9
        # Saved in parts of ten; the part that it was in is lost.
        kept = stop // 10 * 10
        index = pl.read_parquet(place / "32-crop-v2" / "index.parquet")
        assert index.height == kept
    store = build_store(files, SETTINGS, place)
    expect(store, files)
    assert len(store) == 120
    assert len(decoded) == 120 - kept


def test_a_kill_at_any_time_spoils_nothing(tmp_path: Path, write_images: Write) -> None:
    files = write_images(120)
    place = tmp_path / "store"
    for lines in (1, 30, 8):
        with start_build(tmp_path / "files", place, stop=-1) as child:
            assert child.stdout is not None
            for _ in range(lines):
                child.stdout.readline()
            child.kill()
    expect(build_store(files, SETTINGS, place), files)


def test_half_written_records_and_tables_are_overwritten(
    tmp_path: Path, write_images: Write
) -> None:
    place = tmp_path / "store"
    build_store(write_images(3), SETTINGS, place)
    with (place / "32-crop-v2" / "pixels.u8").open("ab") as pixels:
        pixels.write(b"x" * 1500)
    (place / "32-crop-v2" / ".index.parquet").write_bytes(b"half")
    (place / ".files.parquet").write_bytes(b"half")
    files = write_images(6)
    expect(build_store(files, SETTINGS, place), files)
    assert (place / "32-crop-v2" / "pixels.u8").stat().st_size == 6 * 32 * 32


def test_pixels_that_were_lost_are_decoded_again(
    tmp_path: Path, write_images: Write, decoded: list[str]
) -> None:
    files = write_images(4)
    build_store(files, SETTINGS, tmp_path / "store")
    pixels = tmp_path / "store" / "32-crop-v2" / "pixels.u8"
    os.truncate(pixels, 2 * 32 * 32 + 7)
    decoded.clear()
    expect(build_store(files, SETTINGS, tmp_path / "store"), files)
    assert len(decoded) == 2
    pixels.unlink()
    expect(build_store(files, SETTINGS, tmp_path / "store"), files)


def test_two_builds_at_once_share_the_work(
    tmp_path: Path, write_images: Write, decoded: list[str]
) -> None:
    files = write_images(80)
    place = tmp_path / "store"
    children = [start_build(tmp_path / "files", place, stop=-1) for _ in range(2)]
    # An open store stays right while others write to it.
    some = dict(list(files.items())[40:60])
    early = build_store(some, SETTINGS, place)
    expect(early, some)
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0, 0]
    expect(early, some)
    decoded.clear()
    expect(build_store(files, SETTINGS, place), files)
    assert decoded == []
    assert (place / "32-crop-v2" / "pixels.u8").stat().st_size == 80 * 32 * 32


def test_a_folder_that_cannot_be_written(tmp_path: Path, write_images: Write) -> None:
    files = write_images(1)
    (tmp_path / "store").write_text("a file")
    with pytest.raises(ImageError) as caught:
        build_store(files, SETTINGS, tmp_path / "store")
    assert str(tmp_path / "store") in caught.value.expected
    assert caught.value.got in ("Not a directory", "File exists")


def test_a_full_disk_keeps_what_was_saved(
    tmp_path: Path, write_images: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEWEST_BEFORE_SAVING", 2)
    files = write_images(6)
    sync, calls = os.fsync, []

    def fill(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 4:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(module.os, "fsync", fill)
    with pytest.raises(ImageError) as caught:
        build_store(files, SETTINGS, tmp_path / "store")
    assert caught.value.got == "No space left on device"
    assert "Free some room" in caught.value.do
    monkeypatch.setattr(module.os, "fsync", sync)
    expect(build_store(files, SETTINGS, tmp_path / "store"), files)


@pytest.mark.parametrize("step", ["read_file", "prepare_radiograph"])
def test_too_little_memory_ends_the_build_and_drops_no_image(
    tmp_path: Path, write_images: Write, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def run_out(*_: object) -> None:
        raise MemoryError("Unable to allocate 3 GiB")

    files = write_images(3)
    with monkeypatch.context() as patched:
        patched.setattr(module, step, run_out)
        with pytest.raises(MachineError, match="enough memory to decode 3 images, 2 at a time"):
            build_store(files, SETTINGS, tmp_path / "store")
    expect(build_store(files, SETTINGS, tmp_path / "store"), files)


def test_frames_of_one_file_are_images_of_their_own(tmp_path: Path, draw_image: Draw) -> None:
    path = tmp_path / "stack.tif"
    frames = [Image.fromarray(draw_image(seed, 48, 48)) for seed in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    files = {f"a/{number}": Path(f"{path}#frame/{number}") for number in (1, 2, 3)}
    store = build_store(files, SETTINGS, tmp_path / "store")
    expect(store, files)
    assert len(set(store.content.values())) == 3
    again = build_store(files | {"a/whole": path}, SETTINGS, tmp_path / "store")
    assert again.content == store.content
    assert "3 pages in one file" in again.unreadable["a/whole"]


def test_a_defect_of_ours_is_not_hidden(
    tmp_path: Path, write_images: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(data: bytes, path: Path) -> np.ndarray:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "decode_image", fail)
    with pytest.raises(ZeroDivisionError):
        build_store(write_images(3), SETTINGS, tmp_path / "store")


def test_real_samples(tmp_path: Path, real_data: Path) -> None:
    folder = real_data / "originals"
    files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix != ".txt"}
    settings = ImageSettings(size=64)
    store = build_store(files, settings, tmp_path / "store")
    assert store.unreadable == {}
    expect(store, files, settings)
