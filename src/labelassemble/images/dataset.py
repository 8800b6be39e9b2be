"""Stored images and labels in, whole batches out: what a DataLoader reads from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch.utils.data import Dataset

from labelassemble.images.batch import Batch, LabelArrays
from labelassemble.images.store import ImageStore


class ImageDataset(Dataset[Batch]):
    """Images by their place in ``rows``; a batch is read from the store in one go.

    Give it to a DataLoader with a batch sampler and ``collate_fn=pass_batch``.

    Args:
        store: the decoded images.
        labels: labels of all images.
        rows: rows of ``labels`` to serve, such as those of one split.
        reads: whether images are read; else they have no pixels, for who knows them by their row.

    Raises:
        ImageError: an image of these rows is not in the store.
    """

    def __init__(
        self,
        store: ImageStore,
        labels: LabelArrays,
        rows: Int[np.ndarray, " rows"],
        reads: bool = True,
    ) -> None:
        self.store, self.reads = store, reads
        self.rows = rows.astype(np.int64)
        self.stored = store.find_rows([labels.record[row] for row in rows])
        # Copies of just these rows: nothing else travels to the worker processes.
        self.label = labels.label[rows]
        self.known = labels.known[rows]
        self.source = labels.source[rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Batch:
        """One image, as a batch of one."""
        return self.__getitems__([place])

    def __getitems__(self, places: Sequence[int]) -> Batch:
        """Images at these places of ``rows``, as one batch of stored grey values (uint8)."""
        chosen = np.asarray(places, dtype=np.int64)
        return Batch(
            image=torch.from_numpy(self.store.read(self.stored[chosen]))
            if self.reads
            else torch.empty(len(chosen), 0, 0, dtype=torch.uint8),
            label=torch.from_numpy(self.label[chosen]),
            known=torch.from_numpy(self.known[chosen]),
            source=torch.from_numpy(self.source[chosen]),
            row=torch.from_numpy(self.rows[chosen]),
        )


def pass_batch(batch: Any) -> Any:
    """Collate nothing: the dataset has made the batch already."""
    return batch
