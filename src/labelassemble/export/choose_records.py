"""A part of an assembled table: images of some splits, classes that somebody knows."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.errors import AssemblyError, SettingsError, unknown_name


def choose_records(
    table: AssembledTable, splits: Sequence[str] = (), known_classes: bool = False
) -> AssembledTable:
    """Take some images, and what the table says of them.

    What was counted over the whole table (``groups``, ``agreement``, ``excluded``, ``manifest``)
    stays as it was; groups without an image go.

    Args:
        table: the assembled table.
        splits: names out of ``SPLITS``; empty: all of them.
        known_classes: leave out the classes of which no label of these images is known.

    Raises:
        SettingsError: no such split.
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
    if splits:
        kept = table.records.filter(pl.col("split").is_in(list(splits)))
        if kept.is_empty() and not table.records.is_empty():
            raise AssemblyError(
                f"images in {' or '.join(splits)}",
                f"none; the table has {_count_splits(table)}",
                "Name other splits, or none for all",
            )
        table = _keep_records(table, kept)
    if known_classes:
        known = set(table.cells.filter(pl.col("label").is_not_null())["class"].unique())
        table = _keep_classes(table, tuple(name for name in table.classes if name in known))
    return table


def _keep_records(table: AssembledTable, records: pl.DataFrame) -> AssembledTable:
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
