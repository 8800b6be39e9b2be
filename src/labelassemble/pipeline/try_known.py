"""Whether a folder can be read with a built-in manifest, and what the command needs for it."""

from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import plural
from labelassemble.pipeline.check_source import check_source

VOCABULARIES = ("chest_radiograph", "abdominal_ct")
"""Tried in this order where none is named; the one that knows the most of the words is taken."""


class Tried(NamedTuple):
    """A built-in manifest, what a check says against it, and what the command needs."""

    name: str
    problems: str
    flags: tuple[str, ...]


def try_known(name: str, folder: Path, vocabulary: str | None) -> Tried:
    """Check a built-in manifest, in the vocabulary that suits it, with and without all images.

    Args:
        name: of the manifest.
        folder: the source's folder.
        vocabulary: the only one to try; none: the built-in ones.

    Raises:
        VocabularyError: no such vocabulary.
    """
    tried = []
    for words in [vocabulary] if vocabulary else VOCABULARIES:
        flags = () if words == VOCABULARIES[0] else ("--vocabulary", words)
        check = check_source(name, folder, vocabulary=words, masks=5)
        if check.problems:
            looser = check_source(
                name, folder, vocabulary=words, masks=5, missing_images="leave_out"
            )
            if len(looser.problems) < len(check.problems):
                check, flags = looser, (*flags, "--missing-images", "leave_out")
        tried.append((len(check.problems), check, flags))
        if not check.problems:
            break
    _, best, flags = min(tried, key=lambda one: one[0])
    said = "" if not best.problems else f"{plural(len(best.problems), 'problem')}, the first: "
    return Tried(name, said + str(best.problems[0]) if said else "", flags)
