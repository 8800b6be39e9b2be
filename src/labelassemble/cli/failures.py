"""What the system refused, as expected / got / do this."""

import errno
import getpass
import os
import re
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor

from labelassemble.errors import MEMORY, LabelAssembleError, missing_extra
from labelassemble.storage.sums import ChangedFileError

FULL = (errno.ENOSPC, errno.EDQUOT)
DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
TOO_MANY = (errno.EMFILE, errno.ENFILE)
OTHER_PLACE = "or name another place for what is written (--output FOLDER)"
_AGAIN = "then give the same command again: what was finished is kept"

WRITING = re.compile(r"PytorchStreamWriter|iostream error|file write failed|inline_container", re.I)
"""How torch says in words of its own that a file could not be written."""


def describe_failure(error: BaseException) -> LabelAssembleError | None:
    """Say what the system refused; None where the error is none of the system's.

    Args:
        error: what came up to the command line.

    Returns:
        A part that is not installed, disk, permission, memory, other trouble with a file, a text
        that cannot be written, data nested too deeply, or a worker that was ended.

    >>> print(describe_failure(OSError(28, "No space left on device", "runs/a/last.ckpt")))
    ... # doctest: +NORMALIZE_WHITESPACE
    Expected room on the disk for runs/a/last.ckpt.
    Got      No space left on device.
    Do this: Free some room, or name another place for what is written (--output FOLDER), then give
    the same command again: what was finished is kept.
    """
    for one in _chain(error):
        if isinstance(one, ModuleNotFoundError) and (extra := missing_extra(one)):
            return extra
        if isinstance(one, MemoryError) or (
            isinstance(one, RuntimeError) and MEMORY.search(str(one))
        ):
            return _no_memory(one)
        if isinstance(one, ChangedFileError):
            return LabelAssembleError(
                f"the file that was written to {one.filename}",
                one.got,
                "Fetch it again, or give the command that made it once more (of a run: "
                "labelassemble train RECIPE --training.no-resume)",
            )
        if isinstance(one, OSError):
            return _describe_file(one)
        if number := re.search(r"\(os error (\d+)\)", str(one)):
            code = int(number[1])
            return _describe_file(OSError(code, os.strerror(code)))
        if isinstance(one, RuntimeError) and WRITING.search(str(one)):
            return _describe_file(OSError(errno.ENOSPC, _first_line(one)))
    if isinstance(error, BrokenExecutor):
        return LabelAssembleError(
            "worker processes that work to their end",
            "one of them was ended by the system, as it does where memory runs out",
            f"Use fewer workers or smaller batches, or a machine with more memory, {_AGAIN}",
        )
    if isinstance(error, RecursionError):
        return LabelAssembleError(
            "data whose brackets nest less deeply",
            _first_line(error),
            "Look for texts with thousands of brackets in the tables and JSON files, and fix them",
        )
    if isinstance(error, UnicodeEncodeError):
        return LabelAssembleError(
            f"a name or text that {error.encoding} can write",
            ascii(error.object[max(0, error.start - 40) : error.end + 40]),
            "Rename the file, or fix the text, so that it is valid UTF-8",
        )
    if isinstance(error, UnicodeDecodeError):
        place = error.object[max(0, error.start - 20) : error.end + 20]
        return LabelAssembleError(
            f"text in {error.encoding}", f"the bytes {place!r}", "Save that file as UTF-8"
        )
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from; libraries do not always say that in so many words."""
    one: BaseException | None = error
    while one is not None:
        yield one
        unsaid = isinstance(one, RuntimeError) and not one.__suppress_context__
        one = one.__cause__ or (one.__context__ if unsaid else None)


def _describe_file(error: OSError) -> LabelAssembleError:
    place = " and ".join(
        os.fsdecode(name)
        for name in (error.filename, error.filename2)
        if isinstance(name, str | bytes | os.PathLike)
    )
    got = error.strerror or _first_line(error)
    if error.errno in FULL:
        temporary = os.environ.get("TMPDIR", "/tmp")
        return LabelAssembleError(
            f"room on the disk for {place or f'what is written ({temporary} counts too)'}",
            got,
            f"Free some room, {OTHER_PLACE}, {_AGAIN}",
        )
    if error.errno == errno.ENOMEM:
        return _no_memory(error)
    if error.errno in DENIED:
        return LabelAssembleError(
            f"a file or folder that {_user()} may use: {place or 'no name was given'}",
            got,
            f"Change its permissions (ls -ld shows them), {OTHER_PLACE}",
        )
    if error.errno in TOO_MANY:
        return LabelAssembleError(
            "fewer open files than the system allows",
            f"{got}: {place}" if place else got,
            "Allow more (ulimit -n 4096), or use fewer workers",
        )
    return LabelAssembleError(
        f"a file or folder that can be used: {place}" if place else "files that can be used",
        got,
        f"See what lies there (ls -ld shows it), {OTHER_PLACE}",
    )


def _no_memory(error: BaseException) -> LabelAssembleError:
    return LabelAssembleError(
        "enough memory for this step",
        f"none left: {_first_line(error)}",
        "Close other programs, use fewer workers (images.workers) or smaller batches "
        f"(training.batch_size), or a machine with more memory, {_AGAIN}",
    )


def _user() -> str:
    try:
        return f"the user {getpass.getuser()}"
    except (KeyError, OSError, ImportError):
        return "this user"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
