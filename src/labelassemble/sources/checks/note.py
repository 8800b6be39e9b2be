"""One thing that is wrong with a source, or that should be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from labelassemble.errors import LabelAssembleError

SET_ASIDE = "set aside by the check: "
"""How the reason of a row begins that is left out only because of a problem that has a note."""


@dataclass(frozen=True)
class Note:
    """One line of a check."""

    kind: Literal["problem", "remark"]
    """problem: must be mended before the source can be read. remark: should be looked at."""
    what: str
    """What it is, with how many."""
    do: str
    """What to do about it, an imperative sentence."""
    count: int = 1
    """How many rows, images, patients or names it concerns."""
    example: str = ""
    """One of them."""

    def __str__(self) -> str:
        """Give the note in one line.

        >>> print(Note("problem", "2 rows without an image", "Fill in the names", 2, "line 7"))
        2 rows without an image, such as line 7. Fill in the names.
        """
        such = f", such as {self.example}" if self.example else ""
        end = "" if self.do.endswith((".", "!", "?")) else "."
        what = " ".join(f"{self.what}{such}".split())
        return f"{what}{'' if what.endswith(('.', '!', '?')) else '.'} {self.do}{end}"


def problem(what: str, do: str, count: int = 1, example: str = "") -> Note:
    """Make a note of something that must be mended."""
    return Note("problem", what, do, count, example)


def remark(what: str, do: str, count: int = 1, example: str = "") -> Note:
    """Make a note of something that should be looked at."""
    return Note("remark", what, do, count, example)


def note_error(error: LabelAssembleError) -> Note:
    """Make a note of an error that stops the strict reading.

    >>> print(note_error(LabelAssembleError("a header", "none", "Write one")))
    Expected a header, got none. Write one.
    """
    return problem(f"Expected {error.expected}, got {error.got}", error.do)


def plural(count: int, noun: str, several: str | None = None) -> str:
    """Give a number with its noun.

    >>> plural(1, "row"), plural(2000, "row"), plural(2, "patient has", "patients have")
    ('1 row', '2,000 rows', '2 patients have')
    """
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def name_nearest(name: str, known: Sequence[str]) -> str:
    """Name what looks most like a name, as ``; nearest: 'x'``; nothing if nothing does.

    Upper and lower case make no difference.

    >>> name_nearest("patient id", ["Patient ID", "Age"])
    "; nearest: 'Patient ID'"
    """
    folded: Mapping[str, str] = {one.casefold(): one for one in known if one}
    near = get_close_matches(name.casefold(), folded, n=2, cutoff=0.6)
    return f"; nearest: {' or '.join(repr(folded[one]) for one in near)}" if near else ""
