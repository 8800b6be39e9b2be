"""What is wrong with a source: each fact noted once, told by `check` and by `assemble` alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeVar

from labelassemble.errors import LabelAssembleError, SourceError, plural

Result = TypeVar("Result")

SET_ASIDE = "set aside by the check: "
"""How the reason of a row begins that is left out only because of a problem that is reported."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a source, or that should be looked at."""

    kind: Literal["problem", "remark"]
    """problem: must be fixed before the source can be read. remark: should be looked at."""
    what: str
    """What it is, with how many."""
    do: str
    """What to do about it, an imperative sentence."""
    count: int = 1
    """How many rows, images, patients or names it concerns."""
    example: str = ""
    """One of them."""
    expected: str = ""
    """What was expected instead."""
    error: SourceError | None = None
    """The error that told it, where one did."""

    def __str__(self) -> str:
        """Give it in one line.

        >>> print(problem("2 rows without an image", "Fill in the names", 2, "line 7"))
        2 rows without an image, such as line 7. Fill in the names.
        """
        end = "" if self.do.endswith((".", "!", "?")) else "."
        what = self.with_example()
        return f"{what}{'' if what.endswith(('.', '!', '?')) else '.'} {self.do}{end}"

    def as_error(self) -> SourceError:
        """Give it as an error of its own."""
        return self.error or SourceError(self.expected, self.with_example(), self.do)

    def with_example(self) -> str:
        """Say what it is, with one of them."""
        such = f", such as {self.example}" if self.example else ""
        return " ".join(f"{self.what}{such}".split())


def problem(what: str, do: str, count: int = 1, example: str = "", expected: str = "") -> Problem:
    """Make a note of something that must be fixed."""
    return Problem("problem", what, do, count, example, expected)


def remark(what: str, do: str, count: int = 1, example: str = "") -> Problem:
    """Make a note of something that should be looked at."""
    return Problem("remark", what, do, count, example)


def note_error(error: LabelAssembleError) -> Problem:
    """Make a note of an error.

    >>> print(note_error(SourceError("a header", "none", "Write one")))
    Expected a header, got none. Write one.
    """
    told = error if isinstance(error, SourceError) else None
    what = f"Expected {error.expected}, got {error.got}"
    return Problem("problem", what, error.do, expected=error.expected, error=told)


class SourceProblemsError(SourceError):
    """Several things that are wrong with a source, in one error."""

    longest = 20_000


class NothingLeftError(Exception):
    """Nothing is left to read; why, is noted already."""


class Problems:
    """Collects what the steps of reading find wrong, so that each can go on with the rest.

    Args:
        at_once: raise the first problem instead, and drop remarks: for a step that is used alone.
    """

    def __init__(self, at_once: bool = False) -> None:
        self.at_once = at_once
        self.noted: list[Problem] = []

    def note(self, expected: str, got: str, do: str, count: int = 1, example: str = "") -> None:
        """Problem something that must be fixed; whoever notes it sets the rows aside and goes on.

        Raises:
            SourceError: problems are raised at once.
        """
        self.add(problem(got, do, count, example, expected))

    def remark(self, what: str, do: str, count: int = 1, example: str = "") -> None:
        """Problem something that breaks no rule and should be looked at."""
        self.add(remark(what, do, count, example))

    def add(self, *noted: Problem) -> None:
        """Take notes that were made elsewhere; the same problem is reported once.

        Raises:
            SourceError: problems are raised at once.
        """
        for one in noted:
            if self.at_once:
                if one.kind == "problem":
                    raise one.as_error()
            elif one not in self.noted:
                self.noted.append(one)

    @contextmanager
    def catch(self) -> Iterator[None]:
        """Problem an error of what stands within, and go on behind it.

        Raises:
            SourceError: problems are raised at once.
        """
        try:
            yield
        except SourceError as error:
            if self.at_once:
                raise
            self.add(note_error(error))

    def attempt(self, step: Callable[[], Result]) -> Result | None:
        """Take a step; none where it ends in an error, which is noted, or nothing is left to read.

        Raises:
            SourceError: problems are raised at once.
        """
        result: Result | None = None
        with self.catch(), suppress(NothingLeftError):
            result = step()
        return result

    @property
    def any(self) -> bool:
        """Whether something must be fixed; remarks do not count."""
        return any(one.kind == "problem" for one in self.noted)

    def raise_if_any(self, source: str) -> None:
        """End a strict reading.

        Args:
            source: names the source.

        Raises:
            SourceError: there are problems; it tells all of them.
        """
        raise_problems({source: self})


def raise_problems(found: Mapping[str, Problems]) -> None:
    """Raise all that is wrong with all sources at once, if anything is.

    Args:
        found: name of a source to its problems.

    Raises:
        SourceError: in the words in which `check` tells them.
    """
    wrong = {
        name: those
        for name, problems in found.items()
        if (those := [one for one in problems.noted if one.kind == "problem"])
    }
    count = sum(map(len, wrong.values()))
    if count == 1:
        ((name, (alone,)),) = wrong.items()
        error = alone.as_error()
        raise SourceError(f"{error.expected} (source {name})", error.got, error.do)
    if count:
        lines = "".join(
            f"\n  - {f'{name}: ' if len(wrong) > 1 else ''}{one}"
            for name, those in wrong.items()
            for one in those
        )
        raise SourceProblemsError(
            f"sources as their manifests say: {', '.join(wrong)}",
            f"{plural(count, 'problem')}:{lines}",
            "Fix these; labelassemble check also tells what is worth a look",
        )


AT_ONCE = Problems(at_once=True)
"""For a step that is used alone: it raises the first problem."""


def name_nearest(name: str, known: Sequence[str]) -> str:
    """Name what looks most like a name, as ``; nearest: 'x'``; nothing if nothing does.

    Upper and lower case make no difference.

    >>> name_nearest("patient id", ["Patient ID", "Age"])
    "; nearest: 'Patient ID'"
    """
    if len(name) > 200:  # nobody misspells a whole report, and comparing one takes minutes
        return ""
    folded: Mapping[str, str] = {one.casefold(): one for one in known if one}
    near = get_close_matches(name.casefold(), folded, n=2, cutoff=0.6)
    return f"; nearest: {' or '.join(repr(folded[one]) for one in near)}" if near else ""
