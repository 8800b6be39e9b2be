"""How to predict for images."""

from pathlib import Path
from typing import NamedTuple

from labelassemble.inference.batch_size import BATCH_SIZE
from labelassemble.inference.operating_file import EVERY_SOURCE


class PredictOptions(NamedTuple):
    """How to predict.

    Attributes:
        output: a CSV, JSON lines or Parquet file; None: CSV as it comes.
        column: of lists, that holds paths; None: ``asked_images.FILE_COLUMNS``.
        ranked: so many of the most probable classes stand in a column of their own.
        operating: calibration and thresholds as `recalibrate` writes them, one a run in the runs'
            order; none: the runs' own.
        views: of each image, whose probabilities are averaged: as it is, and slightly moved.
        source: whose images they are, where the run was calibrated for several.
        strict: stop at the first image that cannot be read.
        batch_size: images a forward pass.
        workers: threads that read files; 0: one a core.
        masks: of a run on volumes, a folder for what it finds; None: nowhere.
        ids_key: a key whose hashes stand in place of the files' names, as in a table that was
            assembled with it; None: their names.
    """

    output: Path | None = None
    column: str | None = None
    ranked: int = 0
    operating: tuple[Path, ...] = ()
    views: int = 1
    source: str = EVERY_SOURCE
    strict: bool = False
    batch_size: int = BATCH_SIZE
    workers: int = 0
    masks: Path | None = None
    ids_key: Path | None = None
