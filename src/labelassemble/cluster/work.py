"""Work in parts: commands that may run at the same time, and what follows when all have ended."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import RunError, some
from labelassemble.storage.write_aside import write_text

GOOD = (0, 3)
"""Exit statuses of a part that did its work; 3: `predict` met an image that cannot be read."""


class WorkPart(NamedTuple):
    """One command.

    Attributes:
        name: of its files in the folder of the work.
        words: behind ``labelassemble``.
        given: a file that it reads as standard input; None: nothing.
    """

    name: str
    words: tuple[str, ...]
    given: Path | None = None


class Work(NamedTuple):
    """What there is to do.

    Attributes:
        folder: for logs and exit statuses.
        waves: parts that run at the same time; a wave waits for the one before it.
        finish: what follows; takes a function that says things, gives an exit status.
        machines: that one part needs.
        processes: of one part on each machine.
    """

    folder: Path
    waves: tuple[tuple[WorkPart, ...], ...]
    finish: Callable[[Callable[[str], None]], int]
    machines: int = 1
    processes: int = 1

    @property
    def parts(self) -> list[WorkPart]:
        """All parts, wave by wave."""
        return [part for wave in self.waves for part in wave]


def begin_work(work: Work) -> None:
    """Make the folder, and forget how parts ended before."""
    work.folder.mkdir(parents=True, exist_ok=True)
    for part in work.parts:
        _status_file(work.folder, part).unlink(missing_ok=True)


def run_part(
    part: WorkPart,
    folder: Path,
    python: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    rank: int = 0,
    before: Callable[[], None] | None = None,
) -> int:
    """Carry a part out in a process of its own; what it says goes to ``NAME.log``.

    Args:
        part: the command.
        folder: of the work.
        python: options of Python before the package.
        environment: variables of the process beside those of this one.
        rank: of several processes of one part, which; the first one's exit status counts.
        before: called in the process before it begins.

    Returns:
        The exit status, negative where a signal ended it; it stands in ``NAME.status`` too.
    """
    log = folder / (f"{part.name}.{rank}.log" if rank else f"{part.name}.log")
    with log.open("ab") as out, Path(part.given or os.devnull).open("rb") as given:
        done = subprocess.run(
            [sys.executable, *python, "-m", "labelassemble", *part.words],
            stdin=given,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            preexec_fn=before,
            check=False,
        )
    if rank == 0:
        write_text(f"{done.returncode}\n", _status_file(folder, part))
    return done.returncode


def finish_work(work: Work, say: Callable[[str], None]) -> int:
    """Do what follows the parts.

    Raises:
        RunError: a part did not end well: which, how, and the last it said. Nothing is lost.
    """
    statuses = {part: _read_status(work.folder, part) for part in work.parts}
    failed = {part: status for part, status in statuses.items() if status not in GOOD}
    if failed:
        told = [f"{part.name} {_say_end(work.folder, part, one)}" for part, one in failed.items()]
        raise RunError(
            f"all {len(statuses)} parts of the work done",
            f"{len(failed)} not: {some(told, 3)}",
            f"See the logs in {work.folder}, fix that if it is to be fixed, and give the same "
            "command again: what was finished is kept, what had begun goes on",
        )
    return work.finish(say)


def _status_file(folder: Path, part: WorkPart) -> Path:
    return folder / f"{part.name}.status"


def _read_status(folder: Path, part: WorkPart) -> int | None:
    file = _status_file(folder, part)
    return int(file.read_text(encoding="utf-8")) if file.is_file() else None


def _say_end(folder: Path, part: WorkPart, status: int | None) -> str:
    if status is None:
        return "(it never ended, as where a machine is lost, or a job is cancelled)"
    if status < 0:
        return f"(signal {-status} ended it)"
    log = folder / f"{part.name}.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    got = [line.removeprefix("Got      ") for line in lines if line.startswith("Got ")]
    return f"({(got or lines or ['it said nothing'])[-1].rstrip('.')})"
