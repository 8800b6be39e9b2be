"""What a reviewer must know before believing an experiment."""

from labelassemble.report.experiment.arm_scores import count_scored, list_arms, list_test_sources
from labelassemble.report.experiment.content import ExperimentContent
from labelassemble.report.number_format import format_count
from labelassemble.report.score_summary import ClassScores
from labelassemble.report.short_answer import ONE_SEED


def list_experiment_cautions(content: ExperimentContent, rows: list[ClassScores]) -> list[str]:
    """The experiment's own cautions, and those that follow from its numbers.

    Args:
        content: the experiment.
        rows: what ``summarise_arms`` gave for all sources.
    """
    cautions = list(content.cautions)
    seeds = content.scores["seed"].n_unique()
    if seeds == 1:
        cautions.append(ONE_SEED)
    elif seeds == 2:
        cautions.append("Two seeds say little of what training anew does; see both scores.")
    unscored = [
        f"{row.title} ({row.note})" if row.note else row.title for row in rows if not row.is_scored
    ]
    if unscored:
        cautions.append(f"Not scored: {'; '.join(unscored)}.")
    counts = {arm: count_scored(rows, arm)[0] for arm in list_arms(content)}
    sets = {
        frozenset(row.name for row in rows if row.methods[arm].auroc.mean is not None)
        for arm, count in counts.items()
        if count
    }
    if len(sets) > 1:
        cautions.append(
            "The arms predict different classes, so their means are not means of the same "
            "thing; the differences below are made on the classes that both arms predict."
        )
    if silent := [arm for arm, count in counts.items() if not count]:
        cautions.append(f"Without any score: {', '.join(silent)}.")
    if list_test_sources(content):
        cautions.append(
            f"The test images are of {format_count(len(list_test_sources(content)))} sources. "
            "Pooled scores flatter where the source gives the class away; those within each source "
            "do not."
        )
    return cautions
