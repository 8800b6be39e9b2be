"""Lesion scores as tables: one a measure, a row a class, a column a method."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from labelassemble.report.content import EVERY_SOURCE, MEAN, note_in_words
from labelassemble.report.detection.content import LesionContent
from labelassemble.report.number_format import format_interval, format_p, is_missing

_MEASURES = {
    "froc": "Mean sensitivity at 1/8 to 8 false positives a scan",
    "average_precision": "Average precision of lesions",
    "auroc": "AUROC of patients, by their largest prediction",
    "sensitivity": "Sensitivity of patients at a specificity of {specificity:g} %",
}
OF_LESIONS = ("froc", "average_precision")
"""Measures whose counts are lesions and scans; those of the others are patients."""


@dataclass(frozen=True)
class LesionRow:
    """One class.

    Attributes:
        title: in words.
        is_mean: whether it is the mean over the classes.
        counts: lesions and scans, or patients with and without.
        scores: a method each: score and interval, the mean over the seeds.
        difference: the last method minus the first, with its interval; empty without.
        p: of the difference, corrected over the classes; the mean's is its own.
        note: why there is no score, or how far to trust it.
    """

    title: str
    is_mean: bool
    counts: tuple[int, int]
    scores: tuple[str, ...]
    difference: str
    p: str
    note: str


@dataclass(frozen=True)
class LesionTable:
    """One measure of all classes."""

    measure: str
    title: str
    counted: tuple[str, str]
    rows: tuple[LesionRow, ...]


def list_lesion_tables(
    content: LesionContent, methods: Sequence[str], title_of: Callable[[str], str]
) -> list[LesionTable]:
    """Put the scores on all scans together in words.

    Args:
        content: scores and differences.
        methods: the columns, in this order.
        title_of: a class in words.
    """
    pooled = content.scores.filter(pl.col("source") == EVERY_SOURCE)
    names = pooled["class"].unique(maintain_order=True).to_list()
    specificity = 100 * float(pooled["specificity"][0]) if pooled.height else float("nan")
    return [
        LesionTable(
            measure,
            words.format(specificity=specificity),
            ("Lesions", "Scans") if measure in OF_LESIONS else ("With", "Without"),
            tuple(_row(content, pooled, methods, measure, name, title_of) for name in names),
        )
        for measure, words in _MEASURES.items()
    ]


def _row(
    content: LesionContent,
    pooled: pl.DataFrame,
    methods: Sequence[str],
    measure: str,
    name: str,
    title_of: Callable[[str], str],
) -> LesionRow:
    own = pooled.filter(pl.col("class") == name)
    first = own.row(0, named=True)
    counts = ("n_lesions", "n_scans") if measure in OF_LESIONS else ("n_positive", "n_negative")
    difference, p = _compare(content, measure, name)
    return LesionRow(
        title="Mean" if name == MEAN else title_of(name),
        is_mean=name == MEAN,
        counts=(first[counts[0]], first[counts[1]]),
        scores=tuple(_score(own.filter(pl.col("method") == method), measure) for method in methods),
        difference=difference,
        p=p,
        note=note_in_words(first["note"], title_of),
    )


def _score(seeds: pl.DataFrame, measure: str) -> str:
    score, low, high = (_mean(seeds, f"{measure}_{end}") for end in ("score", "low", "high"))
    return "not scored" if is_missing(score) else format_interval(score, low, high)


def _mean(seeds: pl.DataFrame, column: str) -> float | None:
    # A class that one of the seeds could not score is nan.
    numbers = seeds[column].to_list()
    return sum(numbers) / len(numbers) if numbers else None


def _compare(content: LesionContent, measure: str, name: str) -> tuple[str, str]:
    if content.differences is None:
        return "", ""
    of_class = content.differences.filter(
        (pl.col("source") == EVERY_SOURCE)
        & (pl.col("class") == name)
        & (pl.col("measure") == measure)
    )
    row = of_class.row(0, named=True)
    if is_missing(row["difference"]):
        return "not compared", format_p(None)
    text = format_interval(row["difference"], row["low"], row["high"], signed=True)
    return text, format_p(row["p_corrected"])
