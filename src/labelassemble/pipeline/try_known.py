"""Whether a folder can be read with a built-in manifest, and what the command needs for it."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural
from labelassemble.pipeline.check_source import check_source


class Tried(NamedTuple):
    """A built-in manifest, what a check says against it, and what the command needs.

    Attributes:
        name: of the manifest.
        problems: what a check says against it; blank: nothing.
        flags: what the command needs.
        images: names of the images as its table gives them; empty: it could not be read.
    """

    name: str
    problems: str
    flags: tuple[str, ...]
    images: pl.Series


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
            name, folder, vocabulary=vocabulary, masks=5, missing_images="exclude"
        )
        if len(looser.problems) < len(best.problems):
            best, flags = looser, (*flags, "--missing-images", "exclude")
    said = "" if not best.problems else f"{plural(len(best.problems), 'problem')}, the first: "
    images = pl.Series([], dtype=pl.String)
    if best.table is not None:
        images = best.table.images["image"]
    return Tried(name, said + str(best.problems[0]) if said else "", flags, images)
