"""Images and what is known of them in, batches of patches out; whole images for validation."""

from collections.abc import Sequence
from typing import Any

from torch.utils.data import DataLoader

from labelassemble.detection.dense_batch import PatchBatches, PatchDataset, refuse_nothing_drawn
from labelassemble.detection.dense_case import DenseCase
from labelassemble.images.batch import LabelArrays
from labelassemble.settings import DetectionSettings
from labelassemble.training.epoch_data import EpochData


class DenseData(EpochData):
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
        super().__init__(labels)
        refuse_nothing_drawn(train)
        self.settings, self.seed = settings, seed
        self.train_cases, self.validation_cases = tuple(train), tuple(validate)

    def make_batches(self, rank: int, world: int) -> tuple[PatchDataset, PatchBatches]:
        """Give the training patches, and the batches in which one of the processes sees them."""
        patches = PatchDataset(self.train_cases, self.settings.patches.size)
        return patches, PatchBatches(self.train_cases, self.settings, self.seed, rank, world)

    def val_dataloader(self) -> DataLoader[int]:
        """Numbers of validation images; every process has equally many, so some come twice."""
        own: Any = self.own_places(len(self.validation_cases))
        return DataLoader(own, batch_size=1, num_workers=0)
