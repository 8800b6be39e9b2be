"""Labels as rows of boxes: several rows an image, blank where nothing was found."""

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from labelassemble.errors import SourceError, some
from labelassemble.settings import Settings
from labelassemble.sources.scope import VERDICT_COLUMNS


class BoxRows(Settings):
    """An image with a box is positive for `term`; one whose only row has no box is negative."""

    encoding: Literal["box_rows"]
    term: str
    """What the boxes show, in the source's own words; it is the scope."""
    box: Annotated[tuple[str, ...], Field(min_length=1)]
    """Columns of the box; all filled or all blank."""


def mark_boxes(images: pl.Series, cells: pl.DataFrame, labels: BoxRows) -> pl.DataFrame:
    """Say of every row whether it holds a box, so that two boxes on one image are the same label.

    Args:
        images: names of the images.
        cells: the columns of the box beside them.
        labels: what the columns mean.

    Returns:
        One column ``box``: ``yes`` or ``no``.

    Raises:
        SourceError: a box with a part of its numbers.
    """
    filled = pl.concat_list([pl.col(name) != "" for name in labels.box])
    marked = cells.select(every=filled.list.all(), some=filled.list.any())
    broken = images.filter(marked["some"] & ~marked["every"])
    if len(broken):
        raise SourceError(
            f"all of {', '.join(labels.box)}, or none",
            f"a part of them on {len(broken)} rows, such as {some(broken.head(3))}",
            "Mend those rows",
        )
    return marked.select(box=pl.when(pl.col("every")).then(pl.lit("yes")).otherwise(pl.lit("no")))


def state_box_rows(images: pl.Series, cells: pl.DataFrame, labels: BoxRows) -> pl.DataFrame:
    """Make verdicts of boxes.

    Args:
        images: names of the images, each once.
        cells: the column that `mark_boxes` made, beside them.
        labels: what the boxes show.

    Returns:
        ``VERDICT_COLUMNS``.

    >>> labels = BoxRows(encoding="box_rows", term="Lung Opacity", box=("x", "y"))
    >>> images = pl.Series(["a", "b"])
    >>> cells = mark_boxes(images, pl.DataFrame({"x": ["3", ""], "y": ["4", ""]}), labels)
    >>> state_box_rows(images, cells, labels).select("image", "verdict", "reason").rows()
    [('a', 'positive', 'box'), ('b', 'negative', 'no box, in scope')]
    """
    boxed = cells["box"] == "yes"
    return (
        pl.DataFrame({"image": images, "boxed": boxed})
        .select(
            "image",
            term=pl.lit(labels.term),
            verdict=pl.when("boxed").then(pl.lit("positive")).otherwise(pl.lit("negative")),
            reader=pl.lit(None, pl.String),
            reason=pl.when("boxed").then(pl.lit("box")).otherwise(pl.lit("no box, in scope")),
        )
        .select(list(VERDICT_COLUMNS))
    )
