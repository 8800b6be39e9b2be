"""One thing that was tried on this machine, and how it went."""

from typing import Literal, NamedTuple

HealthState = Literal["ok", "note", "broken"]


class Health(NamedTuple):
    """A line of ``labelassemble doctor``.

    Attributes:
        name: what was tried.
        state: ok; note: works without it, or is not there and need not be; broken: is needed.
        text: what was found, in one line.
    """

    name: str
    state: HealthState
    text: str


def one_line(error: BaseException) -> str:
    """Give the first line of what an error says, or its kind.

    >>> one_line(ValueError("cut\\nat byte 3")), one_line(MemoryError())
    ('cut', 'MemoryError')
    """
    return next(iter(str(error).splitlines()), "") or type(error).__name__
