"""What is known of the kinship of sources: relations, and how names of one become another's."""

from typing import NamedTuple

import polars as pl

from labelassemble.sources.input_file import InputFile
from labelassemble.sources.overlapping_names import OverlappingNames, SharedTable


class Route(NamedTuple):
    """How a source's names become names of another one.

    Attributes:
        start: which of its names: ``image`` or ``patient``.
        steps: the facts, in their order; none: they are the names themselves.
        space: manifest whose names they become.
        kind: what they are there: ``image`` or ``patient``.
    """

    start: str
    steps: tuple[OverlappingNames, ...]
    space: str
    kind: str

    @property
    def keeps_records(self) -> bool:
        """Whether images become images all the way: equal names are the same image."""
        kinds = {self.start, self.kind, *(one.theirs for one in self.steps)}
        return kinds == {"image"}

    @property
    def joins_persons(self) -> bool:
        """Whether names of images become names of patients."""
        return self.start == "image" and self.kind == "patient"


class Relation(NamedTuple):
    """Two sources of a recipe that are known to hold the same images.

    Attributes:
        one: the source of which it is known.
        other: the source that it speaks of.
        one_is: manifest under which the first is known.
        other_is: the same of the second.
        by_ids: names tell which images are the same.
        through: manifests between the two, or the one that both hold a part of.
        siblings: both hold a part of a third: whether they hold the same is not known.
        facts: the facts, from the first source on.
        missing: published tables that would tell which are the same, and lie in no folder.
    """

    one: str
    other: str
    one_is: str
    other_is: str
    by_ids: bool
    through: tuple[str, ...]
    siblings: bool
    facts: tuple[OverlappingNames, ...]
    missing: tuple[SharedTable, ...]


class Kinship(NamedTuple):
    """What is known of the kinship of a recipe's sources.

    Attributes:
        relations: in the order of the recipe.
        routes: source to the ways its names go.
        tables: published tables that lie in a source's folder: columns ours, theirs.
        files: these files.
    """

    relations: tuple[Relation, ...]
    routes: dict[str, tuple[Route, ...]]
    tables: dict[SharedTable, pl.DataFrame]
    files: tuple[InputFile, ...]

    @property
    def told_pairs(self) -> set[frozenset[str]]:
        """Pairs of sources of which it is said what their names mean to each other."""
        return {
            frozenset((one.one, one.other))
            for one in self.relations
            if one.by_ids or not one.siblings
        }
