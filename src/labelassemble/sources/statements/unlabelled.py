"""Images that nobody annotated, as rows."""

import polars as pl

from labelassemble.sources.assessments import Statements, say_nothing
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows, make_rows
from labelassemble.sources.scope import Scope


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
