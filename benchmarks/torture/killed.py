"""One command in a process forked for it, in which one file-changing call goes wrong."""

import contextlib
import errno
import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MAKING = frozenset({"os.mkdir", "os.link", "os.symlink"})
CHANGES = MAKING | {"os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod"}

Fault = Literal["kill", "pause", "full", "denied"]
"""kill: SIGKILL before the call. pause: stopped there until it is woken. full: from there on no
file can be made or written, as on a full disk. denied: the same without permission."""

_NUMBERS = {"full": errno.ENOSPC, "denied": errno.EACCES}


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        status: its exit status; None: it was killed.
        told: its standard error; with a traceback where there was one.
        calls: how many file-changing calls it made below the folder, where it was not killed.
    """

    status: int | None
    told: str
    calls: int


@dataclass(frozen=True)
class Running:
    """A command that was started."""

    process: int
    pipe: int

    def await_pause(self) -> bool:
        """Wait until it is paused; False where it came to its end before."""
        _, code = os.waitpid(self.process, os.WUNTRACED)
        return os.WIFSTOPPED(code)

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self.process, signal.SIGCONT)

    def end(self) -> Ended:
        """Wait for its end."""
        with os.fdopen(self.pipe, "rb") as pipe:
            told = pipe.read().decode("utf-8", "replace")
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.process, 0)
        text, _, calls = told.rpartition("\n")
        if not calls:
            return Ended(None, told, 0)
        status, _, number = calls.partition(" ")
        return Ended(int(status), text, int(number))


def start(
    words: Sequence[str], below: Path, at: int | None = None, fault: Fault = "kill"
) -> Running:
    """Start a command of labelassemble in a forked process.

    Python tells of every file that it is about to open for writing, rename, remove or make (audit
    events); at the number ``at`` of those below a folder, before the call is made, the fault
    happens. What Polars and torch write by themselves lies between two such calls.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _run_here(words, str(below), at, fault, write)
    os.close(write)
    return Running(child, read)


def run(words: Sequence[str], below: Path, at: int | None = None, fault: Fault = "kill") -> Ended:
    """Start a command as ``start`` and wait for its end."""
    return start(words, below, at, fault).end()


def _run_here(words: Sequence[str], below: str, at: int | None, fault: Fault, write: int) -> None:
    calls, process = 0, os.getpid()

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal calls
        if event == "open":
            path, _, flags = arguments
            makes = changes = isinstance(flags, int) and bool(flags & WRITING)
        else:
            path, changes = arguments[0] if arguments else None, event in CHANGES
            makes = event in MAKING
        if not (changes and isinstance(path, str | bytes) and os.fsdecode(path).startswith(below)):
            return
        calls += 1
        if at is None or os.getpid() != process:
            return
        if fault in _NUMBERS:
            if calls >= at and makes:
                number = _NUMBERS[fault]
                raise OSError(number, os.strerror(number), os.fsdecode(path))
        elif calls == at:
            os.kill(process, signal.SIGKILL if fault == "kill" else signal.SIGSTOP)

    from labelassemble.cli import main

    status, told = 99, io.StringIO()
    try:
        sys.addaudithook(watch)
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
            status = main(list(words))
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc(file=told)
    finally:
        text = f"{told.getvalue()[-20_000:]}\n{status} {calls}".encode("utf-8", "replace")
        while text:
            text = text[os.write(write, text) :]
        os._exit(0)
