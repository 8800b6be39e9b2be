"""What an experiment takes away from an assembled table: classes, cells, images, sources.

Every change keeps the test split as it is, so that all arms of an experiment predict for the same
images and are scored on the same labels. Nothing becomes negative: what is hidden is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, unknown_name

LEARNED = ("train", "validate")
"""Splits that changes apply to."""


class LabelCounts(NamedTuple):
    """Training images, and the cells of their classes."""

    records: int
    positives: int
    negatives: int
    unknown: int


def count_labels(table: AssembledTable) -> LabelCounts:
    """Count the training split: labels of 0.5 and more are positive."""
    train = table.records.filter(pl.col("split") == "train").select("record")
    label = table.cells.join(train, on="record", how="semi")["label"].drop_nulls()
    positives = int((label >= 0.5).sum())
    negatives = len(label) - positives
    unknown = train.height * len(table.classes) - len(label)
    return LabelCounts(train.height, positives, negatives, unknown)


def keep_classes(table: AssembledTable, classes: Sequence[str]) -> AssembledTable:
    """Ask for these classes alone, in this order; the test split loses the others too.

    Raises:
        AssemblyError: a class that the table does not have.
    """
    check_table_classes(table, classes)
    return replace(
        table,
        classes=tuple(classes),
        cells=table.cells.filter(pl.col("class").is_in(list(classes))),
        scopes={
            source: tuple(name for name in scope if name in classes)
            for source, scope in table.scopes.items()
        },
    )


def check_table_classes(table: AssembledTable, classes: Sequence[str]) -> None:
    """Refuse classes that the table does not have.

    Raises:
        AssemblyError: names the first of them, and what is near.
    """
    for name in classes:
        if name not in table.classes:
            raise AssemblyError(
                "classes of the assembled table",
                unknown_name("class", name, table.classes),
                "Name one of these, or assemble again with that class",
            )


def hide_cells(table: AssembledTable, kept: Mapping[str, Sequence[str]]) -> AssembledTable:
    """Make unknown what sources said of some classes of training and validation images.

    What an image that two sources share has been told by both stays where one of them keeps it.

    Args:
        table: the assembled table.
        kept: source to the classes of which its word stays; other sources keep all.

    Raises:
        AssemblyError: a source or class that the table does not have.
    """
    for source, classes in kept.items():
        if source not in table.scopes:
            raise AssemblyError(
                "sources of the table",
                unknown_name("source", source, table.scopes),
                "Name one of these",
            )
        check_table_classes(table, classes)
    keeping = pl.DataFrame(
        [(source, name) for source, classes in kept.items() for name in classes],
        schema={"place": pl.String, "class": pl.String},
        orient="row",
    )
    learned = table.records.filter(pl.col("split").is_in(LEARNED)).select("record")
    said = (
        table.cells.select("record", "class", place=pl.col("source").str.split("+"))
        .join(learned, on="record", how="semi")
        .explode("place")
    )
    free = said.filter(~pl.col("place").is_in(list(kept)))
    stays = pl.concat([free, said.join(keeping, on=["place", "class"], how="semi")])
    hidden = said.join(stays, on=["record", "class"], how="anti").select("record", "class")
    scopes = {
        source: tuple(name for name in scope if source not in kept or name in kept[source])
        for source, scope in table.scopes.items()
    }
    cells = table.cells.join(hidden, on=["record", "class"], how="anti", maintain_order="left")
    return replace(table, cells=cells, scopes=scopes)


def deal_out(table: AssembledTable, names: Sequence[str], seed: int) -> AssembledTable:
    """Make as many sources of the training and validation images, whoever brought them.

    Groups (all images of a person, and what cannot be told from them) stay together. They are
    dealt in turn in a random order, the splits apart, so that the parts are equally large. A
    part's images, members and cells are said by that part; the test split keeps its sources.

    Args:
        table: the assembled table.
        names: of the parts.
        seed: of the order.

    Raises:
        AssemblyError: a name that is a source already.
    """
    taken = [name for name in names if name in table.scopes]
    if taken:
        raise AssemblyError(
            "names of parts that no source has",
            f"the source {taken[0]!r}",
            "Name either sources alone, or parts alone",
        )
    generator = np.random.default_rng(seed)
    dealt = []
    for split in LEARNED:
        groups = table.records.filter(pl.col("split") == split)["group"].unique().sort()
        order = generator.permutation(len(groups))
        dealt.append(
            pl.DataFrame(
                {
                    "group": groups.gather(order),
                    "split": [split] * len(groups),
                    "part": [names[place % len(names)] for place in range(len(groups))],
                },
                schema={"group": pl.Int64, "split": pl.String, "part": pl.String},
            )
        )
    part_of = (
        table.records.select("record", "group", "split")
        .join(pl.concat(dealt), on=["group", "split"], how="left", maintain_order="left")
        .select("record", "part")
    )

    def rename(frame: pl.DataFrame) -> pl.DataFrame:
        named = frame.join(part_of, on="record", how="left", maintain_order="left")
        return named.with_columns(source=pl.coalesce("part", "source")).drop("part")

    tested = {
        name: scope
        for name, scope in table.scopes.items()
        if (table.records.filter(pl.col("split") == "test")["source"] == name).any()
    }
    return replace(
        table,
        records=rename(table.records),
        cells=rename(table.cells),
        members=rename(table.members).unique(["record", "source"], maintain_order=True),
        scopes={**dict.fromkeys(names, table.classes), **tested},
    )


def keep_records(table: AssembledTable, records: pl.Series) -> AssembledTable:
    """Keep these training and validation images, and all others of the table."""
    keep = ~pl.col("split").is_in(LEARNED) | pl.col("record").is_in(records.implode())
    return _with_records(table, table.records.filter(keep))


def without_source(table: AssembledTable, source: str) -> AssembledTable:
    """Take a source out of training and validation: what it alone brought, and what it alone said.

    Cells on which it agreed with another source stay. What the others would have said where this
    one overruled them is not known any more, and stays unknown.

    Raises:
        AssemblyError: no such source.
    """
    if source not in table.scopes:
        raise AssemblyError(
            "a source of the table", unknown_name("source", source, table.scopes), "Name one"
        )
    others = table.members.filter(pl.col("source") != source).select("record").unique()
    learned = table.records.filter(pl.col("split").is_in(LEARNED)).select("record", "source")
    gone = learned.join(others, on="record", how="anti")
    left = table.records.join(gone, on="record", how="anti", maintain_order="left")
    # An image that others brought too is from now on theirs.
    theirs = (
        table.members.filter(pl.col("source") != source)
        .unique("record", keep="first", maintain_order=True)
        .select("record", other="source")
    )
    left = left.join(theirs, on="record", how="left", maintain_order="left").with_columns(
        source=pl.when((pl.col("source") == source) & pl.col("split").is_in(LEARNED))
        .then("other")
        .otherwise("source")
    )
    by_it = pl.col("source") == source
    silent = table.cells.filter(by_it).join(learned, on="record", how="semi")
    cells = table.cells.join(
        silent.select("record", "class"),
        on=["record", "class"],
        how="anti",
        maintain_order="left",
    )
    changed = replace(table, cells=cells)
    return _with_records(changed, left.drop("other"))


def labelled_records(
    table: AssembledTable, name: str, splits: Sequence[str] = ("train",)
) -> pl.Series:
    """Images of some splits that are labelled for a class."""
    said = table.cells.filter(pl.col("class") == name, pl.col("label").is_not_null())
    own = table.records.filter(pl.col("split").is_in(list(splits)))
    return own.join(said.select("record"), on="record", how="semi", maintain_order="left")["record"]


def draw_labelled(table: AssembledTable, name: str, count: int | None, seed: int) -> pl.Series:
    """Draw training images that are labelled for a class, and their share of validation ones.

    Positives and negatives come in the proportion that the table has, at least one of each; the
    validation split is thinned by the same factor, at least to one of each, where it has them.

    Args:
        table: the assembled table.
        name: the class.
        count: training images to draw; None: all.
        seed: of the draw. A smaller count draws a part of a larger one's images.

    Raises:
        AssemblyError: fewer labelled training images than that, or not two of each kind.
    """
    check_table_classes(table, [name])
    labelled = (
        table.cells.filter(pl.col("class") == name, pl.col("label").is_not_null())
        .select("record", positive=pl.col("label") >= 0.5)
        .join(table.records.select("record", "split"), on="record", how="inner")
        .filter(pl.col("split").is_in(LEARNED))
        .sort("record")
    )
    train = labelled.filter(pl.col("split") == "train")
    there = train.height
    kinds = [int(train["positive"].sum()), int((~train["positive"]).sum())]
    if min(kinds) < 2 or (count or 0) > there:
        raise AssemblyError(
            f"{count or 4:,} training images labelled for {name}, two of each kind or more",
            f"{there:,}: {kinds[0]:,} positive, {kinds[1]:,} negative",
            "Name smaller numbers in experiment.labelled, or another class of interest",
        )
    share = 1.0 if count is None else count / there
    generator = np.random.default_rng(seed)
    drawn = []
    for split in LEARNED:
        for positive in (True, False):
            names = labelled.filter(pl.col("split") == split, pl.col("positive") == positive)[
                "record"
            ]
            order = generator.permutation(len(names))
            some_of_them = min(len(names), max(1, round(share * len(names))))
            drawn.append(names.gather(order[:some_of_them]))
    return pl.concat(drawn)


def _with_records(table: AssembledTable, records: pl.DataFrame) -> AssembledTable:
    names = records.select("record")
    return replace(
        table,
        records=records,
        cells=table.cells.join(names, on="record", how="semi", maintain_order="left"),
        members=table.members.join(names, on="record", how="semi", maintain_order="left"),
    )
