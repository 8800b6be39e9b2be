"""A network's predictions as a file."""

from pathlib import Path

import polars as pl

from labelassemble.inference.frame_file import read_frame, write_frame

PREDICTION_COLUMNS = {"record": pl.String, "class": pl.String, "probability": pl.Float64}
"""Columns of ``predictions.parquet``: one row an image and class. Predictions have 64 bits: in 32
every logit above 17 is the prediction 1, and the order of the surest, on which specificity rests,
is lost."""


def write_predictions(predictions: pl.DataFrame, path: Path) -> None:
    """Write predictions as Parquet, aside, then renamed; the same table gives the same bytes."""
    write_frame(predictions, PREDICTION_COLUMNS, path)


def read_predictions(path: Path) -> pl.DataFrame:
    """Read predictions (``PREDICTION_COLUMNS``).

    Raises:
        RunError: no such file, or one that does not hold predictions.
    """
    return read_frame(path, PREDICTION_COLUMNS, "a run's predictions")
