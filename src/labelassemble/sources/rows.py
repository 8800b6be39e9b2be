"""A source's rows as text, before they are understood."""

from dataclasses import dataclass

import polars as pl

FACTS = ("image", "patient", "view", "age", "sex", "split")
"""Columns of `Rows.facts`."""


@dataclass(frozen=True)
class Rows:
    """One row a statement of the source; ``""`` where it says nothing."""

    facts: pl.DataFrame
    """``FACTS``, all text; the image is never blank."""
    cells: pl.DataFrame
    """The columns that hold labels, all text, row by row beside `facts`; none without labels."""
    left_out: pl.DataFrame
    """Columns image, reason: rows that were taken out on the way here."""


NONE_LEFT_OUT = pl.DataFrame(schema={"image": pl.String, "reason": pl.String})
"""No row was taken out."""
