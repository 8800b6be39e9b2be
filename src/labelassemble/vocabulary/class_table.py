"""One source in the vocabulary's classes."""

from dataclasses import dataclass, field

import polars as pl

from labelassemble.sources.assessments import Assessments
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_legend import SOURCE_MASK_COLUMNS, MaskLegend
from labelassemble.sources.passed_over import PASSED_OVER
from labelassemble.sources.rows import BOX_PLACE_COLUMNS

UNMAPPED_COLUMNS = {"term": pl.String, "count": pl.Int64, "nearest": pl.String}
"""Terms that the vocabulary does not know. count: images on which they are positive. nearest: the
names in the vocabulary that look most alike, joined by a comma."""


CLASS_BOX_COLUMNS = {
    "image": pl.String,
    "class": pl.String,
    "reader": pl.String,
    **BOX_PLACE_COLUMNS,
}
"""As a source's ``BOX_COLUMNS``, with the class for the term."""


CLASS_MASK_COLUMNS = {**SOURCE_MASK_COLUMNS, "class": pl.String, "sha256": pl.String}
"""``SOURCE_MASK_COLUMNS``, and: class: that the term means; null where values tell classes apart.
sha256: of the file, once it is hashed."""


@dataclass(frozen=True)
class ClassTable:
    """One source in the vocabulary's classes."""

    source: str
    """Name of the source in the recipe."""
    manifest: Manifest
    """How it was read."""
    images: pl.DataFrame
    """As in the `LabelTable`."""
    assessments: Assessments
    """What was said, and what follows from it; columns are classes in the vocabulary's order. An
    assessment that another one implied says so in its reason."""
    scope: tuple[str, ...]
    """Classes that were looked for, and those that gained both positive and negative assessments by
    implication; in the order of the vocabulary."""
    unmapped: pl.DataFrame
    """``UNMAPPED_COLUMNS``."""
    excluded: pl.DataFrame
    """As in the `LabelTable`."""
    inputs: tuple[InputFile, ...]
    """As in the `LabelTable`."""
    joined_rows: int = 0
    """As in the `LabelTable`."""
    boxes: pl.DataFrame = field(default_factory=pl.DataFrame(schema=CLASS_BOX_COLUMNS).clone)
    """``CLASS_BOX_COLUMNS``."""
    masks: pl.DataFrame = field(default_factory=pl.DataFrame(schema=CLASS_MASK_COLUMNS).clone)
    """``CLASS_MASK_COLUMNS``: of terms that mean a class."""
    legend: MaskLegend | None = None
    """What the masks mean, with the classes of its terms; none: the source drew nothing."""
    not_taken: pl.DataFrame = field(default_factory=pl.DataFrame(schema=PASSED_OVER).clone)
    """As in the `LabelTable`."""

    def list_assessments(self) -> pl.DataFrame:
        """Give the assessments one a row: ``ASSESSMENT_COLUMNS``, but ``class`` for ``term``."""
        return self.assessments.frame(self.images["image"], "class")
