"""A grid of differences: as cells for the page's table, and as an image."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from labelassemble.report.experiment.axis_format import shorten_name
from labelassemble.report.experiment.content import CellGrid
from labelassemble.report.experiment.difference_colours import ColourScale, Shade, choose_colours
from labelassemble.report.number_format import NOTHING, format_difference, format_interval
from labelassemble.report.palette import GRID, INK, MUTED

CELL_WIDTH, CELL_HEIGHT = 0.98, 0.4
"""In inches."""


class GridCell(NamedTuple):
    """One difference.

    Attributes:
        value: such as ``+.031``; a dash: could not be measured.
        interval: such as ``[+.010, +.052]``; empty: none.
        shade: its colour; None for paper.
        clear: the interval does not contain 0.
    """

    value: str
    interval: str
    shade: Shade | None
    clear: bool


def list_cells(grid: CellGrid) -> list[tuple[str, list[GridCell]]]:
    """Name and cells of every row."""
    scale = choose_colours(grid.value)
    rows = []
    for place, name in enumerate(grid.rows):
        numbers = zip(grid.value[place], grid.low[place], grid.high[place], strict=True)
        rows.append((name, [_make_cell(scale, *map(float, one)) for one in numbers]))
    return rows


def count_clear(grid: CellGrid) -> tuple[int, int]:
    """Cells whose interval does not contain 0, and cells with an interval."""
    told = np.isfinite(grid.value) & np.isfinite(grid.low) & np.isfinite(grid.high)
    clear = told & ((grid.low > 0) | (grid.high < 0))
    return int(clear.sum()), int(told.sum())


def draw_grid(grid: CellGrid) -> Figure:
    """Draw the grid as the page shows it; cells whose interval does not contain 0 are framed."""
    rows, columns = (
        [shorten_name(one) for one in grid.rows],
        [shorten_name(one) for one in grid.columns],
    )
    left = 0.2 + 0.075 * max(map(len, rows), default=0)
    top = 0.2 + 0.05 * max(map(len, columns), default=0)
    right = 0.1 + 0.05 * max(map(len, columns[-1:]), default=0)
    width = left + right + CELL_WIDTH * max(len(columns), 1)
    height = top + 0.08 + CELL_HEIGHT * max(len(rows), 1)
    figure = Figure(figsize=(width, height))
    figure.patch.set_alpha(0)
    axes = figure.add_axes(
        (left / width, 0.08 / height, 1 - (left + right) / width, 1 - (top + 0.08) / height)
    )
    axes.set(xlim=(0, max(len(columns), 1)), ylim=(max(len(rows), 1), 0))
    axes.axis("off")
    for column, name in enumerate(columns):
        axes.text(
            column + 0.5, -0.15, name, rotation=35, ha="left", va="bottom", fontsize=8,
            color=INK, parse_math=False, rotation_mode="anchor",
        )  # fmt: skip
    for row, (name, cells) in enumerate(list_cells(grid)):
        axes.text(
            -0.08, row + 0.5, shorten_name(name), ha="right", va="center", fontsize=8.5,
            color=INK, parse_math=False,
        )  # fmt: skip
        for column, cell in enumerate(cells):
            _draw_cell(axes, column, row, cell)
    return figure


def _draw_cell(axes: Axes, column: int, row: int, cell: GridCell) -> None:
    face = cell.shade.light if cell.shade else "none"
    axes.add_patch(
        Rectangle(
            (column + 0.02, row + 0.04), 0.96, 0.92, facecolor=face, edgecolor=GRID, linewidth=0.5
        )
    )
    if cell.clear:
        axes.add_patch(
            Rectangle(
                (column + 0.04, row + 0.08), 0.92, 0.84, fill=False, edgecolor=INK, linewidth=1.1
            )
        )
    weight = "bold" if cell.clear else "normal"
    colour = MUTED if cell.value == NOTHING else INK
    at = 0.36 if cell.interval else 0.5
    axes.text(
        column + 0.5, row + at, cell.value, ha="center", va="center", fontsize=8, color=colour,
        fontweight=weight,
    )  # fmt: skip
    axes.text(
        column + 0.5, row + 0.71, cell.interval, ha="center", va="center", fontsize=6, color=INK
    )


def _make_cell(scale: ColourScale, value: float, low: float, high: float) -> GridCell:
    if np.isnan(value):
        return GridCell(NOTHING, "", None, False)
    interval = format_interval(value, low, high, signed=True).partition(" ")[2]
    return GridCell(
        format_difference(value), interval, scale.shade(value), bool(low > 0 or high < 0)
    )
