"""Whether a folder can be read with a built-in manifest, and what the command needs for it."""

from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import plural
from labelassemble.pipeline.check_source import check_source


class Tried(NamedTuple):
    """A built-in manifest, what a check says against it, and what the command needs."""

    name: str
    problems: str
    flags: tuple[str, ...]


def try_known(name: str, folder: Path, vocabulary: str | None) -> Tried:
    """Check a built-in manifest, with and without all images.

    Args:
        name: of the manifest.
        folder: the source's folder.
        vocabulary: in which its terms are looked up; none: its own.

    Raises:
        VocabularyError: no such vocabulary.
    """
    flags: tuple[str, ...] = ("--vocabulary", vocabulary) if vocabulary else ()
    best = check_source(name, folder, vocabulary=vocabulary, masks=5)
    if best.problems:
        looser = check_source(
            name, folder, vocabulary=vocabulary, masks=5, missing_images="leave_out"
        )
        if len(looser.problems) < len(best.problems):
            best, flags = looser, (*flags, "--missing-images", "leave_out")
    said = "" if not best.problems else f"{plural(len(best.problems), 'problem')}, the first: "
    return Tried(name, said + str(best.problems[0]) if said else "", flags)
