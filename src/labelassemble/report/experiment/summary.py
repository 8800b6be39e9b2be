"""An experiment in a few lines for a terminal."""

from labelassemble.report.content import MEAN
from labelassemble.report.experiment.arm_differences import list_main_differences, write_p
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
        head = ["difference", "AUROC", "patients and seeds", "patients alone", "p corrected"]
        table = [[*head, ""]]
        for one in main:
            corrected = one.p_seeds_corrected if one.has_seeds else one.p_corrected
            text = one.p_seeds_corrected_text if one.has_seeds else one.p_corrected_text
            p = "" if is_missing(corrected) else write_p(text)
            intervals = [one.seeds_text, one.patients_text, p]
            table.append([one.title, one.value_text, *intervals, str(one.outcome)])
        lines += ["", *_align(table)]
    level = f"{100 * content.confidence:g} %"
    lines += [
        "",
        f"{level} intervals, of scores over patients; differences: the second arm minus the first.",
        "Of several seeds p and the words take these as random; else patients alone are drawn.",
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
