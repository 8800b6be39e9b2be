"""What the page of an experiment says: everything it needs, already computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.errors import RunError
from labelassemble.evaluation.result_table import RESULT_COLUMNS
from labelassemble.report.content import require_columns


@dataclass(frozen=True)
class ArmFacts:
    """One of the things that an experiment compares.

    Attributes:
        name: short, as in the tables: ``med3d``, ``masked-both-views``, ``alone``.
        title: what it is, in a line.
        method: the method that it trains with.
        images: training images that it may see.
        positives: known positive training cells that it may see.
        negatives: known negative training cells that it may see.
        unknown: its other training cells.
    """

    name: str
    title: str
    method: str
    records: int
    positives: int
    negatives: int
    unknown: int


@dataclass(frozen=True)
class Scatter:
    """Points with a name and an interval each, and what is said of them together.

    Attributes:
        title: what the figure shows.
        x_title: of the horizontal axis, with unit.
        y_title: of the vertical axis, with unit.
        names: of the points.
        x: where they stand.
        y: their heights.
        low: lower ends of the intervals of ``y``; nan: none.
        high: upper ends.
        note: such as "Pearson r = .83 [.51, .95], p = .0005, 12 classes".
    """

    title: str
    x_title: str
    y_title: str
    names: tuple[str, ...]
    x: Float[np.ndarray, " points"]
    y: Float[np.ndarray, " points"]
    low: Float[np.ndarray, " points"]
    high: Float[np.ndarray, " points"]
    note: str


@dataclass(frozen=True)
class Curves:
    """Several series over a number, such as scores over how many images were labelled.

    Attributes:
        title: what the figure shows.
        x_title: of the horizontal axis (logarithmic), with unit.
        y_title: of the vertical axis.
        x: where the points stand; the same for all series.
        x_names: what to write there, such as ``all``.
        series: by name, one row a point: y, low, high.
        note: a line below the figure.
    """

    title: str
    x_title: str
    y_title: str
    x: tuple[float, ...]
    x_names: tuple[str, ...]
    series: Mapping[str, Float[np.ndarray, "points 3"]]
    note: str


@dataclass(frozen=True)
class CellGrid:
    """A table of differences, such as which source helped which class.

    Attributes:
        title: what the table shows.
        rows: names of its rows.
        columns: names of its columns.
        value: the differences; nan: could not be measured.
        low: lower ends of their intervals.
        high: upper ends.
        note: a line below the table.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: Float[np.ndarray, "rows columns"]
    low: Float[np.ndarray, "rows columns"]
    high: Float[np.ndarray, "rows columns"]
    note: str


@dataclass(frozen=True)
class ScoreTable:
    """Scores by other measures than AUROC, such as of lesions.

    Attributes:
        title: what the table shows.
        rows: the arms.
        columns: the measures.
        value: means over the seeds; nan: could not be measured.
        low: lower ends of their intervals; nan: none.
        high: upper ends.
        by_seed: every seed's, in the order of the experiment's seeds.
        note: a line below the table.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: Float[np.ndarray, "rows columns"]
    low: Float[np.ndarray, "rows columns"]
    high: Float[np.ndarray, "rows columns"]
    by_seed: Float[np.ndarray, "rows columns seeds"]
    note: str


@dataclass(frozen=True)
class Panels:
    """Small line plots beside each other, such as the validation curves of every arm.

    Attributes:
        title: what the figure shows.
        x_title: of the horizontal axes.
        y_title: of the vertical axes, which are alike.
        panels: name of a panel to its lines: name to one y for x = 1, 2, ...; nan: no point.
        marks: panel to the x at which a line marks something, such as a plateau; without: none.
        note: a line below the figure.
    """

    title: str
    x_title: str
    y_title: str
    panels: Mapping[str, Mapping[str, Float[np.ndarray, " _"]]]
    marks: Mapping[str, float]
    note: str


@dataclass(frozen=True)
class TextTable:
    """A table whose cells are words or numbers that are written already.

    Attributes:
        title: what the table shows.
        columns: heads; the first is that of the rows' names.
        rows: cells, as many as columns.
        note: a line below the table.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


