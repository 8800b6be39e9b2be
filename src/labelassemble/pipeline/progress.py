"""A progress bar where there is a terminal, a few plain lines where there is none."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function to call with (done, total).

    A terminal shows a bar with the time left; elsewhere a line is written at most every ten
    seconds and one at the end.
    """
    if sys.stderr.isatty():
        # Only here: a twentieth of the time that predicting for one image takes.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    plain = PlainProgress(title)
    yield plain.update


class PlainProgress:
    """Writes ``title: done of total`` to standard error, not more often than every ten seconds."""

    def __init__(self, title: str, seconds: float = 10.0) -> None:
        self.title, self.seconds = title, seconds
        self.written = time.monotonic()
        self.first: tuple[int, float] | None = None

    def update(self, done: int, total: int) -> None:
        """Say how far it is, if it is done or if it is time; nothing where nothing is to do."""
        if total == 0:
            return
        now = time.monotonic()
        if self.first is None:
            self.first = done, now
        if done == total or now - self.written >= self.seconds:
            left = _say_left(done - self.first[0], total - done, now - self.first[1])
            sys.stderr.write(f"{self.title}: {done:,} of {total:,}{left}\n")
            self.written = now


def _say_left(done: int, left: int, seconds: float) -> str:
    """Say how long the rest takes if it goes on as it went.

    >>> _say_left(100, 900, 20.0), _say_left(100, 100, 20.0), _say_left(0, 3, 1.0)
    (', 3 min left', ', 20 s left', '')
    """
    if done == 0 or left == 0:
        return ""
    rest = seconds / done * left
    units = ((3600, "h"), (60, "min"), (1, "s"))
    size, unit = next((one for one in units if rest >= 2 * one[0]), units[-1])
    return f", {max(1, round(rest / size))} {unit} left"
