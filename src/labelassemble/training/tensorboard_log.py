"""The same rows as ``log.csv``, for TensorBoard."""

from pathlib import Path

from labelassemble.errors import SettingsError
from labelassemble.training.csv_log import DenseRow, EpochRow


class TensorboardLog:
    """Writes the numbers of every epoch to a folder that ``tensorboard --logdir`` shows.

    Args:
        folder: where to write.
        epochs: epochs already logged; what an interrupted run wrote beyond them is hidden.

    Raises:
        SettingsError: the extra ``tensorboard`` is not installed.
    """

    def __init__(self, folder: Path, epochs: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise SettingsError(
                "the package tensorboard, for training.tensorboard = true",
                "it is not installed",
                "pip install 'labelassemble[tensorboard]', or set training.tensorboard = false",
            ) from error
        self.writer = SummaryWriter(folder, purge_step=epochs)

    def write_row(self, row: EpochRow | DenseRow) -> None:
        """Write one epoch."""
        for name, value in row._asdict().items():
            if name != "epoch" and value is not None:
                self.writer.add_scalar(name, value, row.epoch)
        self.writer.flush()

    def close(self) -> None:
        """Close the file."""
        self.writer.close()
