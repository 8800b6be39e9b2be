"""At the end of every epoch: score on validation, log, save, say so, and stop when it is time."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from lightning.pytorch import Callback, LightningModule, Trainer

from labelassemble.settings import TrainingSettings
from labelassemble.training.checkpoint import save_checkpoints
from labelassemble.training.csv_log import DenseRow, EpochRow, append_row
from labelassemble.training.learner import Learner, diverged
from labelassemble.training.progress import EpochLines
from labelassemble.training.run_folder import CHECKPOINTS, LOG

CHOICE_KEY = "model_choice"
"""Where the progress stands in a checkpoint."""


class EpochLog(Protocol):
    """What takes the rows of ``log.csv`` too."""

    def write_row(self, row: EpochRow | DenseRow) -> None:
        """Take one epoch."""

    def close(self) -> None:
        """Take that there are no more."""


class ModelChoice(Callback):
    """Keeps the epoch with the best validation score; where nothing can be scored, the last.

    The log row is written before the checkpoint: a resumed run drops the rows that its checkpoint
    does not know and writes them again.
    """

    def __init__(
        self,
        folder: Path,
        settings: TrainingSettings,
        lines: EpochLines,
        logs: Sequence[EpochLog],
    ) -> None:
        self.folder, self.settings = folder, settings
        self.lines, self.logs = lines, logs
        self.best_score: float | None = None
        self.best_epoch = -1

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Show how far the epoch is."""
        if trainer.is_global_zero:
            steps = int(trainer.num_training_batches)
            self.lines.draw_step(trainer.current_epoch, batch_idx + 1, steps)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judge the epoch; runs after validation, in every process with the same numbers."""
        assert isinstance(pl_module, Learner)
        epoch = trainer.current_epoch
        row = pl_module.make_row(epoch, trainer.global_step)
        if not math.isfinite(row.total_loss):
            raise diverged(epoch, "losses", self.settings.learning_rate)
        score = pl_module.choice_score
        is_best = score is None or self.best_score is None or score > self.best_score
        if is_best:
            self.best_score, self.best_epoch = score, epoch
        if trainer.is_global_zero:
            append_row(self.folder / LOG, row)
            for log in self.logs:
                log.write_row(row)
            self.lines.write_epoch(row, is_best)
        save_checkpoints(trainer, self.folder / CHECKPOINTS, is_best)
        if stops_early(epoch, self.best_epoch, self.settings.patience):
            trainer.should_stop = True

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Problem the best so far."""
        checkpoint[CHOICE_KEY] = {"best_score": self.best_score, "best_epoch": self.best_epoch}

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take up the best so far."""
        self.best_score = checkpoint[CHOICE_KEY]["best_score"]
        self.best_epoch = checkpoint[CHOICE_KEY]["best_epoch"]


def stops_early(epoch: int, best_epoch: int, patience: int) -> bool:
    """Tell whether a run stops after ``epoch``: ``patience`` epochs without a better score.

    >>> [stops_early(epoch, best_epoch=2, patience=3) for epoch in (4, 5)]
    [False, True]
    >>> stops_early(99, best_epoch=0, patience=0)
    False
    """
    return patience > 0 and epoch - best_epoch >= patience


def is_trained(checkpoint: dict[str, Any], settings: TrainingSettings) -> bool:
    """Tell whether the run that wrote this checkpoint had nothing left to train."""
    last = epochs_done(checkpoint) - 1
    best = checkpoint[CHOICE_KEY]["best_epoch"]
    return last + 1 >= settings.epochs or stops_early(last, best, settings.patience)


def epochs_done(checkpoint: dict[str, Any]) -> int:
    """Epochs that the run had finished when it wrote this checkpoint."""
    return int(checkpoint["epoch"]) + 1
