"""What waits between a PACS and a run, on the disk: a kill loses nothing and doubles nothing."""

import errno
import hashlib
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from labelassemble.errors import SettingsError, plural
from labelassemble.storage.write_aside import force_to_disk, write_aside

_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS received (
  key TEXT PRIMARY KEY, series TEXT, arrived REAL, state TEXT, tried INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS waiting ON received (state);
CREATE INDEX IF NOT EXISTS waiting_series ON received (state, series);
CREATE TABLE IF NOT EXISTS answers (
  uid TEXT PRIMARY KEY, state TEXT, attempts INTEGER DEFAULT 0, due REAL DEFAULT 0);
CREATE INDEX IF NOT EXISTS due ON answers (state, due);
"""

_LOCK_SECONDS = 5.0


class WaitingSeries(NamedTuple):
    """Objects that wait together: one image, or the slices of a series.

    Attributes:
        series: hash of its UID.
        slices: objects of it that are there.
    """

    series: str
    slices: int


def hash_uid(uid: str) -> str:
    """Name an object where its UID should not stand: 16 digits of a hash.

    >>> hash_uid("1.2.3") == hash_uid("1.2.3") != hash_uid("1.2.4")
    True
    """
    return hashlib.sha256(f"labelassemble {uid}".encode()).hexdigest()[:16]


class ObjectQueue:
    """Objects that were received, and answers that are to be sent, in a folder.

    An object is on the disk before its sender is told so. Answers are on the disk before their
    object is taken out, and an answer is taken out once it was taken. What is interrupted is done
    again, and comes out as the same objects. Hashes alone tell what was there once.

    Args:
        folder: made where it is not there; nobody else may read it.
        made_for: what a queue belongs to, such as the run's hash and classes.
        reserve_bytes: that stay free on the disk.

    Raises:
        SettingsError: another process has it, or it holds what belongs to something else.
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path, made_for: dict[str, str], reserve_bytes: int = 0) -> None:
        self.folder, self.reserve_bytes = folder, reserve_bytes
        self.received, self.answers = folder / "received", folder / "answers"
        for place in (folder, self.received, self.answers):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held = FileLock(folder / "lock")
        try:
            self._held.acquire(timeout=_LOCK_SECONDS)
        except Timeout as error:
            raise SettingsError(
                f"a queue that no other process has, at {folder}",
                "one that a running listener has",
                "Stop that one, or name another --queue",
            ) from error
        self._lock = threading.RLock()
        self._base = sqlite3.connect(folder / "queue.sqlite", check_same_thread=False)
        self._base.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;{_TABLES}")
        self._claim(made_for)
        self._sweep()

    def close(self) -> None:
        """Let another process have it."""
        with self._lock:
            self._base.close()
        self._held.release()

    def accept(self, uid: str, series: str, data: bytes) -> bool:
        """Keep an object; False: it is known already, waiting or answered. One that was refused
        may return.

        Args:
            uid: SOPInstanceUID.
            series: SeriesInstanceUID.
            data: of the file.

        Raises:
            OSError: no room, or it cannot be written; nothing of it is left.
        """
        key, name = hash_uid(uid), hash_uid(series)
        path = self.received / name / f"{key}.dcm"
        # One at a time: two senders may bring the same object at once.
        with self._lock:
            before = self._one("SELECT state FROM received WHERE key = ?", key)
            if before and before[0] != "refused":
                return False
            free = shutil.disk_usage(self.folder).free
            if free < self.reserve_bytes + len(data):
                raise OSError(errno.ENOSPC, f"{free >> 20:,} MiB are free", str(self.folder))
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with write_aside(path, locked=True) as aside:
                aside.write_bytes(data)
            force_to_disk(path.parent)
            with self._write():
                self._base.execute(
                    "INSERT OR REPLACE INTO received (key, series, arrived, state)"
                    " VALUES (?, ?, ?, 'waiting')",
                    (key, name, time.time()),
                )
        return True

    def next_image(self) -> Path | None:
        """Give the file of the object that has waited longest."""
        found = self._one(
            "SELECT key, series FROM received WHERE state='waiting' ORDER BY rowid LIMIT 1"
        )
        return None if found is None else self.received / found[1] / f"{found[0]}.dcm"

    def next_series(self, quiet_s: float) -> WaitingSeries | None:
        """Give a series of which nothing has come for a while, and that was not tried as it is."""
        found = self._one(
            "SELECT series, COUNT(*) FROM received WHERE state='waiting' GROUP BY series"
            " HAVING MAX(arrived) <= ? AND COUNT(*) > MAX(tried) LIMIT 1",
            time.time() - quiet_s,
        )
        return None if found is None else WaitingSeries(found[0], int(found[1]))

    def postpone_series(self, one: WaitingSeries) -> None:
        """Try a series again once more of it has come."""
        with self._write():
            self._base.execute(
                "UPDATE received SET tried = ? WHERE series = ?", (one.slices, one.series)
            )

    def drop_old_series(self, age_s: float) -> list[str]:
        """Give up series that were tried and of which nothing has come for so long; name them."""
        rows = self._all(
            "SELECT series FROM received WHERE state='waiting' GROUP BY series"
            " HAVING MAX(tried) > 0 AND MAX(arrived) < ?",
            time.time() - age_s,
        )
        for (series,) in rows:
            self.finish(series, None, ())
        return [series for (series,) in rows]

    def finish(self, series: str, key: str | None, answers: Sequence[Path]) -> None:
        """Take objects out, once their answers lie in ``answers``; without any, they are refused.

        Args:
            series: hash of their series.
            key: hash of the one object; None: all of the series.
            answers: files of ``answers``, called by their UIDs.
        """
        for path in answers:
            force_to_disk(path)
        force_to_disk(self.answers)
        which = "series = ?" if key is None else "series = ? AND key = ?"
        names = (series,) if key is None else (series, key)
        with self._write():
            self._base.executemany(
                "INSERT OR IGNORE INTO answers (uid, state) VALUES (?, 'waiting')",
                [(path.stem,) for path in answers],
            )
            gone = self._base.execute(
                f"SELECT key FROM received WHERE {which} AND state='waiting'", names
            ).fetchall()
            self._base.execute(
                f"UPDATE received SET state = ? WHERE {which} AND state='waiting'",
                ("answered" if answers else "refused", *names),
            )
        folder = self.received / series
        for (one,) in gone:
            (folder / f"{one}.dcm").unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def due_answers(self, most: int) -> list[Path]:
        """Give answers that are to be sent now, the oldest first."""
        rows = self._all(
            "SELECT uid FROM answers WHERE state='waiting' AND due <= ? ORDER BY rowid LIMIT ?",
            time.time(),
            most,
        )
        return [self.answers / f"{uid}.dcm" for (uid,) in rows]

    def mark_sent(self, path: Path) -> None:
        """Take an answer out that was taken."""
        with self._write():
            self._base.execute("UPDATE answers SET state='sent' WHERE uid = ?", (path.stem,))
        path.unlink(missing_ok=True)

    def postpone_answer(self, path: Path, first_s: float, most_s: float) -> float:
        """Send an answer again later: twice as late each time; gives the seconds."""
        found = self._one("SELECT attempts FROM answers WHERE uid = ?", path.stem)
        attempts = int(found[0]) if found else 0
        wait = min(most_s, first_s * 2.0 ** min(attempts, 20))
        with self._write():
            self._base.execute(
                "UPDATE answers SET attempts = attempts + 1, due = ? WHERE uid = ?",
                (time.time() + wait, path.stem),
            )
        return wait

    def count(self) -> dict[str, int]:
        """Count objects that wait, and answers that wait."""
        objects = self._one("SELECT COUNT(*) FROM received WHERE state='waiting'")
        answers = self._one("SELECT COUNT(*) FROM answers WHERE state='waiting'")
        assert objects is not None
        assert answers is not None
        return {"objects": int(objects[0]), "answers": int(answers[0])}

    def _claim(self, made_for: dict[str, str]) -> None:
        """Belong to a run; what waits must be of the same one."""
        told: dict[str, str] = dict(self._all("SELECT name, value FROM about"))
        before = json.loads(told["made_for"]) if "made_for" in told else made_for
        waiting = sum(self.count().values())
        if before != made_for and waiting:
            differs = [name for name in made_for if before.get(name) != made_for[name]]
            self.close()
            raise SettingsError(
                f"a queue of this run at {self.folder}",
                f"one of a run of other {', '.join(differs)}, in which {plural(waiting, 'object')} "
                "or answers wait",
                "Let that run empty it, or name another --queue",
            )
        with self._write():
            row = ("made_for", json.dumps(made_for))
            self._base.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", row)

    def _sweep(self) -> None:
        """Delete what was interrupted: files whose sender was not told that they are here; and
        forget what somebody took out of the folder."""
        waiting: dict[str, str] = dict(
            self._all("SELECT key, series FROM received WHERE state='waiting'")
        )
        for path in self.received.glob("*/*"):
            if waiting.pop(path.stem, None) is None:
                path.unlink()
        answers = {uid for (uid,) in self._all("SELECT uid FROM answers WHERE state='waiting'")}
        for path in self.answers.iterdir():
            if path.stem not in answers:
                path.unlink()
            answers.discard(path.stem)
        for folder in self.received.iterdir():
            if not any(folder.iterdir()):
                folder.rmdir()
        with self._write():
            gone = [(key,) for key in waiting]
            self._base.executemany("UPDATE received SET state='refused' WHERE key = ?", gone)
            self._base.executemany("DELETE FROM answers WHERE uid = ?", [(uid,) for uid in answers])

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._lock, self._base:
            yield

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with self._lock:
            found: tuple[Any, ...] | None = self._base.execute(query, values).fetchone()
        return found

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._base.execute(query, values).fetchall()
