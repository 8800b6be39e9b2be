"""What shapes in one cell mean."""

import re
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.assessments import Statements
from labelassemble.sources.box_columns import BoxColumns, read_boxes
from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.encodings.shape_cells import Shape, ShapeCells
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.place_rows import gather_places, state_places

_CORNERS = ("x1", "y1", "x2", "y2")


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


_BETWEEN = re.compile(r"[\s,;:()\[\]{}|]*")


class ShapesRead(NamedTuple):
    """The boxes of one cell's shapes, four numbers each; or why there are none."""

    boxes: tuple[tuple[float, float, float, float], ...]
    wrong: str = ""


def read_shapes(cell: str, labels: ShapeCells) -> ShapesRead:
    """Read the shapes of one cell; of a polygon, the corners of the box around it.

    Args:
        cell: as written; blank: no shape.
        labels: how shapes are written.

    >>> labels = ShapeCells(
    ...     encoding="shape_cells", term="a", cell="c", kinds={"0": "box", "2": "polygon"}
    ... )
    >>> read_shapes("0 1 2 3 4;2 5 9 7 6 8 8", labels).boxes
    ((1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 8.0, 9.0))
    """
    found = []
    for shape in cell.split(labels.between):
        if not shape.strip(" []()"):
            continue
        if not _BETWEEN.fullmatch(_NUMBER.sub("", shape)):
            return ShapesRead((), "text among a shape's numbers")
        numbers = [float(one) for one in _NUMBER.findall(shape)]
        kind: Shape = "box"
        if labels.kinds:
            first = f"{numbers[0]:g}"
            if first not in labels.kinds:
                return ShapesRead((), f"a shape of the kind {first}, which labels.kinds lacks")
            kind, numbers = labels.kinds[first], numbers[1:]
        if kind == "polygon":
            if len(numbers) < 6 or len(numbers) % 2:
                return ShapesRead((), "a polygon without three points of two numbers")
            across, down = numbers[::2], numbers[1::2]
            found.append(_write(min(across), min(down), max(across), max(down), labels.format))
            continue
        if not numbers or len(numbers) % 4 or (labels.kinds and len(numbers) != 4):
            return ShapesRead((), "a box without four numbers")
        found += [
            (numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3])
            for at in range(0, len(numbers), 4)
        ]
    return ShapesRead(tuple(found))


def _write(
    left: float, top: float, right: float, bottom: float, form: BoxFormat
) -> tuple[float, float, float, float]:
    """Write corners as boxes are written."""
    width, height = right - left, bottom - top
    if form == "corners":
        return left, top, right, bottom
    if form == "corner_size":
        return left, top, width, height
    return (left + right) / 2, (top + bottom) / 2, width, height


def gather_shape_cells(rows: Rows, labels: ShapeCells, problems: Problems = AT_ONCE) -> Rows:
    """Bring the shapes of one image and reader together, and keep the boxes around them.

    Args:
        rows: a row a cell.
        labels: where shapes stand.
        problems: takes cells that cannot be read; their rows are left out.
    """
    different = rows.cells[labels.cell].unique().sort()
    read = {cell: read_shapes(cell, labels) for cell in different}
    wrong = pl.Series(
        "aside", [read[cell].wrong or None for cell in rows.cells[labels.cell]], dtype=pl.String
    )
    for kind in sorted(set(wrong.drop_nulls())):
        odd = wrong == kind
        images = rows.facts["image"].filter(odd.fill_null(False))
        problems.note(
            f"shapes in {labels.cell} as labels.kinds, labels.between and labels.format say",
            f"{plural(len(images), 'row')} with {kind}",
            "Fix those cells, or these keys in the manifest",
            count=len(images),
            example=some(images.head(3)),
        )
    rows = rows.exclude(SET_ASIDE + wrong)
    boxes = [read[cell].boxes for cell in rows.cells[labels.cell]]
    at = pl.Series("at", [row for row, own in enumerate(boxes) for _ in own], dtype=pl.Int64)
    cells = pl.DataFrame(
        {
            name: [f"{box[axis]!r}" for own in boxes for box in own]
            for axis, name in enumerate(_CORNERS)
        },
        schema=dict.fromkeys(_CORNERS, pl.String),
    )
    frames = rows.cells.select(labels.frame_columns or ())[at] if labels.frame_columns else None
    if frames is not None:
        cells = pl.concat([cells, frames], how="horizontal")
    where = BoxColumns(_CORNERS, labels.format, labels.frame, labels.frame_columns)
    placed, found, aside = read_boxes(rows.facts[at], cells, where, problems)
    terms = rows.cells[labels.column] if labels.column else None
    said = pl.Series([labels.term], dtype=pl.String) if terms is None else terms[at].filter(placed)
    said = said.new_from_index(0, found.height) if terms is None else said
    found = found.with_columns(term=said).unique(maintain_order=True)
    lost = {row: reason for row, reason in zip(at, aside, strict=True) if reason is not None}
    reasons = pl.Series([lost.get(row) for row in range(rows.facts.height)], dtype=pl.String)
    filled = pl.Series("filled", [bool(own) for own in boxes], dtype=pl.Boolean)
    rows, filled = rows.exclude(reasons), filled.filter(reasons.is_null())
    gathered = gather_places(rows, filled, labels.column, rows.cells.select(labels.cell))
    return replace(gathered, boxes=pl.concat([rows.boxes, found]))


def state_shape_cells(
    rows: Rows, labels: ShapeCells, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of gathered shapes.

    >>> labels = ShapeCells(encoding="shape_cells", term="object", cell="found")
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a", "b"], found=["1 2 3 4;[5, 6, 7, 8]", ""])
    >>> rows = gather_shape_cells(rows, labels)
    >>> state_shape_cells(rows, labels, Scope()).state.tolist(), rows.boxes.height
    ([[3], [1]], 2)
    """
    return state_places(rows, labels.term, labels.column, scope, "shape", problems)
