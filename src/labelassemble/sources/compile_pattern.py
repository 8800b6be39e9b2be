"""Matching a manifest's regular expressions, none of which takes for ever."""

import re
import signal
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import FrameType

from labelassemble.bounds import allow_more, read_bounds
from labelassemble.errors import SourceError, shorten

_FEW_STEPS = 1_000_000
"""Steps of a match up to which no timer is set."""
_SLOW_SECONDS = 0.01
"""What takes longer counts against ``pattern_seconds`` of the bounds."""

_HAS_TIMER = hasattr(signal, "setitimer")


class Expression:
    """A compiled pattern whose matches end.

    Python's engine takes for ever where repeats are nested or many. Where a name's length to the
    power of the pattern's repeats is small, it cannot; elsewhere the system's timer stops it, which
    works in the main thread, and not on Windows.

    Args:
        pattern: as Python's ``re`` writes it.
        ignore_case: as its flag of this name.
        seconds: ``pattern_seconds`` of the bounds.

    Attributes:
        pattern: as it was given.
        groupindex: names of the groups, and their numbers.
    """

    def __init__(self, pattern: str, ignore_case: bool, seconds: float) -> None:
        self._compiled = re.compile(pattern, re.IGNORECASE if ignore_case else re.NOFLAG)
        self.groupindex: Mapping[str, int] = self._compiled.groupindex
        self.pattern = pattern
        self._longest = _longest_at_once(pattern)
        self._seconds, self._slow = seconds, 0.0

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Match the whole text.

        Raises:
            SourceError: it takes longer than ``pattern_seconds`` of the bounds.
        """
        whole = self._compiled.fullmatch
        return whole(text) if len(text) <= self._longest[0] else self._in_time(whole, text)

    def search(self, text: str) -> re.Match[str] | None:
        """Match the first part of the text that matches.

        Raises:
            SourceError: as ``fullmatch``.
        """
        part = self._compiled.search
        return part(text) if len(text) <= self._longest[1] else self._in_time(part, text)

    def _in_time(
        self, match: Callable[[str], re.Match[str] | None], text: str
    ) -> re.Match[str] | None:
        if not _HAS_TIMER or threading.current_thread() is not threading.main_thread():
            return match(text)
        if signal.getsignal(signal.SIGVTALRM) is not _stop:
            signal.signal(signal.SIGVTALRM, _stop)
        left = max(self._seconds - self._slow, _SLOW_SECONDS)
        try:
            # The engine looks for signals now and then. Seconds of this process, not of the clock:
            # a busy machine refuses no pattern.
            signal.setitimer(signal.ITIMER_VIRTUAL, left)
            found = match(text)
            took = left - signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)[0]
        except _StoppedError as error:
            raise SourceError(
                "a regular expression that is matched in a moment",
                f"{shorten(self.pattern, 300)!r}, which has taken {self._seconds:g} s "
                f"and is at {shorten(text, 100)!r}",
                "Write it so that no text fits it in many ways: no repeat within a repeat, such as "
                f"(a+)+, and [^/]* in place of .*. {allow_more('pattern_seconds')}",
            ) from error
        self._slow += took if took > _SLOW_SECONDS else 0.0
        return found


class _StoppedError(Exception):
    """The timer rang."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise _StoppedError


def compile_pattern(pattern: str, ignore_case: bool = False) -> Expression:
    """Compile a pattern that was checked.

    >>> compile_pattern("(?P<patient>[0-9]+)_.*").fullmatch("007_a.png")["patient"]
    '007'
    """
    return _compile(pattern, ignore_case, read_bounds().pattern_seconds)


_compile = lru_cache(maxsize=1024)(Expression)


def _longest_at_once(pattern: str) -> tuple[int, int]:
    """How long a text may be that needs no timer: matched as a whole, and searched in.

    Counted are all signs that may be repeats or choices, whatever stands before them: a match tries
    no more ways than there are places for each repeat, times two for each choice.

    >>> _longest_at_once("(?:.*/)?(?P<patient>[0-9]{8})_.*"), _longest_at_once("(a+)+b")
    ((706, 78), (0, 0))
    """
    bare = re.sub(r"\(\?(P?<|P=|[:=!>#]|[a-zA-Z-]*[:)])", "(", pattern)
    bare = re.sub(r"(?<!\))\{\d+\}", "", bare)
    if re.search(r"\)[*+{]|\(\?", bare):
        return 0, 0
    repeats = len(re.findall(r"[*+{]", bare))
    ways = _FEW_STEPS / 2 ** len(re.findall(r"[?|]", bare))
    whole, part = (int(ways ** (1 / max(more + repeats, 1)) - 1) for more in (0, 1))
    return whole, part
