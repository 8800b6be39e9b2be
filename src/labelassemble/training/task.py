"""What a network is trained for: the parts in which diagnosis and detection differ."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from lightning.pytorch import LightningDataModule

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.model.network import Network
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.learner import Learner
from labelassemble.training.select import select_learnable


class Task(ABC):
    """Data, learner and predictions of one network.

    Args:
        recipe: all settings.
        run: method, source and seed of the network.
        table: the assembled table; of its test images only the names are used.

    Raises:
        RunError: the run has nothing to learn from.
    """

    def __init__(self, recipe: Recipe, run: RunSettings, table: AssembledTable) -> None:
        self.recipe, self.run, self.table = recipe, run, table
        self.learnable = select_learnable(table, run)

    @abstractmethod
    def contents(self) -> Mapping[str, str]:
        """Hash of every image's file, and of what else is learned from it."""

    @abstractmethod
    def check_finished(self, folder: Path) -> None:
        """Refuse a finished run that was made from something else."""

    @abstractmethod
    def prepare(self, folder: Path, first: bool) -> None:
        """Check and write what must be there before the first step; ``first`` process or not."""

    @abstractmethod
    def make_data(self, seed: int) -> LightningDataModule:
        """Make the batches."""

    @abstractmethod
    def validates(self) -> bool:
        """Whether there is anything to choose the best epoch on."""

    @abstractmethod
    def make_learner(
        self, network: Network, description: NetworkDescription, data: Any, on_gpu: bool
    ) -> Learner:
        """Make what learns, of ``make_data``'s batches."""

    @abstractmethod
    def predict(self, network: Network, folder: Path) -> pl.DataFrame:
        """Predict for validation and test images (``PREDICTION_COLUMNS``); write what else is."""

    @abstractmethod
    def describe(
        self, best_score: float | None, by_class: Mapping[str, float | None]
    ) -> dict[str, Any]:
        """What ``done.json`` says of the validation.

        Args:
            best_score: by which the epoch was chosen.
            by_class: AUROC of the chosen network; None where it cannot be scored.
        """
