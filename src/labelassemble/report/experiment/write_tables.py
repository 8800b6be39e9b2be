"""Small files of an experiment, fit to be committed: numbers, figures and words."""

import io
from pathlib import Path

import polars as pl
from matplotlib.figure import Figure

from labelassemble.errors import RunError
from labelassemble.evaluation.result_table import write_results
from labelassemble.report.experiment.arm_differences import list_main_differences
from labelassemble.report.experiment.arm_forest import draw_arm_forest
from labelassemble.report.experiment.content import (
    CellGrid,
    Curves,
    ExperimentContent,
    Panels,
    Scatter,
    TextTable,
    check_experiment,
)
from labelassemble.report.experiment.curves_plot import draw_curves
from labelassemble.report.experiment.grid_plot import draw_grid
from labelassemble.report.experiment.markdown import experiment_markdown
from labelassemble.report.experiment.page import style_panels, style_series
from labelassemble.report.experiment.panels_plot import draw_panels
from labelassemble.report.experiment.portable_settings import write_settings
from labelassemble.report.experiment.scatter_plot import draw_scatter
from labelassemble.report.render_page import write_page
from labelassemble.storage.write_aside import write_aside

DOTS_PER_INCH = 140


def write_tables(content: ExperimentContent, folder: Path) -> list[Path]:
    """Write the experiment's numbers as CSV, its figures as PNG, its words as Markdown.

    The same content gives the same bytes. Each file is written aside and then renamed.

    Args:
        content: what to write.
        folder: it is made; files of these names in it are replaced.

    Sources that have no labelled test image of any class, such as parts that are for training
    alone, have no rows.

    Returns:
        ``result.md``, ``scores.csv``, ``differences.csv``, ``arms.csv``, ``settings.json``,
        ``differences.png`` where anything was compared, and ``figure_1.png`` and so on, or
        ``table_1.csv`` where a figure is a table of words.

    Raises:
        RunError: the content cannot be shown, or a file cannot be written.
        MetricError: seeds of an arm were scored on different cells, or a seed comes twice.
    """
    check_experiment(content)
    figures = {
        f"figure_{at}.png": one
        for at, one in enumerate(content.figures, start=1)
        if not isinstance(one, TextTable)
    }
    shown = [name for name, one in figures.items() if not isinstance(one, CellGrid)]
    written = [
        write_page(experiment_markdown(content, shown), folder / "result.md"),
        write_page(write_settings(content.settings) + "\n", folder / "settings.json"),
    ]
    tables = {
        "scores.csv": _without_untested(content.scores, content.scores),
        "differences.csv": _without_untested(content.differences, content.scores),
        "arms.csv": list_facts(content),
        **{
            f"table_{at}.csv": _list_cells(one)
            for at, one in enumerate(content.figures, start=1)
            if isinstance(one, TextTable)
        },
    }
    for name, table in tables.items():
        write_results(table, folder / name)
        written.append(folder / name)
    main = list_main_differences(content)
    if main:
        written.append(_write_image(draw_arm_forest(main), folder / "differences.png"))
    written += [_write_image(_draw(one), folder / name) for name, one in figures.items()]
    return written


def _without_untested(table: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    tested = scores.filter(pl.col("n_positive") + pl.col("n_negative") > 0)["source"].unique()
    return table.filter(pl.col("source").is_in(tested.implode()))


def _list_cells(table: TextTable) -> pl.DataFrame:
    """A table of words as it is shown."""
    columns = [list(cells) for cells in zip(*table.rows, strict=True)] or [[]] * len(table.columns)
    named = zip(table.columns, columns, strict=True)
    return pl.DataFrame({name: pl.Series(cells, dtype=pl.String) for name, cells in named})


def list_facts(content: ExperimentContent) -> pl.DataFrame:
    """The arms as a table: name, title, method, images, positives, negatives, unknown."""
    words, counts = ("name", "title", "method"), ("records", "positives", "negatives", "unknown")
    schema = {name: pl.String() if name in words else pl.Int64() for name in (*words, *counts)}
    return pl.DataFrame([vars(arm) for arm in content.arms], schema=schema)


def _draw(figure: Scatter | Curves | CellGrid | Panels) -> Figure:
    if isinstance(figure, Scatter):
        return draw_scatter(figure)
    if isinstance(figure, Curves):
        return draw_curves(figure, style_series(figure), legend=True)
    if isinstance(figure, Panels):
        return draw_panels(figure, style_panels(figure), legend=True)
    return draw_grid(figure)


def _write_image(figure: Figure, path: Path) -> Path:
    buffer = io.BytesIO()
    # On white: a committed image is shown on pages of any colour.
    figure.patch.set(facecolor="white", alpha=1)
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    try:
        with write_aside(path) as aside:
            aside.write_bytes(buffer.getvalue())
    except OSError as error:
        raise RunError(
            f"a figure to be written to {path}",
            error.strerror or str(error),
            "Choose another folder, or make room on the disk",
        ) from error
    return path
