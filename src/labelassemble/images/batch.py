"""Where null becomes ``known = False``: the one place between tables and tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.types import Image, Index, StoredImage


class Batch(NamedTuple):
    """What one training step sees."""

    image: StoredImage | Image
    label: Float[Tensor, "batch classes"]
    known: Bool[Tensor, "batch classes"]
    source: Index
    row: Index

    def to(self, device: torch.device) -> "Batch":
        """Copy to a device, without waiting where the memory is pinned."""
        return Batch(*(each.to(device, non_blocking=True) for each in self))

    def pin_memory(self) -> "Batch":
        """Copy to pinned memory."""
        return Batch(*(each.pin_memory() for each in self))


@dataclass(frozen=True)
class LabelArrays:
    """Labels of the pictures of a table, row by row.

    Attributes:
        pictures: names, in the table's order.
        classes: names of the columns.
        label: Float32 ``pictures classes`` in [0, 1]; 0 where not known, where it means nothing.
        known: whether somebody looked for the class.
        source: Int64 ``pictures``, the place of the picture's source in ``sources``.
        sources: names.
        split: train, validate, test or unused.
    """

    pictures: tuple[str, ...]
    classes: tuple[str, ...]
    label: Float[np.ndarray, "pictures classes"]
    known: Bool[np.ndarray, "pictures classes"]
    source: Int[np.ndarray, " pictures"]
    sources: tuple[str, ...]
    split: np.ndarray


def make_labels(table: AssembledTable, classes: Sequence[str] | None = None) -> LabelArrays:
    """Turn a table's nulls into ``known = False``.

    Args:
        table: the assembled table.
        classes: which, in which order; none: the table's.
    """
    names = tuple(table.classes if classes is None else classes)
    wide = table.labels().select(names).to_numpy().astype(np.float32)
    known = ~np.isnan(wide)
    sources = tuple(table.pictures["source"].unique(maintain_order=True))
    place = {name: number for number, name in enumerate(sources)}
    return LabelArrays(
        pictures=tuple(table.pictures["picture"]),
        classes=names,
        label=np.where(known, wide, np.float32(0.0)),
        known=known,
        source=np.array([place[name] for name in table.pictures["source"]], dtype=np.int64),
        sources=sources,
        split=table.pictures["split"].to_numpy(),
    )
