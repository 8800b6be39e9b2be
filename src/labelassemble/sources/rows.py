"""A source's rows as text, before they are understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

FACTS = ("image", "patient", "view", "age", "sex", "split", "reader", "file")
"""Columns of `Rows.facts`. file: which of the source's files the row stands in."""

EXCLUDED = {"image": pl.String, "reason": pl.String, "rows": pl.Int64}
"""What became of rows that are no image's: which one they name, why, and how many rows."""

BOX_PLACE_COLUMNS = {
    "x_min": pl.Float64,
    "y_min": pl.Float64,
    "x_max": pl.Float64,
    "y_max": pl.Float64,
    "frame_width": pl.Int64,
    "frame_height": pl.Int64,
}
"""Where a box lies. x grows to the right, y downwards, in pixels of a frame of ``frame_width`` by
``frame_height`` pixels; null: the frame is the image as published. Corners are the edges of the
box, so that its width is ``x_max - x_min``."""

SOURCE_BOX_COLUMNS = {
    "image": pl.String,
    "term": pl.String,
    "reader": pl.String,
    **BOX_PLACE_COLUMNS,
}
"""One row a box."""

NO_BOXES = pl.DataFrame(schema=SOURCE_BOX_COLUMNS)
"""No box."""


NONE_EXCLUDED = pl.DataFrame(schema=EXCLUDED)
"""No row was taken out."""


@dataclass(frozen=True)
class Rows:
    """One row a statement of the source; ``""`` where it says nothing.

    Rows read = the sum of `count` + the sum of `excluded`'s rows: nothing gets lost on the way.
    """

    facts: pl.DataFrame
    """``FACTS``, all text; the image is never blank."""
    cells: pl.DataFrame
    """The columns that hold labels, all text, row by row beside `facts`; none without labels."""
    marks: pl.DataFrame
    """The columns that `[[subsets]]` ask about, all text, row by row beside `facts`."""
    count: pl.Series
    """How many rows of the source stand behind each row."""
    excluded: pl.DataFrame = field(default_factory=NONE_EXCLUDED.clone)
    """``EXCLUDED``: rows that were taken out on the way here."""
    boxes: pl.DataFrame = field(default_factory=NO_BOXES.clone)
    """``SOURCE_BOX_COLUMNS``: boxes that stand in the rows."""

    def exclude(self, reason: pl.Series) -> "Rows":
        """Take out the rows that have a reason; null keeps a row."""
        kept = reason.is_null()
        if kept.all():
            return self
        lost = pl.DataFrame(
            {"image": self.facts["image"], "reason": reason, "rows": self.count.cast(pl.Int64)}
        )
        return replace(
            self,
            facts=self.facts.filter(kept),
            cells=self.cells.filter(kept) if self.cells.width else self.cells,
            marks=self.marks.filter(kept) if self.marks.width else self.marks,
            count=self.count.filter(kept),
            excluded=pl.concat([self.excluded, lost.filter(~kept)]),
        )


def make_rows(
    image: Sequence[str], facts: Mapping[str, Sequence[str]] | None = None, **cells: Sequence[str]
) -> Rows:
    """Make rows of lists.

    Args:
        image: names of the images.
        facts: further ``FACTS``; those that are not given are blank.
        cells: columns that hold labels.

    >>> make_rows(["a.png"], {"patient": ["7"]}, found=["Mass"]).facts["patient"].to_list()
    ['7']
    """
    blank = [""] * len(image)
    known = {"image": image, **(facts or {})}
    return Rows(
        facts=pl.DataFrame(
            {name: known.get(name, blank) for name in FACTS},
            schema=dict.fromkeys(FACTS, pl.String),
        ),
        cells=pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)),
        marks=pl.DataFrame(),
        count=pl.Series("count", [1] * len(image), dtype=pl.Int64),
    )
