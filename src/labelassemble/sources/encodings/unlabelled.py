"""No labels at all: a folder, or a table, of images that nobody annotated."""

from typing import Literal

import polars as pl

from labelassemble.setting_types import Settings
from labelassemble.sources.assessments import Statements, say_nothing
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows, make_rows
from labelassemble.sources.scope import Scope


class Unlabelled(Settings):
    """Nothing was looked for: every cell is unknown."""

    encoding: Literal["unlabelled"] = "unlabelled"

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels: none."""
        return ()


def list_unlabelled(images: pl.Series) -> Rows:
    """Make rows of image files about which nothing is known.

    >>> list_unlabelled(pl.Series(["a.png"])).facts["patient"].to_list()
    ['']
    """
    return make_rows(images.to_list())


def state_nothing(
    rows: Rows, labels: Unlabelled, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make no statement: nobody looked, so nothing is negative."""
    del labels, scope, problems
    return say_nothing(rows.facts.height)
