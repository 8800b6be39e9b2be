"""Everything that the template of an experiment's page shows, drawn and put in words."""

from typing import Any

import numpy as np

from labelassemble.report.content import EVERY_SOURCE, MEAN
from labelassemble.report.embed_figure import embed_figure
from labelassemble.report.experiment.arm_differences import (
    ArmDifference,
    describe_outcomes,
    list_arm_differences,
    list_main_differences,
    list_pairs,
)
from labelassemble.report.experiment.arm_forest import draw_arm_forest
from labelassemble.report.experiment.arm_scores import (
    count_scored,
    find_mean,
    list_arms,
    list_test_sources,
    seed_score,
    summarise_arms,
)
from labelassemble.report.experiment.axis_format import format_value
from labelassemble.report.experiment.cautions import list_experiment_cautions
from labelassemble.report.experiment.content import (
    CellGrid,
    Curves,
    ExperimentContent,
    Figure,
    Panels,
    Scatter,
    TextTable,
)
from labelassemble.report.experiment.curves_plot import draw_curves
from labelassemble.report.experiment.difference_colours import choose_colours
from labelassemble.report.experiment.grid_plot import count_clear, list_cells
from labelassemble.report.experiment.panels_plot import draw_panels
from labelassemble.report.experiment.paper_rows import list_papers
from labelassemble.report.experiment.portable_settings import write_settings
from labelassemble.report.experiment.scatter_plot import draw_scatter, has_point
from labelassemble.report.experiment.score_cells import list_score_cells
from labelassemble.report.experiment.score_strip import WIDTH, choose_score_axis, draw_strip
from labelassemble.report.forest_plot import OUTCOME_COLOURS
from labelassemble.report.number_format import format_interval
from labelassemble.report.palette import (
    BETTER,
    BETWEEN_COLOUR,
    DASHES,
    NEGATIVE,
    WORSE,
    LineStyle,
    style_methods,
)
from labelassemble.report.score_summary import ClassScores

MAX_COLUMNS = 8
"""More arms than this do not fit beside each other: classes by arms becomes one long list."""
_STEPS = tuple(zip((NEGATIVE, BETTER, WORSE, *BETWEEN_COLOUR), (*DASHES, *DASHES), strict=False))
"""Colours and dashes of the lines of small panels."""
MAX_FORESTS = 12
"""More pairs of arms than this have their classes in tables only."""


def describe_experiment(content: ExperimentContent) -> dict[str, Any]:
    """Draw every figure and gather every table; the template adds nothing but words and order."""
    rows = summarise_arms(content)
    mean = find_mean(rows)
    arms = list_arms(content)
    facts = {arm.name: arm for arm in content.arms}
    main = list_main_differences(content)
    return {
        "title": content.title,
        "name": content.name,
        "question": content.question,
        "answer": content.answer,
        "confidence": f"{100 * content.confidence:g}\N{NO-BREAK SPACE}%",
        "level": content.confidence,
        "significance": f"{1 - content.confidence:.3g}".removeprefix("0"),
        "arms": arms,
        "facts": facts,
        "seeds": content.seeds,
        "mean": mean,
        "scores": [one for one in rows if one.name != MEAN],
        "wide_scores": len(arms) <= MAX_COLUMNS,
        "best": {row.name: find_best(row) for row in rows},
        "counts": {arm: count_scored(rows, arm) for arm in arms},
        **_draw_strips(mean, arms),
        "cautions": list_experiment_cautions(content, rows),
        "main": main,
        "outcomes": describe_outcomes(main),
        "held": sum(one.outcome in ("better", "worse") for one in main),
        "forest": _draw_forest(main, "the mean AUROCs") if main else None,
        "pairs": _describe_pairs(content),
        "outcome_colours": {str(outcome): colour for outcome, colour in OUTCOME_COLOURS.items()},
        "figures": [_describe_figure(one) for one in content.figures],
        "score_tables": [(one, list_score_cells(one)) for one in content.score_tables],
        **_describe_within(content, arms),
        "papers": list_papers(content, mean),
        "settings": write_settings(content.settings),
        "versions": dict(content.versions),
        "command": content.command,
    }


def find_best(row: ClassScores) -> float | None:
    """The highest AUROC of several arms with an interval; None with fewer than two."""
    told = [one.auroc for one in row.methods.values() if one.auroc.low is not None]
    found = [one.mean for one in told if one.mean is not None]
    return max(found) if len(found) > 1 else None


def list_within(content: ExperimentContent) -> list[tuple[str, list[ClassScores]]]:
    """Every test source and what was scored on its images alone."""
    return [(name, summarise_arms(content, name)) for name in list_test_sources(content)]


def compare_within(content: ExperimentContent) -> CellGrid | None:
    """Differences of the means, a row a pair of arms, all test images and then every source.

    None where there are no several sources, or nothing was compared.
    """
    pairs, sources = list_pairs(content), list_test_sources(content)
    if not pairs or not sources:
        return None
    columns = [EVERY_SOURCE, *sources]
    numbers = np.full((3, len(pairs), len(columns)), np.nan)
    names = []
    for row, pair in enumerate(pairs):
        names.append(f"{pair[1]} − {pair[0]}")
        for column, source in enumerate(columns):
            found = list_arm_differences(content, pair, source)
            if found and (found[-1].is_mean or len(found) == 1):
                ends = (found[-1].difference, found[-1].low, found[-1].high)
                numbers[:, row, column] = [np.nan if one is None else one for one in ends]
    titles = ("all test images", *(content.title_of(name) for name in sources))
    return CellGrid(
        "Differences within each source",
        tuple(names),
        titles,
        numbers[0],
        numbers[1],
        numbers[2],
        "",
    )


