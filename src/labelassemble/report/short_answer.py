"""The short answer: which method is better, by how much, and how sure that is."""

from dataclasses import dataclass

import polars as pl

from labelassemble.report.content import MEAN, ReportContent
from labelassemble.report.detection.headline import (
    FROC_WORDS,
    headline_content,
    headline_measure,
)
from labelassemble.report.differences import (
    Difference,
    DifferenceOutcome,
    compared_sources,
    list_differences,
)
from labelassemble.report.number_format import (
    format_difference,
    format_number_of,
    format_score,
)
from labelassemble.report.score_summary import ClassScores, summarise_scores

ONE_SEED = (
    "Each network was trained once. The intervals cover the choice of patients, not the "
    "luck of training; train several seeds to see that too."
)


@dataclass(frozen=True)
class _ShortAnswer:
    """The top of the report.

    Attributes:
        sentence: one sentence that answers the question.
        detail: what was measured, on whom.
        measure: what the sentence speaks of: AUROC, or of lesions the FROC score.
        difference: of its mean; None where nothing was compared.
        mean: the mean row of the results; None where it was not given.
        cautions: what a reader must know before quoting the sentence.
    """

    sentence: str
    detail: str
    measure: str
    difference: Difference | None
    mean: ClassScores | None
    cautions: tuple[str, ...]


def answer_shortly(content: ReportContent) -> _ShortAnswer:
    """Say in words what the scores show, no more than they show."""
    measure, content = headline_measure(content), headline_content(content)
    rows = summarise_scores(content)
    mean = next((row for row in rows if row.name == MEAN), None)
    difference = next((one for one in list_differences(content) if one.is_mean), None)
    if difference is not None and difference.difference is None:
        difference = None
    return _ShortAnswer(
        sentence=_answer(content, measure, mean, difference)
        + _say_within_sources(content, difference),
        detail=_describe_test(content, rows, mean)
        + ("" if content.lesions is None else f" {FROC_WORDS}"),
        measure=measure,
        difference=difference,
        mean=mean,
        cautions=tuple(_caution(content, rows, difference)),
    )


def confidence_of(content: ReportContent) -> str:
    """The level of the intervals, such as ``95 %``, on one line."""
    return f"{100 * content.confidence:g}\N{NO-BREAK SPACE}%"


def _answer(
    content: ReportContent, measure: str, mean: ClassScores | None, difference: Difference | None
) -> str:
    methods = content.methods
    if not methods:
        return "No network was scored yet."
    if mean is None or not mean.is_scored:
        return f"No mean {measure} was given, so there is no short answer; see the classes below."
    if difference is None or len(methods) < 2:
        scores = [
            f"{name} reaches a mean {measure} of {mean.methods[name].auroc.text}"
            for name in methods
            if mean.methods[name].auroc.mean is not None
        ]
        more = "; the methods were not compared" if len(methods) > 1 else ""
        return f"{'; '.join(scores)}{more}."
    return _compare(content, measure, difference, methods[0], methods[-1])


def _compare(
    content: ReportContent, measure: str, difference: Difference, reference: str, candidate: str
) -> str:
    value = format_difference(difference.difference)
    size = format_score(abs(difference.difference or 0.0))
    if difference.outcome is DifferenceOutcome.UNTOLD:
        return (
            f"The mean {measure} of {candidate} differs from that of {reference} by {value}; "
            "without an interval, nobody can say whether that is more than chance."
        )
    ends = f"{format_difference(difference.low)} to {format_difference(difference.high)}"
    level = f"{confidence_of(content)} interval"
    if difference.outcome is DifferenceOutcome.SAME:
        return (
            f"No difference was shown between {candidate} and {reference}: the mean {measure} "
            f"differs by {value}, and its {level}, {ends}, includes 0."
        )
    higher = "higher" if difference.outcome is DifferenceOutcome.BETTER else "lower"
    return (
        f"{candidate} is {difference.outcome} than {reference}: on the same patients its mean "
        f"{measure} is {size} {higher} ({level} {ends})."
    )


def _say_within_sources(content: ReportContent, difference: Difference | None) -> str:
    """Say how many test sources agree by themselves: a pooled mean may live on their
    fingerprints."""
    if difference is None:
        return ""
    means = [
        one
        for name in compared_sources(content)
        for one in list_differences(content, name)
        if one.is_mean and one.outcome is not DifferenceOutcome.UNTOLD
    ]
    if len(means) < 2:
        return ""
    counts = {
        outcome: sum(one.outcome is outcome for one in means) for outcome in DifferenceOutcome
    }
    return (
        f" That is over all sources together; within single sources it is better in "
        f"{counts[DifferenceOutcome.BETTER]}, worse in "
        f"{counts[DifferenceOutcome.WORSE]}, and not shown to differ in "
        f"{counts[DifferenceOutcome.SAME]} of {len(means)}."
    )


def _describe_test(
    content: ReportContent, rows: list[ClassScores], mean: ClassScores | None
) -> str:
    tested = content.table.records.filter(pl.col("split") == "test")
    patients = mean.n_patients if mean and mean.n_patients is not None else None
    if patients is None:
        patients = tested["group"].n_unique()
    classes = [row for row in rows if row.name != MEAN]
    scored = sum(row.is_scored for row in classes)
    counted = format_number_of(len(classes), "class", "classes")
    counted = f"{scored} of {counted}" if scored < len(classes) else counted
    text = (
        f"Measured on {format_number_of(patients, 'held-out patient')} "
        f"({format_number_of(tested.height, 'image')}) that no training saw, {counted}."
    )
    seeds = content.results["seed"].n_unique()
    if seeds > 1 and mean is not None:
        spreads = [
            f"{name} {mean.methods[name].auroc.spread}"
            for name in content.methods
            if len(mean.methods[name].auroc.seeds) > 1
        ]
        text += f" Scores are means over {seeds} seeds"
        text += f" (lowest to highest: {', '.join(spreads)})." if spreads else "."
    return text


def _caution(
    content: ReportContent, rows: list[ClassScores], difference: Difference | None
) -> list[str]:
    cautions = []
    classes = [row for row in rows if row.name != MEAN]
    if content.results.height and content.results["seed"].n_unique() == 1:
        cautions.append(ONE_SEED)
    unscored = [row for row in classes if not row.is_scored]
    if content.results.height and unscored:
        named = "; ".join(
            f"{row.title} ({row.note})" if row.note else row.title for row in unscored
        )
        cautions.append(f"Not scored: {named}.")
    sets = {
        method: frozenset(row.name for row in classes if row.methods[method].auroc.mean is not None)
        for method in content.methods
    }
    if len(set(sets.values())) > 1:
        counts = ", ".join(f"{method} {len(names)}" for method, names in sets.items())
        cautions.append(
            f"The methods predict different classes ({counts}), so their means are not means "
            "of the same thing; compare class by class."
        )
    if difference is not None and difference.outcome is not DifferenceOutcome.UNTOLD:
        opposed = [
            one.title
            for one in list_differences(content)
            if not one.is_mean
            and {one.outcome, difference.outcome}
            == {DifferenceOutcome.BETTER, DifferenceOutcome.WORSE}
        ]
        if opposed:
            cautions.append(f"The mean hides classes that go the other way: {', '.join(opposed)}.")
    return cautions
