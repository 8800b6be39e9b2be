"""The label matrix: for each class and source, who was called what, and who was never looked at."""

import textwrap

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from labelassemble.report.number_format import format_count
from labelassemble.report.palette import GRID, INK, MUTED, STATE_COLOURS, UNKNOWN

ROW_INCHES, COLUMN_INCHES = 0.36, 2.0
BAR_WIDTH, BAR_TOP, BAR_HEIGHT = 0.92, 0.48, 0.28


def draw_label_matrix(counts: pl.DataFrame, titles: dict[str, str]) -> Figure:
    """Draw one bar a class and source, as long as the source's images, split by state.

    Args:
        counts: what ``label_counts.count_labels`` gave.
        titles: class or source to the words to write; others are written as they are.
    """
    sources = counts["source"].unique(maintain_order=True).to_list()
    classes = counts["class"].unique(maintain_order=True).to_list()
    names = [wrap_title(titles.get(name, name)) for name in classes]
    margin = 0.25 + 0.082 * max(
        (len(line) for name in names for line in name.splitlines()), default=0
    )
    width = margin + COLUMN_INCHES * len(sources)
    height = 0.95 + ROW_INCHES * len(classes)
    figure = Figure(figsize=(width, height))
    figure.patch.set_alpha(0)
    axes = figure.add_axes((margin / width, 0.05 / height, 1 - margin / width, 1 - 0.85 / height))
    axes.set(xlim=(0, max(len(sources), 1)), ylim=(max(len(classes), 1), 0))
    axes.axis("off")
    for row, name in enumerate(names):
        axes.text(
            -0.05,
            row + 0.5,
            name,
            ha="right",
            va="center",
            fontsize=8 if name.count("\n") else 9,
            color=INK,
        )
        axes.axhline(row, color=GRID, linewidth=0.6, clip_on=False)
    places = {
        (source, name): (column, row)
        for column, source in enumerate(sources)
        for row, name in enumerate(classes)
    }
    for cell in counts.iter_rows(named=True):
        column, row = places[cell["source"], cell["class"]]
        _draw_cell(axes, column, row, cell)
    for column, source in enumerate(sources):
        records = (counts.filter(pl.col("source") == source)["records"].to_list() or [0])[0]
        title = wrap_title(titles.get(source, source), 26)
        heading = f"{title}\n{format_count(records)} images"
        axes.text(
            column + 0.02,
            -0.2,
            heading,
            ha="left",
            va="bottom",
            fontsize=8.5,
            color=INK,
            linespacing=1.4,
        )
    return figure


def _draw_cell(axes: Axes, column: int, row: int, cell: dict[str, int | str | bool]) -> None:
    records, left = int(cell["records"]), column + 0.02
    known = [int(cell[state]) for state in ("positive", "negative", "uncertain")]
    if records == 0 or (not cell["looked_for"] and sum(known) == 0):
        axes.add_patch(
            Rectangle((left, row + BAR_TOP), BAR_WIDTH, BAR_HEIGHT, facecolor=UNKNOWN, linewidth=0)
        )
        axes.text(left, row + 0.42, "not looked for", fontsize=6.4, color=MUTED, va="bottom")
        return
    start = left
    for state, colour in STATE_COLOURS.items():
        length = BAR_WIDTH * int(cell[state]) / records
        if length > 0:
            axes.add_patch(
                Rectangle((start, row + BAR_TOP), length, BAR_HEIGHT, facecolor=colour, linewidth=0)
            )
        start += length
    said = [f"{format_count(known[0])} pos", f"{format_count(known[1])} neg"]
    if known[2]:
        said.append(f"{format_count(known[2])} unc")
    axes.text(left, row + 0.42, " · ".join(said), fontsize=6.4, color=INK, va="bottom")


def wrap_title(text: str, width: int = 32) -> str:
    """Break a title into two lines at the most; what is longer ends in an ellipsis.

    >>> wrap_title("Pleural thickening", 12)
    'Pleural\\nthickening'
    """
    return "\n".join(textwrap.wrap(text, width, max_lines=2, placeholder="…"))
