"""What the user sees of a training: one line an epoch, with the time left."""

import sys
import time
from io import TextIOBase
from typing import TextIO

from labelassemble.training.csv_log import DenseRow, EpochRow


class EpochLines:
    """Writes one line an epoch; on a terminal, the current epoch's progress below it.

    Args:
        name: what is trained, such as the run folder's name.
        epochs: epochs of the whole run.
        stream: where to write; standard error when none is given.
    """

    def __init__(self, name: str, epochs: int, stream: TextIOBase | None = None) -> None:
        self.name, self.epochs = name, epochs
        self.stream: TextIO | TextIOBase = sys.stderr if stream is None else stream
        self.began = self.drawn = time.monotonic()
        self.done = 0

    def draw_step(self, epoch: int, step: int, steps: int) -> None:
        """Redraw the current epoch's progress, four times a second, on terminals only."""
        now = time.monotonic()
        if now - self.drawn >= 0.25 and self.stream.isatty():
            self.drawn = now
            self.stream.write(
                f"\r\x1b[2K{self.name}  epoch {epoch + 1}/{self.epochs}  step {step}/{steps}"
            )
            self.stream.flush()

    def write_epoch(self, row: EpochRow | DenseRow, is_best: bool) -> None:
        """Write the line of one epoch."""
        self.done += 1
        left = (time.monotonic() - self.began) / self.done * (self.epochs - row.epoch - 1)
        scores = {"AUROC": row.validation_auroc_score}
        if isinstance(row, DenseRow):
            scores["FROC"] = row.validation_froc_score
        told = [f"{name} {one:.4f}" for name, one in scores.items() if one is not None]
        said = f"{', '.join(told)}{' (best)' if is_best else ''}" if told else "not scored"
        start = "\r\x1b[2K" if self.stream.isatty() else ""
        self.stream.write(
            f"{start}{self.name}  epoch {row.epoch + 1}/{self.epochs}  loss {row.total_loss:.4f}  "
            f"validation {said}  "
            f"{row.images_per_second:.0f} images/s  {format_seconds(left)} left\n"
        )
        self.stream.flush()

    def write_line(self, text: str) -> None:
        """Write one line about the run."""
        self.stream.write(f"{self.name}  {text}\n")
        self.stream.flush()


def format_seconds(seconds: float) -> str:
    """Write a duration short.

    >>> [format_seconds(seconds) for seconds in (7.2, 90.0, 3700.0, 1e5)]
    ['7 s', '1 min 30 s', '1 h 1 min', '27 h 46 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
