"""Images and what is known of them in, batches of patches out; whole images for validation."""

from collections.abc import Callable, Sequence
from typing import Any

from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader

from labelassemble.detection.dense_batch import (
    DenseBatch,
    PatchBatches,
    PatchDataset,
    pass_dense_batch,
    refuse_nothing_drawn,
)
from labelassemble.detection.dense_case import DenseCase
from labelassemble.images.batch import LabelArrays
from labelassemble.images.sampling import own_share
from labelassemble.settings import DetectionSettings


class DenseData(LightningDataModule):
    """Training patches drawn by class, validation images one by one, each process its share.

    Args:
        labels: what the table knows of images.
        train: images to learn from.
        validate: images to choose the best epoch on.
        settings: patches, their number and shares.
        seed: of the run.

    Raises:
        SettingsError: no lesion is drawn on any training image.
    """

    def __init__(
        self,
        labels: LabelArrays,
        train: Sequence[DenseCase],
        validate: Sequence[DenseCase],
        settings: DetectionSettings,
        seed: int,
    ) -> None:
        super().__init__()
        refuse_nothing_drawn(train)
        self.labels, self.settings, self.seed = labels, settings, seed
        self.train_cases, self.validation_cases = tuple(train), tuple(validate)
        self.batches: PatchBatches | None = None

    def train_dataloader(self) -> DataLoader[DenseBatch]:
        """Batches of one epoch for this process."""
        trainer = self.trainer
        assert trainer is not None
        self.batches = PatchBatches(
            self.train_cases, self.settings, self.seed, trainer.global_rank, trainer.world_size
        )
        collate: Callable[[Any], DenseBatch] = pass_dense_batch
        pin = trainer.strategy.root_device.type == "cuda"
        patches = PatchDataset(self.train_cases, self.settings.patches.size)
        return DataLoader(
            patches, batch_sampler=self.batches, collate_fn=collate, num_workers=0, pin_memory=pin
        )

    def start_epoch(self, epoch: int) -> None:
        """Choose the epoch whose patches are drawn when its first batch is asked for."""
        assert self.batches is not None
        self.batches.set_epoch(epoch)

    def val_dataloader(self) -> DataLoader[int]:
        """Numbers of validation images; every process has equally many, so some come twice."""
        trainer = self.trainer
        assert trainer is not None
        own: Any = own_share(len(self.validation_cases), trainer.global_rank, trainer.world_size)
        return DataLoader(own, batch_size=1, num_workers=0)
