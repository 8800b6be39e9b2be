"""Store and labels in, batches out: who sees which images in which order."""

import math
from collections.abc import Callable
from typing import Any, Literal

import polars as pl
from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader, Sampler

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, plural
from labelassemble.images.batch import Batch, make_labels
from labelassemble.images.dataset import ImageDataset, pass_batch
from labelassemble.images.sampling import ImageBatches, own_share, sampling_weights
from labelassemble.images.store import ImageStore
from labelassemble.settings import Method, TrainingSettings
from labelassemble.training.soft_labels import add_soft_labels


class ImageData(LightningDataModule):
    """Training batches drawn by weight, validation batches in order, each process its share.

    Batches are read in the training process: a whole one is copied from the store at once, which
    takes less time than handing it over from a worker would.

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
        bce_views: Literal["weak", "both"] = "weak",
        soft: pl.DataFrame | None = None,
    ) -> None:
        super().__init__()
        self.labels = make_labels(table, table.classes)
        self.training, self.seed = training, seed
        self.validation_batch_size = validation_batch_size
        train, validate = self.labels.rows("train"), self.labels.rows("validate")
        learned = self.labels if soft is None else add_soft_labels(self.labels, soft)
        self.train_records = ImageDataset(store, learned, train)
        self.validation_records = ImageDataset(store, self.labels, validate)
        self.weight = sampling_weights(self.labels, train, training.balance)
        self.batches: ImageBatches | None = None
        _refuse_single_views(training, count_views(method, bce_views), len(train))

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches of one epoch for this process."""
        trainer = self.trainer
        assert trainer is not None
        self.batches = ImageBatches(
            self.weight,
            self.training.batch_size,
            self.seed,
            self.training.images_per_epoch,
            trainer.global_rank,
            trainer.world_size,
        )
        return self._load(self.train_records, self.batches)

    def start_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order is drawn when its first batch is asked for."""
        assert self.batches is not None
        self.batches.set_epoch(epoch)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Validation images in order; every process has equally many, so some come twice."""
        trainer = self.trainer
        assert trainer is not None
        count = len(self.validation_records)
        own = own_share(count, trainer.global_rank, trainer.world_size)
        size = self.validation_batch_size
        batches = [own[start : start + size] for start in range(0, len(own), size)]
        return self._load(self.validation_records, batches)

    def _load(
        self, records: ImageDataset, batches: Sampler[list[int]] | list[list[int]]
    ) -> DataLoader[Batch]:
        assert self.trainer is not None
        pin = self.trainer.strategy.root_device.type == "cuda"
        # A data set that reads whole batches hands over a batch, not a list, whatever torch says.
        collate: Callable[[Any], Batch] = pass_batch
        return DataLoader(
            records, batch_sampler=batches, collate_fn=collate, num_workers=0, pin_memory=pin
        )


def count_views(method: Method, bce_views: Literal["weak", "both"]) -> int:
    """How many views of every image go through the network in one pass.

    >>> count_views("label-assemble", "weak"), count_views("masked", "weak")
    (2, 1)
    >>> count_views("masked", "both")
    2
    """
    return 2 if method == "label-assemble" or bce_views == "both" else 1


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
