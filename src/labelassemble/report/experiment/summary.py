"""An experiment in a few lines for a terminal."""

from labelassemble.report.content import MEAN
from labelassemble.report.experiment.arm_differences import list_main_differences, say_p
from labelassemble.report.experiment.arm_scores import (
    count_scored,
    find_mean,
    list_arms,
    seed_score,
    summarise_arms,
)
from labelassemble.report.experiment.content import ExperimentContent, check_experiment
from labelassemble.report.experiment.score_cells import list_score_cells
from labelassemble.report.number_format import is_missing
from labelassemble.report.score_summary import ClassScores


def summarise_experiment(content: ExperimentContent) -> str:
    """Say the answer, the scores of every arm, and every difference, in aligned columns.

    Raises:
        RunError: the content cannot be shown.
        MetricError: seeds of an arm were scored on different cells, or a seed comes twice.
    """
    check_experiment(content)
    rows = summarise_arms(content)
    mean = find_mean(rows)
    lines = [content.title, *content.answer, ""]
    for scores in content.score_tables:
        cells = [
            [name, *(f"{one.value} {one.interval}".rstrip() for one in own)]
            for name, own in list_score_cells(scores)
        ]
        lines += [f"{scores.title}:", *_align([["arm", *scores.columns], *cells]), ""]
    if mean is not None:
        title = "mean AUROC" if mean.name == MEAN else f"AUROC, {mean.title}"
        head = ["arm", title, "sd of seeds", "classes"]
        lines += _align([head, *_list_scores(content, rows, mean)])
    main = list_main_differences(content)
    if main:
        table = [["difference", "AUROC", "with seeds", "p corrected", ""]]
        for one in main:
            p = "" if is_missing(one.p_corrected) else say_p(one.p_corrected_text)
            table.append([one.title, one.text, one.seeds_text, p, str(one.outcome)])
        lines += ["", *_align(table)]
    level = f"{100 * content.confidence:g} %"
    lines += [
        "",
        f"{level} intervals over patients; differences are the second arm minus the first.",
    ]
    return "\n".join(lines)


def _list_scores(
    content: ExperimentContent, rows: list[ClassScores], mean: ClassScores
) -> list[list[str]]:
    table = []
    for arm in list_arms(content):
        score = seed_score(mean, arm)
        scored, asked = count_scored(rows, arm)
        text = "not scored" if score.mean is None else score.text
        deviation = "" if score.deviation is None else f"± {score.deviation_text}"
        table.append([arm, text, deviation, f"{scored} of {asked}"])
    return table


def _align(table: list[list[str]]) -> list[str]:
    """Pad every column to its longest entry; a column with a head only is left out."""
    columns = list(zip(*table, strict=True))
    kept = [one for one in columns if any(one[1:])]
    widths = [max(map(len, one)) for one in kept]
    return [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in zip(*kept, strict=True)
    ]
