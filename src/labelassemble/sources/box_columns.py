"""Four columns of text become boxes with corners, in pixels."""

from typing import Final, NamedTuple

import numpy as np
import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.box_formats import FORMATS, to_corners
from labelassemble.sources.box_formats import BoxFormat as BoxFormat
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS

BLANK: Final = ("", "nan", "none", "null", "na", "n/a", "<na>")
"""What programs write into cells that hold nothing, in small letters."""


class BoxColumns(NamedTuple):
    """Which columns hold a box, and how.

    Attributes:
        box: names of the four columns.
        format: corner_size (left, top, width, height), corners (left, top, right, bottom) or
            centre_size (centre x and y, width, height).
        frame: width and height of the image that the numbers refer to, in pixels.
        frame_columns: columns that say it row by row, instead.
    """

    box: tuple[str, str, str, str]
    format: BoxFormat
    frame: tuple[int, int] | None
    frame_columns: tuple[str, str] | None = None


class BoxesRead(NamedTuple):
    """The boxes that stand in rows.

    Attributes:
        filled: which rows hold one.
        boxes: ``SOURCE_BOX_COLUMNS`` of these, the term still null.
        aside: why a row is to be left out, as its box cannot be read; null where it stays.
    """

    filled: pl.Series
    boxes: pl.DataFrame
    aside: pl.Series


def read_boxes(
    facts: pl.DataFrame, cells: pl.DataFrame, where: BoxColumns, problems: Problems = AT_ONCE
) -> BoxesRead:
    """Read the boxes that stand in rows.

    Args:
        facts: columns image and reader, as text.
        cells: the columns of the box beside them, as text.
        where: which columns these are.
        problems: takes a part of a box's numbers, numbers that are none, boxes without an area.

    >>> facts = pl.DataFrame({"image": ["a", "b"], "reader": ["", ""]})
    >>> cells = pl.DataFrame({"x": ["10", ""], "y": ["20", ""], "w": ["5", ""], "h": ["4", ""]})
    >>> where = BoxColumns(("x", "y", "w", "h"), "corner_size", None)
    >>> read = read_boxes(facts, cells, where)
    >>> read.filled.to_list(), read.boxes.select("x_min", "y_min", "x_max", "y_max").rows()
    ([True, False], [(10.0, 20.0, 15.0, 24.0)])
    """
    written = cells.select(pl.col(name).alias(f"c{at}") for at, name in enumerate(where.box))
    blank = written.select(pl.all_horizontal(pl.all().str.to_lowercase().is_in(BLANK))).to_series()
    count = written.select(pl.sum_horizontal(pl.all() != "")).to_series().set(blank, 0)
    numbers = written.select(pl.all().cast(pl.Float64, strict=False))
    sound = numbers.select(pl.all_horizontal(pl.all().is_finite().fill_null(False))).to_series()
    corners = to_corners(numbers.to_numpy(), where.format)
    names = ("x_min", "y_min", "x_max", "y_max")
    placed = pl.DataFrame(corners, schema=names, orient="row")
    area = (placed["x_max"] > placed["x_min"]) & (placed["y_max"] > placed["y_min"])
    columns = ", ".join(where.box)
    aside = pl.Series("aside", [None] * len(count), dtype=pl.String)
    full = (count == 4) & sound
    flat = full & ~area.fill_null(False)
    for expected, kind, odd in (
        (f"all of {columns}, or none", "a part of a box's numbers", (count > 0) & (count < 4)),
        (f"numbers in {columns}", "text in a box's numbers", (count == 4) & ~sound),
        (
            f"boxes with an area, read as {where.format} from {columns}",
            f"a box that, read as {where.format}, has no area",
            flat,
        ),
    ):
        if odd.any():
            images = facts["image"].filter(odd)
            problems.note(
                expected,
                f"{plural(len(images), 'row')} with {kind}",
                "Fix those rows, or the box columns and their format in the manifest"
                + (_hint(numbers.filter(full), where.format) if odd is flat else ""),
                count=len(images),
                example=some(images.head(3)),
            )
            because = pl.when(odd).then(pl.lit(SET_ASIDE + kind))
            aside = pl.select(pl.coalesce(aside, because)).to_series()
    filled = ((count == 4) & aside.is_null()).alias("filled")
    width, height = _read_frames(facts, cells, filled, where, problems)
    boxes = placed.filter(filled).with_columns(
        image=facts["image"].filter(filled),
        term=pl.lit(None, pl.String),
        reader=facts["reader"].filter(filled).replace("", None),
        frame_width=width.filter(filled),
        frame_height=height.filter(filled),
    )
    return BoxesRead(filled, boxes.select(list(SOURCE_BOX_COLUMNS)), aside)


def _hint(numbers: pl.DataFrame, form: BoxFormat) -> str:
    """How else the numbers may be meant, where all of them have an area then."""
    written = numbers.to_numpy()
    fitting = []
    for other in FORMATS:
        corners = to_corners(written, other)
        if other != form and (corners[:, 2:] > corners[:, :2]).all():
            fitting.append(other)
    said = f": all have an area if they are read as {' or '.join(fitting)}" if fitting else ""
    if np.abs(written).max(initial=0.0) <= 1.0:
        said += '; are they fractions of the width and height? Then units = "fraction"'
    return said


def _read_frames(
    facts: pl.DataFrame,
    cells: pl.DataFrame,
    filled: pl.Series,
    where: BoxColumns,
    problems: Problems,
) -> tuple[pl.Series, pl.Series]:
    """Width and height of the image that each row's numbers refer to; null: as published."""
    if where.frame_columns is None:
        sides = where.frame or (None, None)
        width, height = (
            pl.select(pl.repeat(one, len(filled), dtype=pl.Int64)).to_series() for one in sides
        )
        return width, height
    sizes = [
        cells[name].cast(pl.Float64, strict=False).round().cast(pl.Int64, strict=False)
        for name in where.frame_columns
    ]
    width, height = (size.set(size.fill_null(0) < 1, None) for size in sizes)
    lost = filled & (width.is_null() | height.is_null())
    if lost.any():
        problems.note(
            f"the size of the image in {' and '.join(where.frame_columns)}",
            f"{plural(int(lost.sum()), 'box', 'boxes')} without the size that its numbers refer to",
            "Fill it in, or name other columns in frame_columns",
            count=int(lost.sum()),
            example=some(facts["image"].filter(lost).head(3)),
        )
    return width, height
