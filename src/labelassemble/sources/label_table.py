"""What one source says about its images, in its own words."""

from dataclasses import dataclass, field

import polars as pl

from labelassemble.sources.assessments import ASSESSMENT_COLUMNS as ASSESSMENT_COLUMNS
from labelassemble.sources.assessments import Assessments
from labelassemble.sources.input_file import InputFile as InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_legend import NO_MASKS, MaskLegend
from labelassemble.sources.passed_over import PASSED_OVER
from labelassemble.sources.rows import NO_BOXES

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

SOURCE_EXCLUDED_COLUMNS = {
    "source": pl.String,
    "image": pl.String,
    "reason": pl.String,
    "rows": pl.Int64,
}
"""Rows of the source that did not become an image, or say again what another one said: which image
they name, why, and how many rows."""


@dataclass(frozen=True)
class LabelTable:
    """One source, read.

    Rows read = images + ``joined_rows`` + the rows that are left out.
    """

    source: str
    """Name of the source in the recipe."""
    manifest: Manifest
    """How it was read."""
    images: pl.DataFrame
    """``IMAGE_COLUMNS``, sorted by image."""
    assessments: Assessments
    """What was said on them; columns are the source's terms."""
    scope: tuple[str, ...]
    """Terms that were looked for."""
    excluded: pl.DataFrame
    """``SOURCE_EXCLUDED_COLUMNS``."""
    inputs: tuple[InputFile, ...]
    """The files that were read."""
    joined_rows: int = 0
    """Rows that told more of an image which another row had named already: further findings, boxes
    or readers."""
    boxes: pl.DataFrame = field(default_factory=NO_BOXES.clone)
    """``BOX_COLUMNS``: where findings lie, as far as the source says it."""
    masks: pl.DataFrame = field(default_factory=NO_MASKS.clone)
    """``SOURCE_MASK_COLUMNS``: what the source drew on its images."""
    legend: MaskLegend | None = None
    """What its masks mean; none: it drew nothing."""
    not_taken: pl.DataFrame = field(default_factory=pl.DataFrame(schema=PASSED_OVER).clone)
    """``PASSED_OVER``: files below the folder of its images that no image is in, and why."""

    def list_assessments(self) -> pl.DataFrame:
        """Give the assessments one a row: ``ASSESSMENT_COLUMNS``, by image, reader and term."""
        return self.assessments.frame(self.images["image"])
