"""What the system refuses is reported in three lines, and faults of ours are not."""

import errno
import os
from concurrent.futures.process import BrokenProcessPool

import polars as pl
import pytest

from labelassemble.cli.failures import describe_failure


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def within(error: BaseException, context: BaseException) -> BaseException:
    error.__context__ = context
    return error


FULL = OSError(errno.ENOSPC, "No space left on device", "out/store/pixels")


@pytest.mark.parametrize(
    ("error", "expected", "do"),
    [
        (FULL, "out/store/pixels", "Free some room"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "TMPDIR", "Free some room"),
        (PermissionError(errno.EACCES, "Permission denied", "a.png"), "a.png", "permissions"),
        (OSError(errno.EROFS, "Read-only file system", b"out"), "out", "--output"),
        (OSError(errno.EMFILE, "Too many open files"), "open files", "ulimit"),
        (OSError(errno.ELOOP, "Too many levels of symbolic links", "a"), "a", "ls -ld"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "out/x"), "out/x", "--output"),
        (OSError("odd"), "files", "ls -ld"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory", "batches"),
        (MemoryError(), "memory", "batches"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "memory", "batches"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "memory", ""),
        (RuntimeError("PytorchStreamWriter failed writing file data/3"), "room", "Free"),
        (within(RuntimeError("unexpected pos 64 vs 0"), FULL), "out/store/pixels", "Free"),
        (caused(ValueError("no"), FULL), "out/store/pixels", "Free"),
        (pl.exceptions.ComputeError("No space left on device (os error 28)"), "room", "Free"),
        (BrokenProcessPool("a child process terminated abruptly"), "worker", "fewer"),
        (RecursionError("maximum recursion depth exceeded"), "nest", "brackets"),
        (UnicodeEncodeError("utf-8", "caf\udce9.png", 3, 4, "surrogates"), "utf-8", "Rename"),
        (UnicodeDecodeError("utf-8", b"caf\xe9", 3, 4, "invalid"), "utf-8", "UTF-8"),
    ],
)
def test_what_the_system_refused(error: BaseException, expected: str, do: str) -> None:
    told = describe_failure(error)
    assert told is not None
    if expected == "TMPDIR":
        expected = os.environ.get("TMPDIR", "/tmp")
    assert expected in told.expected
    assert do in told.do
    assert len(str(told).splitlines()) == 3


@pytest.mark.parametrize(
    "error",
    [
        ValueError("operands could not be broadcast"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        # Another fault while a file was missing is still a fault.
        within(KeyError("a"), FULL),
        pl.exceptions.ColumnNotFoundError("image"),
    ],
)
def test_faults_of_ours_are_not_dressed_up(error: BaseException) -> None:
    assert describe_failure(error) is None
