"""A queue on the disk: what was confirmed is there after a kill, once."""

import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from labelassemble.dicom.object_queue import ObjectQueue, hash_uid
from labelassemble.errors import SettingsError

MADE_FOR = {"weights": "a", "classes": "['nodule']"}


def open_queue(folder: Path, **more: int) -> ObjectQueue:
    return ObjectQueue(folder, MADE_FOR, **more)


def write_answer(queue: ObjectQueue, uid: str) -> Path:
    path = queue.answers / f"{uid}.dcm"
    path.write_bytes(b"answer")
    return path


def test_an_object_goes_through_once(tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "queue")
    assert (tmp_path / "queue").stat().st_mode & 0o077 == 0
    assert queue.next_image() is None
    assert queue.accept("1.2", "1", b"first")
    assert queue.accept("1.10", "1", b"second")
    assert not queue.accept("1.2", "1", b"first again")
    path = queue.next_image()
    assert path is not None
    assert (path.stem, path.read_bytes()) == (hash_uid("1.2"), b"first")
    answer = write_answer(queue, "2.25.1")
    queue.finish(path.parent.name, path.stem, [answer])
    assert not path.exists()
    assert queue.count() == {"objects": 1, "answers": 1}
    assert queue.due_answers(9) == [answer]
    assert not queue.accept("1.2", "1", b"and again")
    assert queue.postpone_answer(answer, 100.0, 150.0) == 100.0
    assert queue.postpone_answer(answer, 100.0, 150.0) == 150.0
    assert queue.due_answers(9) == []
    queue.mark_sent(answer)
    assert not answer.exists()
    # What has no answer may come again: it may have been cut on its way.
    queue.finish(hash_uid("1"), hash_uid("1.10"), ())
    assert queue.next_image() is None
    assert queue.accept("1.10", "1", b"whole now")
    queue.close()
    again = open_queue(tmp_path / "queue")
    assert again.next_image().read_bytes() == b"whole now"  # type: ignore[union-attr]
    again.close()


def test_what_was_interrupted_is_swept(tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "queue")
    queue.accept("1.2", "1", b"first")
    queue.accept("1.3", "1", b"gone")
    (queue.received / hash_uid("1") / ".aside.x.dcm").write_bytes(b"half")
    (queue.received / "new").mkdir()
    (queue.received / "new" / "unconfirmed.dcm").write_bytes(b"whole, but nobody was told")
    (queue.received / hash_uid("1") / f"{hash_uid('1.3')}.dcm").unlink()
    write_answer(queue, "2.25.7")
    queue.close()
    again = open_queue(tmp_path / "queue")
    assert [path.read_bytes() for path in again.received.glob("*/*")] == [b"first"]
    assert list(again.answers.iterdir()) == []
    assert again.count() == {"objects": 1, "answers": 0}
    assert again.accept("1.3", "1", b"back")
    again.close()


def test_series_wait_until_nothing_comes(tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "queue")
    for number in range(3):
        queue.accept(f"1.1.{number}", "1.1", b"slice")
    assert queue.next_series(60.0) is None
    one = queue.next_series(0.0)
    assert one is not None
    assert one.slices == 3
    queue.postpone_series(one)
    assert queue.next_series(0.0) is None
    queue.accept("1.1.3", "1.1", b"slice")
    one = queue.next_series(0.0)
    assert one is not None
    assert one.slices == 4
    assert queue.drop_old_series(0.0) == [one.series]
    assert queue.count()["objects"] == 0
    assert list(queue.received.iterdir()) == []
    queue.close()


def test_a_queue_is_of_one_process_and_of_one_run(tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "queue")
    queue.accept("1.2", "1", b"first")
    with pytest.raises(SettingsError, match="no other process"):
        open_queue(tmp_path / "queue")
    queue.close()
    other = {**MADE_FOR, "classes": "['mass']"}
    with pytest.raises(SettingsError, match="of a run of other classes, in which 1 object"):
        ObjectQueue(tmp_path / "queue", other)
    queue = open_queue(tmp_path / "queue")
    queue.finish(hash_uid("1"), hash_uid("1.2"), ())
    queue.close()
    ObjectQueue(tmp_path / "queue", other).close()


def test_a_full_disk_is_told_and_nothing_is_half_there(tmp_path: Path) -> None:
    queue = open_queue(tmp_path / "queue", reserve_bytes=2**60)
    with pytest.raises(OSError, match="MiB are free"):
        queue.accept("1.2", "1", b"first")
    assert queue.count()["objects"] == 0
    queue.close()
    # A disk of so few bytes: the system itself refuses.
    code = (
        "from pathlib import Path\n"
        "from labelassemble.dicom.object_queue import ObjectQueue\n"
        f"queue = ObjectQueue(Path({str(tmp_path / 'queue')!r}), {MADE_FOR})\n"
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try:\n    queue.accept('1.9', '1', bytes(400_000))\nexcept OSError as error:\n"
        "    print(error.strerror)\n"
        "print(queue.count()['objects'], [*queue.received.glob('*/*')])\n"
        "print(queue.accept('1.8', '1', bytes(1000)))"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["File too large", "0 []", "True"]
    base = sqlite3.connect(tmp_path / "queue" / "queue.sqlite")
    assert base.execute("SELECT COUNT(*) FROM received").fetchone() == (1,)
    base.close()
