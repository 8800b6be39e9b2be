"""Changed files, read in a process of its own, with a bound of memory and of time."""

import contextlib
import multiprocessing
import os
import resource
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.mutations.change import change, change_slightly
from benchmarks.mutations.subject import OverMemoryError, RefusedError, Subject

MEMORY = 2 * 2**30
"""Bytes that reading may take beside what the process has."""
SECONDS = 60.0
"""Of the processor for one case, the first with all that is imported for it."""
LOOK = 5.0

OUTCOMES = ("read", "refused", "traceback", "silent", "over memory", "over time")


@dataclass(frozen=True)
class Result:
    """What came of one changed file.

    Attributes:
        case: its number, which makes it again.
        outcome: of ``OUTCOMES``. silent: a file of ours that was read with another outcome.
        what: the file, and the end of the traceback.
    """

    case: int
    outcome: str
    what: str = ""


def run_cases(
    make: Callable[[], Sequence[Subject]],
    cases: Sequence[int],
    folder: Path,
    share: float = 1.0,
) -> Iterator[Result]:
    """Change a file, read it, for each case; the process is renewed where one ends it.

    Args:
        make: gives subjects of one kind, in that process; cases are dealt out to them in turn.
        cases: numbers, each the seed of its changes.
        folder: where the files lie meanwhile.
        share: part of a core to use.
    """
    left = list(cases)
    forking = multiprocessing.get_context("fork")
    while left:
        ours, theirs = forking.Pipe()
        process = forking.Process(target=_work, args=(make, left, folder, theirs, share))
        process.start()
        theirs.close()
        while left:
            outcome = "over time"
            if _await(ours, process.pid or 0):
                try:
                    yield ours.recv()
                    left.pop(0)
                    continue
                except EOFError:
                    outcome = "over memory"  # The system ended it.
            case = left.pop(0)
            yield Result(case, outcome)
            break
        process.kill()
        process.join()
        ours.close()


def _await(pipe: Connection, process: int) -> bool:
    """Wait for a result; False: the process has computed for too long."""
    begun = _used(process)
    while not pipe.poll(LOOK):
        if _used(process) - begun > SECONDS:
            return False
    return True


def _used(process: int) -> float:
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _work(
    make: Callable[[], Sequence[Subject]],
    cases: Sequence[int],
    folder: Path,
    pipe: Connection,
    share: float,
) -> None:
    subjects = make()
    with Path("/proc/self/statm").open() as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    usual: dict[int, object] = {}
    for case in cases:
        begun = time.perf_counter()
        at = case % len(subjects)
        if subjects[at].own and at not in usual:
            usual[at] = _read(subjects[at], folder, {})
        pipe.send(run_case(subjects, case, folder, usual.get(at)))
        time.sleep((time.perf_counter() - begun) * (1 / share - 1))


def _read(subject: Subject, folder: Path, changed: dict[str, bytes]) -> object:
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in {**subject.files, **changed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return subject.read(folder)


def run_case(subjects: Sequence[Subject], case: int, folder: Path, usual: object) -> Result:
    """Change one file, read it, and say what came of it."""
    subject, draw = subjects[case % len(subjects)], np.random.default_rng(case)
    name = subject.changed[int(draw.integers(len(subject.changed)))]
    other = subjects[int(draw.integers(len(subjects)))]
    data, donor = subject.files[name], next(iter(other.files.values()))
    changed = (change_slightly if subject.own else change)(data, draw, donor)
    try:
        came = _read(subject, folder, {name: changed})
    except RefusedError:
        return Result(case, "refused", name)
    except (MemoryError, OverMemoryError):
        return Result(case, "over memory", name)
    except Exception as error:
        told = traceback.format_exception(error)[-3:]
        return Result(case, "traceback", f"{name}: {' '.join(' '.join(told).split())[-600:]}")
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
    if subject.own and changed != data and came != usual:
        return Result(case, "silent", name)
    return Result(case, "read", name)