def _draw_strips(mean: ClassScores | None, arms: list[str]) -> dict[str, Any]:
    scores = {arm: seed_score(mean, arm) for arm in arms} if mean else {}
    axis = choose_score_axis(scores.values())
    strips = {arm: draw_strip(score, axis) for arm, score in scores.items()}
    return {"axis": axis, "strips": strips, "strip_width": WIDTH}


def _draw_forest(rows: list[ArmDifference], of: str) -> Any:
    alt = f"Forest plot of differences in {of}: " + "; ".join(
        f"{one.title} {one.text}" for one in rows
    )
    return embed_figure(draw_arm_forest(rows), alt)


def _describe_pairs(content: ExperimentContent) -> list[tuple[str, Any, list[ArmDifference]]]:
    """Name, forest plot and classes of every pair with several classes, or with one and a mean."""
    found = []
    for pair in list_pairs(content):
        rows = list_arm_differences(content, pair)
        if len([one for one in rows if not one.is_mean]) > 1:
            found.append((rows[0].pair, rows))
    drawn = len(found) <= MAX_FORESTS
    return [
        (name, _draw_forest(rows, f"AUROC, {name}, class by class") if drawn else None, rows)
        for name, rows in found
    ]


def _describe_within(content: ExperimentContent, arms: list[str]) -> dict[str, Any]:
    sources = list_within(content)
    grid = compare_within(content)
    return {
        "within": [
            (
                content.title_of(name),
                find_mean(rows),
                [one for one in rows if one.name != MEAN],
                {arm: count_scored(rows, arm) for arm in arms},
            )
            for name, rows in sources
        ],
        "within_grid": _describe_figure(grid) if grid else None,
        "within_best": [
            find_best(mean) if (mean := find_mean(rows)) else None for _, rows in sources
        ],
    }


def _describe_figure(figure: Figure) -> dict[str, Any]:
    """Kind, title, note, and what that kind shows."""
    told: dict[str, Any] = {"title": figure.title, "note": figure.note}
    if isinstance(figure, Scatter):
        drawn = has_point(figure)
        shown = [name for name, one in zip(figure.names, drawn, strict=True) if one]
        alt = f"{figure.title}. {figure.y_title} over {figure.x_title}. {figure.note} Points: "
        return told | {
            "kind": "scatter",
            "image": embed_figure(draw_scatter(figure), f"{alt}{', '.join(shown)}"),
            "x_title": figure.x_title,
            "y_title": figure.y_title,
            "rows": list_points(figure),
            "missing": [name for name, one in zip(figure.names, drawn, strict=True) if not one],
        }
    if isinstance(figure, Curves):
        styles = style_series(figure)
        alt = f"{figure.title}. {figure.y_title} over {figure.x_title}: {', '.join(styles)}"
        return told | {
            "kind": "curves",
            "image": embed_figure(draw_curves(figure, styles), alt),
            "x_title": figure.x_title,
            "y_title": figure.y_title,
            "x_names": figure.x_names,
            "styles": styles,
            "rows": list_curve_values(figure),
        }
    if isinstance(figure, Panels):
        styles = style_panels(figure)
        alt = f"{figure.title}. {figure.y_title} over {figure.x_title}: {', '.join(figure.panels)}"
        embedded = embed_figure(draw_panels(figure, styles), alt)
        return told | {"kind": "panels", "image": embedded, "styles": styles}
    if isinstance(figure, TextTable):
        return told | {"kind": "table", "columns": figure.columns, "rows": figure.rows}
    return told | {
        "kind": "grid",
        "columns": figure.columns,
        "rows": list_cells(figure),
        "key": choose_colours(figure.value).key,
        "clear_of": count_clear(figure),
    }


def style_series(curves: Curves) -> dict[str, LineStyle]:
    """A line for every series."""
    return style_methods(list(curves.series))


def style_panels(panels: Panels) -> dict[str, LineStyle]:
    """A line for every name that a panel has."""
    names = dict.fromkeys(name for lines in panels.panels.values() for name in lines)
    return {name: LineStyle(*_STEPS[place % len(_STEPS)]) for place, name in enumerate(names)}


def list_points(scatter: Scatter) -> list[tuple[str, str, str]]:
    """Name, x, and y with its interval, of every point."""
    return [
        (name, format_value(x), write_with_interval(y, low, high))
        for name, x, y, low, high in zip(
            scatter.names, scatter.x, scatter.y, scatter.low, scatter.high, strict=True
        )
    ]


def list_curve_values(curves: Curves) -> list[tuple[str, list[str]]]:
    """Name of every series, and its numbers with their intervals."""
    return [
        (name, [write_with_interval(*map(float, row)) for row in values])
        for name, values in curves.series.items()
    ]


def write_with_interval(value: float, low: float, high: float) -> str:
    """A number of any size and, where there is one, its interval.

    >>> write_with_interval(0.5, 0.4, 0.6), write_with_interval(1500.0, 1400.0, 1600.0)
    ('.500 [.400, .600]', '1,500 [1,400, 1,600]')
    """
    if max(abs(value), abs(low), abs(high)) < 10 or not np.isfinite([value, low, high]).all():
        return format_interval(value, low, high) if abs(value) < 10 else format_value(value)
    return f"{format_value(value)} [{format_value(low)}, {format_value(high)}]"
