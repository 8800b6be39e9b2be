"""Standard streams that take every text, on every console, and may be closed."""

import io
import os
import sys
from contextlib import suppress

from labelassemble.storage.object_place import tell_text


def prepare_streams() -> None:
    """Let standard output and error take every text, and be there.

    What the console's encoding cannot show is written as an escape (``\\u2192``, ``\\udce9``); a
    stream that the caller closed is one that nobody reads.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def complain(text: str) -> None:
    """Write a line to standard error, if anybody reads that."""
    with suppress(OSError):
        sys.stderr.write(f"{tell_text(text)}\n")
    flush_or_abandon("stderr")


def flush_or_abandon(name: str) -> None:
    """Write what a stream still holds; where nobody reads it or no room is left, forget it.

    Else Python writes it once more when it ends, and fails once more.

    Args:
        name: ``stdout`` or ``stderr``.
    """
    stream = getattr(sys, name)
    try:
        stream.flush()
    except OSError:
        # Under a test the streams are others, whose files are not ours to exchange.
        if stream in (sys.__stdout__, sys.__stderr__):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
