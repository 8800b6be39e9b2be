"""Four columns of text become boxes with corners, in pixels."""

from typing import Literal, NamedTuple

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.rows import BOX_COLUMNS

BoxFormat = Literal["corner_size", "corners", "centre_size"]


class BoxColumns(NamedTuple):
    """Which columns hold a box, and how.

    Attributes:
        box: names of the four columns.
        format: corner_size (left, top, width, height), corners (left, top, right, bottom) or
            centre_size (centre x and y, width, height).
        frame: width and height of the picture that the numbers refer to, in pixels.
    """

    box: tuple[str, str, str, str]
    format: BoxFormat
    frame: tuple[int, int] | None


def read_boxes(
    facts: pl.DataFrame, cells: pl.DataFrame, where: BoxColumns
) -> tuple[pl.Series, pl.DataFrame]:
    """Read the boxes that stand in rows.

    Args:
        facts: columns image and reader, as text.
        cells: the columns of the box beside them, as text.
        where: which columns these are.

    Returns:
        Which rows hold a box; and ``BOX_COLUMNS`` of these, the term still null.

    Raises:
        SourceError: a part of a box's numbers, a number that is none, a box without an area.

    >>> facts = pl.DataFrame({"image": ["a", "b"], "reader": ["", ""]})
    >>> cells = pl.DataFrame({"x": ["10", ""], "y": ["20", ""], "w": ["5", ""], "h": ["4", ""]})
    >>> where = BoxColumns(("x", "y", "w", "h"), "corner_size", None)
    >>> filled, boxes = read_boxes(facts, cells, where)
    >>> filled.to_list(), boxes.select("x_min", "y_min", "x_max", "y_max").rows()
    ([True, False], [(10.0, 20.0, 15.0, 24.0)])
    """
    count = cells.select(pl.sum_horizontal(pl.col(name) != "" for name in where.box)).to_series()
    _refuse(
        facts["image"].filter((count > 0) & (count < 4)),
        f"all of {', '.join(where.box)}, or none",
        "a part of them",
    )
    filled = (count == 4).alias("filled")
    texts = cells.filter(filled).select(where.box)
    numbers = texts.select(
        pl.col(name).cast(pl.Float64, strict=False).alias(f"c{place}")
        for place, name in enumerate(where.box)
    )
    images = facts["image"].filter(filled)
    sound = numbers.select(pl.all_horizontal(pl.all().is_finite().fill_null(False))).to_series()
    _refuse(images.filter(~sound), f"numbers in {', '.join(where.box)}", "other text")
    a, b, c, d = (pl.col(f"c{place}") for place in range(4))
    corners = {
        "corner_size": (a, b, a + c, b + d),
        "corners": (a, b, c, d),
        "centre_size": (a - c / 2, b - d / 2, a + c / 2, b + d / 2),
    }[where.format]
    names = ("x_min", "y_min", "x_max", "y_max")
    placed = numbers.select(**dict(zip(names, corners, strict=True)))
    area = (placed["x_max"] > placed["x_min"]) & (placed["y_max"] > placed["y_min"])
    _refuse(
        images.filter(~area),
        f"boxes with an area, read as {where.format} from {', '.join(where.box)}",
        "boxes without",
    )
    width, height = where.frame or (None, None)
    boxes = placed.with_columns(
        image=images,
        term=pl.lit(None, pl.String),
        reader=facts["reader"].filter(filled).replace("", None),
        frame_width=pl.lit(width, pl.Int64),
        frame_height=pl.lit(height, pl.Int64),
    )
    return filled, boxes.select(list(BOX_COLUMNS))


def _refuse(images: pl.Series, expected: str, got: str) -> None:
    if len(images):
        raise SourceError(
            expected,
            f"{got} on {len(images)} rows, such as {some(images.head(3))}",
            "Mend those rows, or the box columns and their format in the manifest",
        )
