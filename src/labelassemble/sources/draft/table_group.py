"""Tables that are parts of one: of the same columns, on other images."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from labelassemble.sources.draft.labels_found import LabelsFound
from labelassemble.sources.draft.peek import Peek
from labelassemble.sources.draft.roles import Roles
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.part_tables import name_by_part
from labelassemble.sources.split_parts import lie_alike


class TableGuess(NamedTuple):
    """A table and what its columns seem to be.

    Attributes:
        name: path of its file below the folder.
        peek: the table.
        roles: which column is what.
        labels: how labels seem to be written, the likeliest first.
        score: how well it fits.
        joined: files of further tables with columns of the same rows, and on which column.
        sign: what stands between the columns of these; none: what is assumed anyway.
    """

    name: str
    peek: Peek
    roles: Roles
    labels: tuple[LabelsFound, ...]
    score: float
    joined: tuple[tuple[str, str], ...] = ()
    sign: str | None = None


def group_tables(survey: Survey, guesses: Sequence[TableGuess]) -> list[list[TableGuess]]:
    """Put tables together that are parts of one: same columns, other images, and one folder.

    Or folders that differ only in the name of a part of a split: ``train/`` and ``valid/``. Images
    of the same name are others where each table has its own folder of them (``name_by_part``).
    """
    groups: list[list[TableGuess]] = []
    for guess in guesses:
        for group in groups:
            first = group[0]
            same = (
                guess.peek.table.columns == first.peek.table.columns
                and guess.peek.separator == first.peek.separator
                and guess.peek.header == first.peek.header
                and guess.roles.image.column == first.roles.image.column
                and lie_alike(guess.name, first.name)
            )
            if same and not _share_images(survey, [*group, guess]):
                group.append(guess)
                break
        else:
            groups.append([guess])
    return groups


def images_of(guess: TableGuess) -> pl.Series:
    """Names of the images that a table speaks of, each once."""
    return guess.peek.table[guess.roles.image.column].unique().sort()


def put_together(survey: Survey, tables: Sequence[TableGuess]) -> pl.DataFrame:
    """Rows of several tables, whose images have names of their own."""
    rows, places = [one.peek.table for one in tables], [one.peek.file for one in tables]
    return _name_by_part(survey, rows, places, tables[0].roles.image.column)


def _share_images(survey: Survey, tables: Sequence[TableGuess]) -> bool:
    """Whether two tables speak of one image."""
    names = [images_of(one).to_frame("image") for one in tables]
    places = [one.peek.file for one in tables]
    named = _name_by_part(survey, names, places, "image")
    return bool(named["image"].is_duplicated().any())


def _name_by_part(
    survey: Survey, tables: Sequence[pl.DataFrame], places: Sequence[str], image: str
) -> pl.DataFrame:
    table = pl.concat(tables)
    if len(tables) == 1:
        return table
    there = pl.Series([*survey.images, *survey.volumes], dtype=pl.String)
    files = ImageFolder(survey.folder, there, 0)
    pairs = zip(places, tables, strict=True)
    of = pl.Series([place for place, one in pairs for _ in range(one.height)], dtype=pl.String)
    return table.with_columns(name_by_part(table[image], of, files, "").alias(image))
