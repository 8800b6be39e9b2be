"""A real disk that is full, read-only or gone: ``python -m benchmarks.torture.disk``, as root.

The output lies on a small tmpfs. It has room for a part of what the command writes (``STEPS=8``
says how many parts are tried, from none to nearly all), is read-only, or its folder is removed
while the command is paused at a drawn call. Then there is room again, and the command is repeated.
Prints a table, then what was found; the exit status is 1 where anything was.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.torture.crash import Trial
from benchmarks.torture.killed import Ended, run, start
from benchmarks.torture.trials import TRIALS, Hospitals

ROOM = 48 * 2**20
PAGE = 4096


class Disk:
    """A tmpfs at a place, on which the output lies, and beside it what fills it.

    Args:
        place: a folder; made.
    """

    def __init__(self, place: Path) -> None:
        self.place, self.output, self._filler = place, place / "results", place / "filler"
        place.mkdir(parents=True, exist_ok=True)
        _mount("-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place))

    def fill(self, state: Path | None, room: int | None = None) -> None:
        """Lay a state there, and nothing else.

        Args:
            state: of the output; None: none.
            room: bytes that stay free; None: all that are left.
        """
        shutil.rmtree(self.output, ignore_errors=True)
        self.free()
        if state is not None and state.exists():
            shutil.copytree(state, self.output, symlinks=True)
        if room is not None:
            with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
                while file.write(bytes(PAGE)):
                    pass
            os.truncate(self._filler, max(self._filler.stat().st_size - room, 0))

    def free(self) -> None:
        """Give all room."""
        self._filler.unlink(missing_ok=True)

    def let_write(self, may: bool) -> None:
        """Say whether anything can be written."""
        _mount("-o", f"remount,{'rw' if may else 'ro'}", str(self.place))

    @property
    def left(self) -> int:
        """Bytes that are free."""
        told = os.statvfs(self.place)
        return told.f_bfree * told.f_frsize

    def close(self) -> None:
        """Take it away."""
        subprocess.run(["umount", str(self.place)], check=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def try_disk(trial: Trial, disk: Disk, steps: int) -> dict[str, tuple[int, list[str]]]:
    """Let a command meet each kind of disk; give the cases and the faults of each kind."""
    output = disk.output
    disk.fill(trial.start)
    before = disk.left
    whole = run(trial.words, output)
    assert whole.status == 0, whole.told
    wanted, expected = before - disk.left, _hash(trial, output)
    found: dict[str, tuple[int, list[str]]] = {}

    def again(where: str, first: Ended) -> Iterator[str]:
        yield from _told(where, first)
        disk.free()
        repeated = run(trial.words, output)
        yield from _told(f"{where}, repeated", repeated)
        if repeated.status == 0 and _hash(trial, output) != expected:
            yield f"{where}, repeated: other bytes"

    faults: list[str] = []
    for step in range(steps):
        room = wanted * step // steps // PAGE * PAGE
        disk.fill(trial.start, room)
        faults += again(f"room for {room:,} of {wanted:,} bytes", run(trial.words, output))
    found["full"] = steps, faults
    disk.fill(trial.start)
    disk.let_write(False)
    refused = run(trial.words, output)
    disk.let_write(True)
    found["read-only"] = 1, [*again("read-only", refused)]
    faults = []
    for at in np.linspace(1, whole.calls, steps).astype(int):
        disk.fill(trial.start)
        running = start(trial.words, output, int(at), "pause")
        if running.await_pause():
            shutil.rmtree(output)
            running.wake()
        faults += _told(f"removed at call {at}", running.end())
    found["removed"] = steps, faults
    return found


def _told(where: str, ended: Ended) -> Iterator[str]:
    if ended.status not in (0, 2) or "Traceback" in ended.told:
        yield f"{where}: ended {ended.status}: {' '.join(ended.told.split())[-400:]}"


def _hash(trial: Trial, output: Path) -> dict[str, str]:
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(trial.made(output))
        if path.is_file()
    }


def main() -> int:
    """Run the trials; give the number of faults."""
    # Once, for all that are forked from here.
    import labelassemble.cli
    import labelassemble.training.run  # noqa: F401

    names = (os.environ.get("TRIALS") or " ".join(TRIALS)).split()
    steps, told = int(os.environ.get("STEPS") or 8), list[str]()
    print(f"{'command':<12} {'disk':<10} {'cases':>6} {'faults':>7}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve() / "disk"
        hospitals = Hospitals(folder)
        disk = Disk(folder / "small")
        hospitals.output, hospitals.at = disk.output, ("--output", str(disk.output))
        try:
            for name in names:
                trial = TRIALS[name](hospitals)
                for kind, (cases, faults) in try_disk(trial, disk, steps).items():
                    print(f"{name:<12} {kind:<10} {cases:>6} {len(faults):>7}", flush=True)
                    told += [f"{name}: {one}" for one in faults]
                    for one in faults:
                        print(f"{name}: {one}", file=sys.stderr, flush=True)
        finally:
            disk.close()
    print("\n".join(told))
    return len(told)


if __name__ == "__main__":
    sys.exit(min(1, main()))
