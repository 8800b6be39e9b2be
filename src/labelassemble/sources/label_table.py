"""What one source says about its images, in its own words."""

from dataclasses import dataclass

import polars as pl

from labelassemble.sources.manifest import Manifest
from labelassemble.sources.scope import VERDICT_COLUMNS as VERDICT_COLUMNS

IMAGE_COLUMNS = {
    "image": pl.String,
    "path": pl.String,
    "patient": pl.String,
    "view": pl.String,
    "age": pl.Float64,
    "sex": pl.String,
    "official_split": pl.String,
}
"""One row an image. image: the source's own name, unique. path: absolute path of the file, null
where there is none. patient: the source's own name, null where unknown. view: the source's own
word. age: years. sex: ``F`` or ``M``. official_split: ``train``, ``validate`` or ``test``. All but
image may be null."""

LEFT_OUT_COLUMNS = {"source": pl.String, "image": pl.String, "reason": pl.String}
"""One row for each row of the source that did not become an image."""


@dataclass(frozen=True)
class InputFile:
    """One file that was read, so that a table can be traced back to its bytes."""

    path: str
    """Below the source's folder, with ``/``."""
    sha256: str
    """Of the file as it lies on disk; of a folder of images, of its sorted list of names."""
    size: int
    """Bytes."""
    rows: int
    """Rows of data, or image files."""


@dataclass(frozen=True)
class LabelTable:
    """One source, read: rows in = images + left out."""

    source: str
    """Name of the source in the recipe."""
    manifest: Manifest
    """How it was read."""
    images: pl.DataFrame
    """``IMAGE_COLUMNS``, sorted by image."""
    verdicts: pl.DataFrame
    """``VERDICT_COLUMNS``, on images of the table only."""
    scope: tuple[str, ...]
    """Terms that were looked for."""
    left_out: pl.DataFrame
    """``LEFT_OUT_COLUMNS``."""
    inputs: tuple[InputFile, ...]
    """The files that were read."""