Figure = Scatter | Curves | CellGrid | Panels | TextTable
"""What an experiment may show beside scores and differences."""


@dataclass(frozen=True)
class ExperimentContent:
    """Everything on the page.

    Attributes:
        name: of the experiment, such as ``partial-labels``.
        title: of the page.
        question: what it asks, in a sentence or two.
        answer: what came out, in a few sentences, each with its interval.
        arms: what was compared, in order.
        seeds: that every arm was trained with.
        scores: one row an arm (in ``method``), seed, source and class: ``RESULT_COLUMNS``.
        differences: ``COMPARISON_COLUMNS`` and the columns ``first`` and ``second``, names of arms.
        figures: in the order of the page.
        papers: what a paper reports for it: what, number, source.
        reached: what arms reached here in the measure of ``papers``; None: their mean AUROC.
        score_tables: scores by other measures, shown before AUROC.
        cautions: what a reviewer must know before believing it.
        settings: of the recipe and the experiment, as JSON.
        versions: of the packages.
        command: that makes this page.
        titles: class or source to its name in words; others are shown as they are.
        confidence: level of the intervals, in (0, 1).
    """

    name: str
    title: str
    question: str
    answer: tuple[str, ...]
    arms: tuple[ArmFacts, ...]
    seeds: tuple[int, ...]
    scores: pl.DataFrame
    differences: pl.DataFrame
    figures: tuple[Figure, ...]
    papers: tuple[tuple[str, str, str], ...]
    cautions: tuple[str, ...]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    command: str
    titles: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.95
    score_tables: tuple[ScoreTable, ...] = ()
    reached: Mapping[str, str] | None = None

    def title_of(self, name: str) -> str:
        """A class or a source in words."""
        return self.titles.get(name, name)


NEEDED = (
    "first",
    "second",
    "class",
    "source",
    "difference",
    "low",
    "high",
    "p",
    "p_corrected",
    "note",
)
"""Columns of the differences without which there is no page; further ones are shown if there."""


def check_experiment(content: ExperimentContent) -> None:
    """Refuse what cannot be shown.

    Raises:
        RunError: a table lacks a column, or the arrays of a figure differ in length.
    """
    require_columns("the scores", content.scores, tuple(RESULT_COLUMNS))
    require_columns("the differences", content.differences, NEEDED)
    figures = [(f"figure {at}", one) for at, one in enumerate(content.figures, start=1)]
    tables = [(f"table {at}", one) for at, one in enumerate(content.score_tables, start=1)]
    for place, figure in [*tables, *figures]:
        expected, shapes = _list_shapes(figure)
        wrong = {name: shape for name, shape in shapes.items() if shape != expected}
        if wrong:
            raise RunError(
                f"arrays of shape {expected} in {place}, {figure.title!r}",
                ", ".join(f"{name} of shape {shape}" for name, shape in wrong.items()),
                "Give one number a name",
            )


def _list_shapes(
    figure: Figure | ScoreTable,
) -> tuple[tuple[int, ...], dict[str, tuple[int, ...]]]:
    """The shape that all arrays of a figure must have, and those that they have."""
    if isinstance(figure, Scatter):
        arrays = {"x": figure.x, "y": figure.y, "low": figure.low, "high": figure.high}
        return (len(figure.names),), {name: one.shape for name, one in arrays.items()}
    if isinstance(figure, Curves):
        # x and its names are checked as if they were columns of a series.
        shapes = {name: one.shape for name, one in figure.series.items()}
        names = {"x_names": (len(figure.x_names), 3)}
        return (len(figure.x), 3), {**names, **shapes}
    if isinstance(figure, Panels):
        return (), {}
    if isinstance(figure, TextTable):
        return (len(figure.columns),), {" ".join(row): (len(row),) for row in figure.rows}
    arrays = {"value": figure.value, "low": figure.low, "high": figure.high}
    if isinstance(figure, ScoreTable):
        # A seed's scores are checked as if they were the only ones.
        arrays["by_seed"] = figure.by_seed[:, :, 0]
    expected = (len(figure.rows), len(figure.columns))
    return expected, {name: one.shape for name, one in arrays.items()}
