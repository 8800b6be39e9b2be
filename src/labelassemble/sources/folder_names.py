"""Labels in the names of folders and files: ``train/PNEUMONIA/person1_virus_6.jpeg``."""

import re
from typing import Annotated, Literal

import polars as pl
from pydantic import AfterValidator, Field, model_validator

from labelassemble.errors import SourceError, some
from labelassemble.settings import Settings
from labelassemble.sources.rows import FACTS, NONE_LEFT_OUT, Rows
from labelassemble.sources.scope import Scope, Words
from labelassemble.sources.spoken_words import state_words

_BETWEEN = "\n"


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


RegularExpression = Annotated[str, AfterValidator(_check_pattern)]
"""As Python's ``re`` writes it."""


class FolderNames(Settings):
    """No table: the images are the rows, and their names hold what is known of them."""

    encoding: Literal["folder_names"]
    patterns: Annotated[tuple[RegularExpression, ...], Field(min_length=1)]
    """Regular expressions over an image's path below the images folder (``/`` between folders, with
    extension); the first that matches the whole path counts. Named groups: ``patient``, ``split``,
    ``view``, ``age``, ``sex``, and one or more whose names begin with ``term`` (each gives a word
    that `scope` knows). A file that no pattern matches is an error."""

    @model_validator(mode="after")
    def _known_groups(self) -> "FolderNames":
        for pattern in self.patterns:
            groups = list(re.compile(pattern).groupindex)
            strange = [one for one in groups if not one.startswith("term") and one not in FACTS[1:]]
            if strange:
                raise ValueError(
                    f"the group {strange[0]!r} is none of {', '.join(FACTS[1:])} and term..."
                )
            if not any(one.startswith("term") for one in groups):
                raise ValueError(f"no group (?P<term>...) in {pattern!r}")
        return self


def read_names(images: pl.Series, labels: FolderNames) -> Rows:
    """Take the names of image files apart.

    Args:
        images: paths below the images folder, with ``/``.
        labels: the patterns.

    Returns:
        Rows whose one label cell holds the words, one a line.

    Raises:
        SourceError: a file that no pattern matches.
    """
    patterns = [re.compile(pattern) for pattern in labels.patterns]
    rows, strange = [], []
    for image in images:
        match = next((found for one in patterns if (found := one.fullmatch(image))), None)
        if match is None:
            strange.append(image)
            continue
        groups = match.groupdict(default="")
        words = [word for name, word in groups.items() if name.startswith("term") and word]
        rows.append((image, *(groups.get(fact, "") for fact in FACTS[1:]), _BETWEEN.join(words)))
    if strange:
        raise SourceError(
            "names of image files that a pattern of the manifest matches",
            f"{len(strange)} that none matches, such as {some(strange, 3)}",
            "Add a pattern to labels.patterns, or narrow images.glob",
        )
    schema = dict.fromkeys([*FACTS, "words"], pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Rows(facts=frame.select(FACTS), cells=frame.select("words"), left_out=NONE_LEFT_OUT)


def state_folder_names(
    images: pl.Series, cells: pl.DataFrame, labels: FolderNames, scope: Scope
) -> pl.DataFrame:
    """Make verdicts of the words in names.

    Args:
        images: names of the images.
        cells: the words beside them, as `read_names` gives them.
        labels: the patterns.
        scope: what was looked for.

    Returns:
        ``VERDICT_COLUMNS``.

    Raises:
        SourceError: a word that the scope does not know.

    >>> pattern = r"(?P<term>sick|well)/(?P<patient>\\d+)\\.png"
    >>> labels = FolderNames(encoding="folder_names", patterns=(pattern,))
    >>> rows = read_names(pl.Series(["sick/1.png", "well/2.png"]), labels)
    >>> scope = Scope(terms=("sick",), no_finding=("well",))
    >>> said = state_folder_names(rows.facts["image"], rows.cells, labels, scope)
    >>> said.select("image", "term", "verdict").rows()
    [('sick/1.png', 'sick', 'positive'), ('well/2.png', 'sick', 'negative')]
    """

    def take_apart(cell: str) -> Words:
        words = tuple(dict.fromkeys(cell.split(_BETWEEN)))
        return Words(words, words)

    return state_words(images, cells["words"], take_apart, scope, "file name")
