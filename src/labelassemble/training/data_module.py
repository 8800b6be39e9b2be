"""Store and labels in, batches out: who sees which images in which order."""

import math
from collections.abc import Sequence
from typing import Literal

import polars as pl
from torch.utils.data import DataLoader

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, plural
from labelassemble.images.batch import Batch, make_labels
from labelassemble.images.dataset import ImageDataset
from labelassemble.images.sampling import ImageBatches, sampling_weights
from labelassemble.images.store import ImageStore
from labelassemble.settings import BceViews, Method, TrainingSettings
from labelassemble.training.epoch_data import EpochData, count_views
from labelassemble.training.keep_cells import keep_cells_of
from labelassemble.training.soft_labels import add_soft_labels


class ImageData(EpochData):
    """Training batches drawn by weight, validation batches in order, each process its share.

    Args:
        table: what the run may learn from, without test images (see ``select.py``).
        store: its decoded images.
        training: batch size, images an epoch, balance.
        method: of the run; with ``bce_views`` it says how many views of an image are seen.
        seed: of the run.
        validation_batch_size: images a forward pass in validation.
        bce_views: ``losses.bce_views`` of the recipe.
        soft: what teachers say of unknown training cells (``frozen_teachers.py``): images are
            learned with these labels too, all counts and scores are of known cells.
        only: classes whose known cells count, and no other image; None: all.

    Raises:
        ImageError: an image is not in the store.
        SettingsError: a batch would hold a single view.
    """

    def __init__(
        self,
        table: AssembledTable,
        store: ImageStore,
        training: TrainingSettings,
        method: Method,
        *,
        seed: int,
        validation_batch_size: int,
        bce_views: BceViews | Literal["method"] = "method",
        soft: pl.DataFrame | None = None,
        only: Sequence[str] | None = None,
    ) -> None:
        labels = make_labels(table, table.classes)
        super().__init__(labels if only is None else keep_cells_of(labels, only))
        self.training, self.seed = training, seed
        self.validation_batch_size = validation_batch_size
        train, validate = self.labels.rows("train"), self.labels.rows("validate")
        learned = self.labels if soft is None else add_soft_labels(self.labels, soft)
        self.store = store
        reads = not training.fine_tune.cached_views
        self.train_records = ImageDataset(store, learned, train, reads)
        self.validation_records = ImageDataset(store, self.labels, validate, reads)
        self.weight = sampling_weights(self.labels, train, training.balance)
        _refuse_single_views(training, count_views(method, bce_views), len(train))

    def make_batches(self, rank: int, world: int) -> tuple[ImageDataset, ImageBatches]:
        """Give the training images, and the batches in which one of the processes sees them."""
        training = self.training
        return self.train_records, ImageBatches(
            self.weight, training.batch_size, self.seed, training.images_per_epoch, rank, world
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """Validation images in order; every process has equally many, so some come twice."""
        own = self.own_places(len(self.validation_records))
        size = self.validation_batch_size
        batches = [own[start : start + size] for start in range(0, len(own), size)]
        return self.load(self.validation_records, batches)


def _refuse_single_views(training: TrainingSettings, views: int, records: int) -> None:
    """Batch normalisation has no statistics of one view."""
    count = training.images_per_epoch or records
    world = training.devices * training.nodes
    smallest = count // (math.ceil(count / (training.batch_size * world)) * world)
    if views == 1 and smallest < 2:
        raise SettingsError(
            "at least two images in every batch, which batch normalisation needs",
            f"{plural(count, 'image')} an epoch in batches of {training.batch_size} "
            f"on {plural(world, 'device')}",
            "Raise training.batch_size or training.images_per_epoch",
        )
