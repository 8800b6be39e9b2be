"""The tables of an experiment as GitHub writes them, to be committed beside the numbers."""

import re
from collections.abc import Sequence

from labelassemble.report.content import MEAN
from labelassemble.report.experiment.arm_differences import (
    ArmDifference,
    describe_outcomes,
    list_arm_differences,
    list_main_differences,
    list_pairs,
)
from labelassemble.report.experiment.arm_scores import (
    count_scored,
    find_mean,
    list_arms,
    seed_score,
    summarise_arms,
)
from labelassemble.report.experiment.cautions import list_experiment_cautions
from labelassemble.report.experiment.content import (
    CellGrid,
    Curves,
    ExperimentContent,
    Panels,
    Scatter,
    ScoreTable,
    TextTable,
    check_experiment,
)
from labelassemble.report.experiment.grid_plot import list_cells
from labelassemble.report.experiment.page import (
    compare_within,
    list_curve_values,
    list_points,
    list_within,
)
from labelassemble.report.experiment.paper_rows import list_papers
from labelassemble.report.experiment.score_cells import list_score_cells
from labelassemble.report.number_format import NOTHING, format_count
from labelassemble.report.score_summary import ClassScores


def experiment_markdown(content: ExperimentContent, records: Sequence[str] = ()) -> str:
    """Write question, answer and every table; words from the data stay words.

    Args:
        content: what to write.
        images: file names of the figures that are no tables, in order, to be shown above their
            numbers; none: numbers only.

    Raises:
        RunError: the content cannot be shown.
        MetricError: seeds of an arm were scored on different cells, or a seed comes twice.
    """
    check_experiment(content)
    rows = summarise_arms(content)
    mean = find_mean(rows)
    level = f"{100 * content.confidence:g} %"
    parts = [
        f"# {_text(content.title)}",
        _text(content.question),
        *(_text(sentence) for sentence in content.answer),
        _list(list_experiment_cautions(content, rows)),
        "## What was compared",
        _write_arms(content),
        *(part for table in content.score_tables for part in _write_score_table(table)),
        "## Mean AUROC",
        f"Mean over the seeds with the {level} interval over patients, and the standard deviation "
        "between the seeds.",
        _write_means(content, rows, mean),
        "## Differences",
        *_write_differences(content),
        "## Class by class",
        _write_classes(content, [one for one in rows if one.name != MEAN]),
        *_write_within(content),
        *_write_figures(content, list(records)),
        *_write_papers(content, mean),
        "## Repeat it",
        f"    {content.command}",
        f"Seeds {', '.join(map(str, content.seeds))}. "
        + ", ".join(f"{_text(name)} {_text(one)}" for name, one in content.versions.items()),
    ]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def _write_arms(content: ExperimentContent) -> str:
    heads = ["arm", "what it is", "method", "records", "positive", "negative", "unknown"]
    return _table(
        heads,
        [
            [
                arm.name,
                arm.title,
                arm.method,
                *map(format_count, (arm.records, arm.positives, arm.negatives, arm.unknown)),
            ]
            for arm in content.arms
        ],
        numbers=4,
    )


def _write_means(
    content: ExperimentContent, rows: list[ClassScores], mean: ClassScores | None
) -> str:
    if mean is None:
        return "No mean was given."
    lines = []
    for arm in list_arms(content):
        score = seed_score(mean, arm)
        scored, asked = count_scored(rows, arm)
        lines.append(
            [
                arm,
                score.text,
                score.deviation_text,
                score.by_seed or NOTHING,
                mean.methods[arm].average_precision.text,
                f"{scored} of {asked}",
            ]
        )
    heads = ["arm", "AUROC", "sd between seeds", "every seed", "average precision", "classes"]
    return _table(heads, lines)


def _write_score_table(table: ScoreTable) -> list[str]:
    lines = [
        [name, *(f"**{cell.text}**" if cell.best else cell.text for cell in cells)]
        for name, cells in list_score_cells(table)
    ]
    return [f"## {_text(table.title)}", _table(["arm", *table.columns], lines), _text(table.note)]


def _write_differences(content: ExperimentContent) -> list[str]:
    main = list_main_differences(content)
    if not main:
        return ["Nothing was compared."]
    said = [f"{_text(heading)}:\n\n{_list(words)}" for _, heading, words in describe_outcomes(main)]
    parts = [_difference_table(main, "second − first"), *said]
    for pair in list_pairs(content):
        rows = list_arm_differences(content, pair)
        if sum(not one.is_mean for one in rows) > 1:
            parts += [f"### {_text(rows[0].pair)}", _difference_table(rows, "class")]
    return parts


