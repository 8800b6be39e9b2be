"""Rows of a table as batches, a whole batch read from the store at once."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.data import Dataset

from labelassemble.errors import ImageError, some
from labelassemble.images.batch import Batch, LabelArrays
from labelassemble.images.store import ImageStore


class PictureDataset(Dataset[Batch]):
    """Some rows of a table with their pictures.

    Use it with a sampler of batches and ``collate_fn=take_batch``: a list of places gives one
    ``Batch``, whose ``row`` is the row in ``labels``.

    Args:
        store: decoded pictures.
        labels: of the whole table.
        rows: rows of ``labels`` that this data set holds.

    Raises:
        ImageError: a picture is not in the store.
    """

    def __init__(self, store: ImageStore, labels: LabelArrays, rows: Sequence[int]) -> None:
        self.store, self.labels = store, labels
        self.rows = np.asarray(rows, dtype=np.int64)
        names = [labels.pictures[row] for row in self.rows]
        missing = [name for name in names if name not in store.row]
        if missing:
            raise ImageError(
                f"all {len(names):,} pictures in the store",
                f"{len(missing):,} are not: {some(missing, 5)}",
                "Assemble again: labelassemble assemble RECIPE",
            )
        self.places = np.array([store.row[name] for name in names], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Batch:
        return self.__getitems__([place])

    def __getitems__(self, places: Sequence[int]) -> Batch:
        """Read a batch: Uint8 images, labels, what is known, source and row."""
        chosen = np.asarray(places, dtype=np.int64)
        rows = self.rows[chosen]
        return Batch(
            image=torch.from_numpy(self.store.read(self.places[chosen])),
            label=torch.from_numpy(self.labels.label[rows]),
            known=torch.from_numpy(self.labels.known[rows]),
            source=torch.from_numpy(self.labels.source[rows]),
            row=torch.from_numpy(rows),
        )


def take_batch(batch: Batch) -> Batch:
    """Pass a batch through: it was collated when it was read."""
    return batch
