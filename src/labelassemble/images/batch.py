"""The assembled table in, labels that a network learns from out: null becomes ``known`` here."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.errors import AssemblyError, some, unknown_name
from labelassemble.types import Image, Index, Known, Label, StoredImage


class Batch(NamedTuple):
    """Images and what is known of them.

    Attributes:
        image: grey values, 0 to 255 as stored or 0 to 1 as seen.
        label: 1 present, 0 absent, between for soft labels; 0 and without meaning where not known.
        known: whether somebody looked for the class on the image.
        source: number of the image's source, in the order of ``LabelArrays.sources``.
        row: the image's row in ``LabelArrays``, which is its row in the table's ``records``.
    """

    image: StoredImage | Image
    label: Label
    known: Known
    source: Index
    row: Index

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "Batch":
        """Copy the batch to a device."""
        return Batch(*(part.to(device, non_blocking=non_blocking) for part in self))


class LabelArrays(NamedTuple):
    """The table as arrays, one row an image, in the order of the table's ``records``.

    Attributes:
        label: in [0, 1]; 0 where not known.
        known: whether somebody looked for the class on the image.
        source: number of the image's source in ``sources``.
        image: the images' names.
        split: train, validate, test or unused.
        classes: names of the columns.
        sources: names of the sources, in recipe order.
    """

    label: Float[np.ndarray, "images classes"]
    known: Bool[np.ndarray, "images classes"]
    source: Int[np.ndarray, " images"]
    record: tuple[str, ...]
    split: tuple[str, ...]
    classes: tuple[str, ...]
    sources: tuple[str, ...]

    def rows(self, split: str) -> Int[np.ndarray, " rows"]:
        """Rows of one split, rising.

        Raises:
            AssemblyError: no such split.
        """
        if split not in SPLITS:
            raise AssemblyError(
                "a split of the table", unknown_name("split", split, SPLITS), "Name one of these"
            )
        return np.flatnonzero(np.array([own == split for own in self.split], dtype=bool))


def make_labels(table: AssembledTable, classes: Sequence[str]) -> LabelArrays:
    """Turn the table into arrays: the one place where null becomes ``known`` = False.

    Args:
        table: the assembled table.
        classes: columns of the arrays, in this order; each a class of the table.

    Raises:
        AssemblyError: a class that the table does not have, or a label outside [0, 1].
    """
    labels = table.labels()
    for name in classes:
        if name not in table.classes:
            raise AssemblyError(
                "classes of the assembled table",
                unknown_name("class", name, table.classes),
                "Name one of these, or assemble again with that class",
            )
    wide = labels.select("record", *classes)
    null = np.column_stack(
        [wide[name].is_null().to_numpy() for name in classes]
        or [np.empty((wide.height, 0), dtype=bool)]
    )
    label = np.column_stack(
        [wide[name].fill_null(0.0).to_numpy() for name in classes]
        or [np.empty((wide.height, 0), dtype=np.float32)]
    ).astype(np.float32)
    # Written so that not-a-number is outside too.
    outside = ~((label >= 0.0) & (label <= 1.0))
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise AssemblyError(
            "labels from 0 to 1, or none where unknown",
            f"{label[row, column]:.4g} for {classes[column]} on {wide['record'][int(row)]}",
            "Assemble again: labelassemble assemble",
        )
    own = table.records["source"].to_list()
    sources = source_names(table)
    number = {name: place for place, name in enumerate(sources)}
    strangers = [name for name in dict.fromkeys(own) if name not in number]
    if strangers:
        raise AssemblyError(
            f"images of the sources {some(sources)}",
            f"images of {some(strangers)} too",
            "Assemble again: labelassemble assemble",
        )
    return LabelArrays(
        label=label,
        known=~null,
        source=np.array([number[name] for name in own], dtype=np.int64),
        record=tuple(table.records["record"]),
        split=tuple(table.records["split"]),
        classes=tuple(classes),
        sources=sources,
    )


def source_names(table: AssembledTable) -> tuple[str, ...]:
    """Names of the table's sources, in the order of their numbers in a ``Batch``."""
    return tuple(table.scopes) or tuple(table.records["source"].unique(maintain_order=True))
