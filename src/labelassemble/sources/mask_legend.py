"""What is drawn in the masks of a source: its pieces, and which values and terms mean what."""

import polars as pl
from pydantic import Field

from labelassemble.files.patient_space import Space
from labelassemble.setting_types import Settings

SOURCE_MASK_COLUMNS = {
    "image": pl.String,
    "term": pl.String,
    "kind": pl.String,
    "path": pl.String,
    "number": pl.Int64,
    "x": pl.Float64,
    "y": pl.Float64,
    "z": pl.Float64,
    "diameter_mm": pl.Float64,
}
"""One row a piece that is drawn. term: in the source's own words, null where values tell terms
apart. kind: ``file`` (a mask), ``segment`` (of a DICOM segmentation), ``region`` (of a structure
set), ``outlines`` (of LIDC's readers), ``ball``. path: absolute, of the file that holds it; null
for a ball. number: of a segment or region in its file; of a mask its place among those that are
joined. x, y, z and diameter_mm: of a ball, as the source writes them (``MaskLegend.space``)."""


class LegendTerm(Settings):
    """One term that a source draws."""

    term: str
    """In the source's own words; blank: a structure that is no finding."""
    of_class: str = ""
    """The class that it means; blank: none."""
    values: tuple[int, ...] = ()
    """The values of its voxels, where terms share masks."""
    looked_for: bool = True
    """Whether it is negative where it is not drawn."""


class MaskLegend(Settings):
    """What one source's masks mean; kept with the assembled table."""

    terms: tuple[LegendTerm, ...]
    """In the manifest's order."""
    imply_up: dict[str, tuple[str, ...]] = Field(default={})
    """Class that is drawn to the broader ones that are there too, by the vocabulary."""
    imply_down: dict[str, tuple[str, ...]] = Field(default={})
    """Class to the broader ones, some of them drawn, without any of which it is not there."""
    unions: dict[str, tuple[str, ...]] = Field(default={})
    """Class to those of which it is the union: without all of them it is not there."""
    by_itself: bool = True
    """Whether each term is drawn by itself; else values tell terms apart within a mask."""
    ignore: tuple[int, ...] = ()
    """Values of voxels at which nobody looked."""
    smallest: int = 1
    """Voxels that a term needs; fewer say nothing."""
    above: float | None = None
    """Only numbers above it are drawn; none: all but 0."""
    value: int = 1
    """What a number above it becomes."""
    colours: tuple[str, ...] = ()
    """``#rrggbb`` of the values 1, 2, ...; none: masks hold numbers."""
    space: Space | None = None
    """How middles of balls are written."""
    drawn_by: int = 1
    """How many readers' outlines must surround a voxel."""
    complete: bool = True
    """Whether what lies outside is negative; else unknown: who marks a point need not have looked
    beside it."""


NO_MASKS = pl.DataFrame(schema=SOURCE_MASK_COLUMNS)
"""Nothing drawn."""
