"""Let a command go wrong at each of its file-changing calls, look at what lies there, repeat it."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.torture.killed import Ended, Fault, run, start

Words = Sequence[str]


@dataclass(frozen=True)
class Trial:
    """A command that goes wrong.

    Attributes:
        words: the command.
        start: the folder as it lies there before the command.
        others: commands that must work, or refuse in words, on whatever lies there.
        mixed: says what is wrong with what lies there, by the folder; None: nothing.
        made: files below the folder whose bytes the repeated command must make again.
    """

    words: Words
    start: Path
    others: Sequence[Words]
    mixed: Callable[[Path], str | None]
    made: Callable[[Path], Iterator[Path]]


@dataclass
class Found:
    """What a trial came to.

    Attributes:
        cases: how many calls it went wrong at.
        faults: what was lost, mixed, left behind or told in a traceback, and at which call.
    """

    cases: int = 0
    faults: list[str] = field(default_factory=list)


def crash(trial: Trial, output: Path, fault: Fault, every: int = 1) -> Found:
    """Let a command go wrong at every call, or every so many-th, each time from the same start.

    Args:
        trial: what to do; its words work in ``output``.
        output: is replaced by ``trial.start`` each time.
        fault: what goes wrong. Where the command is paused, the others run meanwhile.
        every: 1: exhaustive.
    """
    found = Found()
    _from_start(trial, output)
    whole = run(trial.words, output)
    assert whole.status == 0, whole.told
    expected, usual = _hash(trial, output), _hidden(output)
    for number in range(1, whole.calls + 1, every):
        before = _from_start(trial, output)
        found.cases += 1
        faults = list(_go_wrong(trial, output, number, fault))
        again = run(trial.words, output)
        now = _hash(trial, output)
        if again.status not in (0, 2) or "Traceback" in again.told:
            faults.append(f"repeated, ended {_say(again)}")
        elif now != expected:  # Also where it was refused: what it makes may be there already.
            faults.append(f"repeated, made other bytes: {_differing(expected, now)}")
        elif left := _hidden(output) - usual - before:
            faults.append(f"left behind {sorted(left)[:3]}")
        found.faults += [f"{fault} at call {number}: {one}" for one in faults]
    return found


def _go_wrong(trial: Trial, output: Path, number: int, fault: Fault) -> Iterator[str]:
    running = start(trial.words, output, number, fault)
    if fault == "pause" and running.await_pause():
        yield from _look(trial, output)
        running.wake()
    ended = running.end()
    if fault == "kill":
        if ended.status is not None:
            yield f"not reached ({ended.status})"
    elif ended.status not in (0, 2) or "Traceback" in ended.told:
        yield f"ended {_say(ended)}"
    yield from _look(trial, output)


def _look(trial: Trial, output: Path) -> Iterator[str]:
    if said := trial.mixed(output):
        yield said
    for words in trial.others:
        ended = run(words, output)
        if ended.status not in (0, 2) or "Traceback" in ended.told:
            yield f"then {words[0]} ended {_say(ended)}"


def _from_start(trial: Trial, output: Path) -> set[str]:
    shutil.rmtree(output, ignore_errors=True)
    if trial.start.exists():
        shutil.copytree(trial.start, output, symlinks=True)
    return _hidden(output)


def _hidden(folder: Path) -> set[str]:
    """Files and folders whose names begin with a dot, but for locks, which stay."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob(".*")
        if not path.name.endswith(".lock")
    }


def _hash(trial: Trial, output: Path) -> dict[str, str]:
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(trial.made(output))
        if path.is_file()
    }


def _differing(one: dict[str, str], two: dict[str, str]) -> list[str]:
    return [name for name in sorted({*one, *two}) if one.get(name) != two.get(name)][:3]


def _say(ended: Ended) -> str:
    last = [line for line in ended.told.splitlines() if line.strip()][-1:]
    return f"{ended.status}: {' '.join(last)[:200]}"
