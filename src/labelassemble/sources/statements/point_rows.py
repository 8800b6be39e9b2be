"""What rows of lesions mean: points with diameters."""

from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.place_rows import gather_places, refuse_rows, state_places

POINT_COLUMNS = {
    "image": pl.String,
    "term": pl.String,
    "reader": pl.String,
    "x": pl.Float64,
    "y": pl.Float64,
    "z": pl.Float64,
    "diameter_mm": pl.Float64,
}
"""One row a lesion: its middle as the source writes it, and its diameter, null where not said."""


class PointsRead(NamedTuple):
    """The points that stand in rows.

    Attributes:
        filled: which rows hold one.
        points: ``POINT_COLUMNS`` of these.
        aside: why a row is to be left out, as its point cannot be read; null where it stays.
    """

    filled: pl.Series
    points: pl.DataFrame
    aside: pl.Series


def read_points(rows: Rows, labels: PointRows, problems: Problems = AT_ONCE) -> PointsRead:
    """Read the points that stand in rows.

    Args:
        rows: a row a point, not gathered.
        labels: where points stand.
        problems: takes a part of a point's numbers, numbers that are none, diameters that are not
            above 0.
    """
    cells, facts = rows.cells, rows.facts
    count = cells.select(pl.sum_horizontal(pl.col(one) != "" for one in labels.point)).to_series()
    numbers = cells.select(
        pl.col(name).cast(pl.Float64, strict=False).alias(axis)
        for axis, name in zip("xyz", labels.point, strict=True)
    )
    sound = numbers.select(pl.all_horizontal(pl.all().is_finite().fill_null(False))).to_series()
    nothing = pl.Series([""], dtype=pl.String).new_from_index(0, cells.height)
    written = nothing if labels.diameter is None else cells[labels.diameter]
    wide = written.cast(pl.Float64, strict=False)
    flat = (written != "") & ~(wide.is_finite() & (wide > 0)).fill_null(False)
    whole = ", ".join(labels.point)
    kinds = {
        "a part of a point's numbers": (count > 0) & (count < 3),
        "text in a point's numbers": (count == 3) & ~sound,
        "a diameter that is no number above 0": (count == 3) & sound & flat,
    }
    expected = (
        f"all of {whole}, or none",
        f"numbers in {whole}",
        f"millimetres above 0 in {labels.diameter}",
    )
    for (kind, odd), wanted in zip(kinds.items(), expected, strict=True):
        if odd.any():
            images = facts["image"].filter(odd)
            problems.note(
                wanted,
                f"{plural(len(images), 'row')} with {kind}",
                "Fix those rows, or name the right table and columns in the manifest",
                count=len(images),
                example=some(images.head(3)),
            )
    aside = refuse_rows(kinds, SET_ASIDE)
    filled = ((count == 3) & aside.is_null()).alias("filled")
    terms = cells[labels.column] if labels.column else None
    points = numbers.filter(filled).with_columns(
        image=facts["image"].filter(filled),
        term=pl.lit(labels.term, pl.String) if terms is None else terms.filter(filled),
        reader=facts["reader"].filter(filled).replace("", None),
        diameter_mm=wide.filter(filled),
    )
    return PointsRead(filled, points.select(list(POINT_COLUMNS)).unique(maintain_order=True), aside)


def gather_point_rows(rows: Rows, labels: PointRows, problems: Problems = AT_ONCE) -> Rows:
    """Bring the points of one image and reader together.

    Args:
        rows: a row a point.
        labels: where points stand.
        problems: takes points that cannot be read; their rows are left out.
    """
    read = read_points(rows, labels, problems)
    kept = rows.exclude(read.aside)
    filled = read.filled.filter(read.aside.is_null())
    more = [labels.diameter] if labels.diameter else []
    return gather_places(kept, filled, labels.column, kept.cells.select(*labels.point, *more))


def state_point_rows(
    rows: Rows, labels: PointRows, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of gathered points.

    >>> labels = PointRows(encoding="point_rows", term="nodule", point=("x", "y", "z"), space="lps")
    >>> from labelassemble.sources.rows import make_rows
    >>> numbers = {name: ["3", "9", ""] for name in "xyz"}
    >>> rows = gather_point_rows(make_rows(image=["a", "a", "b"], **numbers), labels)
    >>> state_point_rows(rows, labels, Scope()).state.tolist()
    [[3], [1]]
    """
    return state_places(rows, labels.term, labels.column, scope, "point", problems)
