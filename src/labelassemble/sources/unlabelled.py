"""No labels at all: a folder, or a table, of images that nobody annotated."""

from typing import Literal

import polars as pl

from labelassemble.settings import Settings
from labelassemble.sources.rows import FACTS, NONE_LEFT_OUT, Rows
from labelassemble.sources.scope import VERDICT_COLUMNS


class Unlabelled(Settings):
    """Nothing was looked for: every cell is unknown."""

    encoding: Literal["unlabelled"] = "unlabelled"


def list_unlabelled(images: pl.Series) -> Rows:
    """Make rows of image files about which nothing is known.

    >>> list_unlabelled(pl.Series(["a.png"])).facts.row(0)
    ('a.png', '', '', '', '', '')
    """
    facts = pl.DataFrame({"image": images}, schema={"image": pl.String})
    facts = facts.with_columns(pl.lit("").alias(fact) for fact in FACTS[1:])
    return Rows(facts=facts, cells=pl.DataFrame(), left_out=NONE_LEFT_OUT)


def state_nothing() -> pl.DataFrame:
    """Give a table of verdicts without a verdict: nobody looked, so nothing is negative."""
    return pl.DataFrame(schema=VERDICT_COLUMNS)