def _difference_table(rows: list[ArmDifference], heading: str) -> str:
    seeds = any(one.has_seeds for one in rows)
    heads = [heading, "AUROC", "difference"]
    heads += ["over patients and seeds", "p", "p corrected"] if seeds else []
    heads += ["over patients alone", "p", "p corrected"]
    lines = []
    for one in rows:
        numbers = [one.scores_text, one.value_text]
        if seeds:
            numbers += [one.seeds_text or NOTHING, one.p_seeds_text, one.p_seeds_corrected_text]
        numbers += [one.patients_text or NOTHING, one.p_text, one.p_corrected_text]
        told = one.note if one.difference is None and one.note else str(one.outcome)
        lines.append([one.title, *numbers, told])
    return _table([*heads, "in words"], lines)


def _write_classes(content: ExperimentContent, rows: list[ClassScores]) -> str:
    arms = list_arms(content)
    lines = [
        [
            row.title,
            format_count(row.n_positive),
            format_count(row.n_negative),
            *(row.methods[arm].auroc.text for arm in arms),
            "" if row.is_scored else f"not scored: {row.note}",
        ]
        for row in rows
    ]
    return _table(["class", "positive", "negative", *arms, "note"], lines)


def _write_within(content: ExperimentContent) -> list[str]:
    sources = list_within(content)
    if not sources:
        return []
    means = [(name, find_mean(rows)) for name, rows in sources]
    lines = [
        [arm, *(seed_score(mean, arm).text if mean else NOTHING for _, mean in means)]
        for arm in list_arms(content)
    ]
    parts = ["## Mean AUROC within each source"]
    parts += ["Pooled scores flatter where the source gives the class away."]
    parts += [_table(["arm", *(content.title_of(name) for name, _ in means)], lines)]
    grid = compare_within(content)
    return parts if grid is None else [*parts, _grid_table(grid)]


def _write_figures(content: ExperimentContent, records: list[str]) -> list[str]:
    parts = []
    for figure in content.figures:
        parts.append(f"## {_text(figure.title)}")
        if isinstance(figure, TextTable):
            parts.append(_table(list(figure.columns), [list(row) for row in figure.rows]))
        elif isinstance(figure, CellGrid):
            parts += [_grid_table(figure), "Bold: the interval does not contain 0; not corrected."]
        else:
            if records:
                parts.append(f"![{_text(figure.title)}]({records.pop(0)})")
            if not isinstance(figure, Panels):
                parts.append(_figure_table(figure))
        parts.append(_text(figure.note))
    return parts


def _figure_table(figure: Scatter | Curves) -> str:
    if isinstance(figure, Scatter):
        return _table(
            ["", figure.x_title, figure.y_title], [list(row) for row in list_points(figure)]
        )
    heads = [f"{figure.y_title} / {figure.x_title}", *figure.x_names]
    return _table(heads, [[name, *values] for name, values in list_curve_values(figure)])


def _grid_table(grid: CellGrid) -> str:
    lines = []
    for name, cells in list_cells(grid):
        marks = ["**" if cell.clear else "" for cell in cells]
        words = [
            f"{mark}{cell.value}{mark} {cell.interval}".strip()
            for mark, cell in zip(marks, cells, strict=True)
        ]
        lines.append([name, *words])
    return _table(["", *grid.columns], lines)


def _write_papers(content: ExperimentContent, mean: ClassScores | None) -> list[str]:
    if not content.papers:
        return []
    lines = [
        [row.what, row.number, row.source, f"{row.arm} {row.ours}".strip() or NOTHING]
        for row in list_papers(content, mean)
    ]
    return [
        "## What the papers report",
        _table(["what", "reported", "where", "the arm of that name here"], lines),
    ]


def _table(heads: list[str], lines: list[list[str]], numbers: int = 0) -> str:
    """A GitHub table; the last ``numbers`` columns are set to the right."""
    rules = ["---"] * (len(heads) - numbers) + ["--:"] * numbers
    rows = [[_cell(one) for one in line] for line in lines]
    written = [[_cell(one) for one in heads], rules, *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in written)


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {_text(item)}" for item in items)


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def _text(text: str) -> str:
    """Words on one line, without HTML; a lone ``<``, as before a p value, is none."""
    line = re.sub(r"&(?=#?\w+;)", "&amp;", " ".join(text.split()))
    return re.sub(r"<(?=\S)", "&lt;", line)
