"""A part of an assembled table: images of some splits, classes that somebody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.errors import AssemblyError, SettingsError, unknown_name


def choose_records(
    table: AssembledTable,
    splits: Sequence[str] = (),
    known_classes: bool = False,
    classes: Sequence[str] = (),
) -> AssembledTable:
    """Take some images, and what the table says of them.

    What was counted over the whole table (``groups``, ``agreement``, ``excluded``, ``manifest``)
    stays as it was; groups without an image go.

    Args:
        table: the assembled table.
        splits: names out of ``SPLITS``; empty: all of them.
        known_classes: leave out the classes of which no label of these images is known.
        classes: names of the table's classes; empty: all of them. They keep the table's order.

    Raises:
        SettingsError: no such split, or no such class.
        AssemblyError: these splits hold no images.

    Source: our own.

    >>> import polars as pl
    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> row = {"record": "a/1", "source": "a", "group": 0, "split": "train"}
    >>> frames["records"] = make_frame("records", [row])
    >>> table = AssembledTable(classes=("mass",), **frames, scopes={"a": ("mass",)}, manifest={})
    >>> choose_records(table, ["train"], known_classes=True).classes
    ()
    """
    strange = [name for name in splits if name not in SPLITS]
    if strange:
        raise SettingsError(
            "splits of an assembled table",
            unknown_name("split", strange[0], SPLITS),
            "Name one or more of these, or none for all",
        )
    unknown = [name for name in classes if name not in table.classes]
    if unknown:
        raise SettingsError(
            "classes of the assembled table",
            unknown_name("class", unknown[0], table.classes),
            "Name one or more of these, or none for all",
        )
    if splits:
        kept = table.records.filter(pl.col("split").is_in(list(splits)))
        if kept.is_empty() and not table.records.is_empty():
            raise AssemblyError(
                f"images in {' or '.join(splits)}",
                f"none; the table has {_count_splits(table)}",
                "Name other splits, or none for all",
            )
        table = take_records(table, kept)
    if classes:
        table = _keep_classes(table, tuple(name for name in table.classes if name in classes))
    if known_classes:
        known = set(table.cells.filter(pl.col("label").is_not_null())["class"].unique())
        table = _keep_classes(table, tuple(name for name in table.classes if name in known))
    return table


def part_records(
    table: AssembledTable, reasons: Mapping[str, pl.Expr], form: str
) -> tuple[AssembledTable, dict[str, int]]:
    """Leave out the records that a form cannot hold.

    Args:
        table: the assembled table.
        reasons: why, in words, to which records; the first that fits counts.
        form: what the form is called in errors.

    Returns:
        The rest, and how many records each reason left out, those that left out none not counted.

    Raises:
        AssemblyError: nothing is left of a table that holds records.
    """
    why = pl.lit(None, pl.String)
    for reason, holds in reversed(list(reasons.items())):
        why = pl.when(holds.fill_null(False)).then(pl.lit(reason)).otherwise(why)
    told = table.records.with_columns(_why=why)
    kept = told.filter(pl.col("_why").is_null()).drop("_why")
    counts = told["_why"].drop_nulls().value_counts(sort=True).rows()
    excluded = {str(reason): int(count) for reason, count in counts}
    if kept.is_empty() and excluded:
        raise AssemblyError(
            f"images that {form} can hold",
            "none; " + "; ".join(f"{reason}: {count:,}" for reason, count in excluded.items()),
            "Choose other splits or classes (--splits, --classes), or export another form; "
            "docs/exports.md says what each holds",
        )
    return take_records(table, kept), excluded


def take_records(table: AssembledTable, records: pl.DataFrame) -> AssembledTable:
    """Keep some records, and what the table says of them."""

    def keep(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(records, on="record", how="semi", maintain_order="left")

    members = keep(table.members)
    images = members.select(image=pl.col("source") + "/" + pl.col("image"))["image"].implode()
    return replace(
        table,
        records=records,
        cells=keep(table.cells),
        members=members,
        groups=table.groups.join(records, on="group", how="semi", maintain_order="left"),
        links=table.links.filter(pl.col("left").is_in(images) & pl.col("right").is_in(images)),
        conflicts=keep(table.conflicts),
        boxes=keep(table.boxes),
        masks=keep(table.masks),
    )


def _keep_classes(table: AssembledTable, classes: tuple[str, ...]) -> AssembledTable:
    def keep(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("class").cast(pl.String).is_in(list(classes)))

    return replace(
        table,
        classes=classes,
        cells=keep(table.cells),
        conflicts=keep(table.conflicts),
        agreement=keep(table.agreement),
        boxes=keep(table.boxes),
        scopes={
            source: tuple(name for name in scope if name in classes)
            for source, scope in table.scopes.items()
        },
    )


def _count_splits(table: AssembledTable) -> str:
    counts = [(name, int((table.records["split"] == name).sum())) for name in SPLITS]
    return ", ".join(f"{count:,} {name}" for name, count in counts)
