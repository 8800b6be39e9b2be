"""The run's log: one row an epoch, safe against a crash in the middle of a row."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.storage.write_aside import write_text


class EpochRow(NamedTuple):
    """One epoch as ``log.csv`` tells it.

    Losses are means over the epoch's images, before their weights; counts are cells of the
    images drawn in the epoch; ``validation_auroc_score`` is the mean over classes that validation
    can score, in [0, 1], None where it can score none; the learning rate is that of the last step.
    """

    epoch: int
    step: int
    learning_rate: float
    total_loss: float
    bce_loss: float
    pseudo_loss: float
    consist_loss: float
    validation_auroc_score: float | None
    known_count: int
    unknown_count: int
    images_per_second: float


class DenseRow(NamedTuple):
    """One epoch of a network that predicts densely.

    As ``EpochRow``, with patches for images and voxels for cells. Of the two validation scores,
    which images' largest predictions and the candidates found in them get, one chooses the best
    epoch; the other is None where it is not computed.
    """

    epoch: int
    step: int
    learning_rate: float
    total_loss: float
    bce_loss: float
    pseudo_loss: float
    consist_loss: float
    dice_loss: float
    image_level_loss: float
    validation_auroc_score: float | None
    validation_froc_score: float | None
    known_count: int
    unknown_count: int
    images_per_second: float


EPOCH_LOSSES = ("total_loss", "bce_loss", "pseudo_loss", "consist_loss")
"""Columns for the losses that a step tells, the total first."""

DENSE_LOSSES = (*EPOCH_LOSSES, "dice_loss", "image_level_loss")
"""The same of a network that predicts densely."""

LOG_COLUMNS = {
    "epoch": pl.Int64,
    "step": pl.Int64,
    "learning_rate": pl.Float64,
    "total_loss": pl.Float64,
    "bce_loss": pl.Float64,
    "pseudo_loss": pl.Float64,
    "consist_loss": pl.Float64,
    "validation_auroc_score": pl.Float64,
    "known_count": pl.Int64,
    "unknown_count": pl.Int64,
    "images_per_second": pl.Float64,
}
"""Columns of ``log.csv``, in order."""

DENSE_COLUMNS = {name: LOG_COLUMNS.get(name, pl.Float64()) for name in DenseRow._fields}
"""Columns of ``log.csv`` of a network that predicts densely, in order."""


def append_row(path: Path, row: EpochRow | DenseRow) -> None:
    """Write the rows that are there and one more, with a header where the file is new."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not path.exists():
        writer.writerow(row._fields)
    writer.writerow(row)
    before = path.read_bytes().decode() if path.exists() else ""
    write_text(before + text.getvalue(), path)


def keep_rows(path: Path, epochs: int) -> None:
    """Keep the rows of the first ``epochs`` epochs: what a resumed run must not write twice.

    A row that a crash cut short ends at no line break and goes too.
    """
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    rows = [line for line in lines[1:] if line.endswith("\n") and int(line.split(",")[0]) < epochs]
    if not rows:
        # The header may be cut short too; the next row brings it again.
        path.unlink()
        return
    write_text(lines[0] + "".join(rows), path)


def read_log(path: Path) -> pl.DataFrame:
    """Read ``log.csv`` (``LOG_COLUMNS`` or ``DENSE_COLUMNS``); epochs count from 0."""
    data = path.read_bytes()
    dense = data.split(b"\n", 1)[0].strip() == ",".join(DENSE_COLUMNS).encode()
    return pl.read_csv(data, schema=DENSE_COLUMNS if dense else LOG_COLUMNS)
