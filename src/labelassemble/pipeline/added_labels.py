"""What the sources know of a class that is added, before an image is read and anything written."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, SourceError, some
from labelassemble.sources.assessments import NEGATIVE, POSITIVE
from labelassemble.vocabulary.class_table import ClassTable


class KnownImages(NamedTuple):
    """How many images of a source are known to have a class, and not to have it."""

    positive: int
    negative: int


def count_known(table: ClassTable, name: str) -> KnownImages:
    """Count the images of a source that a reader called positive, and the other negative ones."""
    state = table.assessments.column(name)
    positive, negative = (np.unique(table.assessments.image[state == one]) for one in (3, 1))
    assert (NEGATIVE, POSITIVE) == (1, 3)
    return KnownImages(len(positive), len(np.setdiff1d(negative, positive)))


def refuse_unjudged(tables: Sequence[ClassTable], name: str, added: str) -> None:
    """Refuse a class of which the sources know no positive, or no negative.

    Args:
        tables: all sources.
        name: the class.
        added: the source that is added, or named again.

    Raises:
        SourceError: says what each source knows.
    """
    known = {table.source: count_known(table, name) for table in tables}
    there = KnownImages(*(sum(each) for each in zip(*known.values(), strict=True)))
    if there.positive and there.negative:
        return
    own = next(table for table in tables if table.source == added)
    counts = some(
        f"{source} {one.positive:,} positive, {one.negative:,} negative"
        for source, one in known.items()
        if any(one)
    )
    if name in own.scope or any(there):
        got = counts or f"none; {added} looked for it and calls no image so"
        do = "Add a source that has both; negatives come from the scope of its manifest"
    else:
        got = f"{added} looked for {some(own.scope, 20) or 'no class of the vocabulary'}"
        do = "Name one of these, or say in the manifest's [terms] which of its words means it"
    raise SourceError(f"images with and without {name} in the sources", got, do)


def refuse_unlearnable(table: AssembledTable, name: str) -> None:
    """Refuse a class that no training image has, or lacks, once the split is drawn.

    Raises:
        SettingsError: says where its images are.
    """
    cells = table.cells.filter(pl.col("class") == name, pl.col("label").is_in([0.0, 1.0]))
    placed = cells.join(table.records.select("record", "split"), on="record")
    counted = {
        (split, label): count
        for split, label, count in placed.group_by("split", "label").len().iter_rows()
    }
    if all(counted.get(("train", label)) for label in (0.0, 1.0)):
        return
    told = some(
        f"{split}: {counted.get((split, 1.0), 0):,} positive, {counted.get((split, 0.0), 0):,} "
        "negative"
        for split in ("train", "validate", "test")
    )
    raise SettingsError(
        f"training images with and without {name}",
        told,
        "Add a source with more of them, or with --split train where it is all held out",
    )
