"""Results of several methods and seeds, one row a class."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from labelassemble.report.content import EVERY_SOURCE, MEAN, ReportContent
from labelassemble.report.number_format import (
    NOTHING,
    format_interval,
    format_score,
    is_missing,
)

NOT_GIVEN = "no result was given"


@dataclass(frozen=True)
class Score:
    """One score of one method and class.

    Attributes:
        mean: over the seeds; None where no seed was scored.
        low, high: mean over the seeds of the interval's ends, that is, the interval of one typical
            network; None without.
        seeds: seed to score, only the scored ones.
    """

    mean: float | None
    low: float | None
    high: float | None
    seeds: dict[object, float]

    @property
    def text(self) -> str:
        """Such as ``.803 [.771, .834]``."""
        return format_interval(self.mean, self.low, self.high)

    @property
    def spread(self) -> str:
        """Lowest and highest seed, such as ``.798 to .809``; a dash with fewer than two."""
        if len(self.seeds) < 2:
            return NOTHING
        return (
            f"{format_score(min(self.seeds.values()))} to {format_score(max(self.seeds.values()))}"
        )


EMPTY = Score(None, None, None, {})


@dataclass(frozen=True)
class MethodScore:
    """What one method scored on one class, and the note on it (why not, for instance)."""

    auroc: Score = EMPTY
    average_precision: Score = EMPTY
    note: str = NOT_GIVEN


@dataclass(frozen=True)
class ClassScores:
    """One row of a result table; counts are None where they were not given."""

    name: str
    title: str
    n_positive: int | None
    n_negative: int | None
    n_patients: int | None
    methods: dict[str, MethodScore] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """What was noted, each thing once."""
        notes = dict.fromkeys(score.note for score in self.methods.values() if score.note)
        return "; ".join(notes)

    @property
    def scored_note(self) -> str:
        """What was noted of the methods that have a score; the others say it in their cell."""
        notes = dict.fromkeys(
            score.note
            for score in self.methods.values()
            if score.note and score.auroc.mean is not None
        )
        return "; ".join(notes)

    @property
    def is_scored(self) -> bool:
        """True where some method has an AUROC."""
        return any(score.auroc.mean is not None for score in self.methods.values())


def summarise_scores(content: ReportContent, source: str = EVERY_SOURCE) -> list[ClassScores]:
    """Make one row a class; no class of the table is dropped.

    Args:
        content: its ``results`` may hold several seeds of a method.
        source: whose images were scored; ``all`` for all of them together.

    Returns:
        The classes in table order, classes that only the results know, then the mean if given.
    """
    rows = content.results.filter(pl.col("source") == source)
    given = rows["class"].unique(maintain_order=True).to_list()
    classes = [
        *content.table.classes,
        *(name for name in given if name not in content.table.classes),
    ]
    classes = [name for name in classes if name != MEAN]
    if MEAN in given:
        classes.append(MEAN)
    return [
        _summarise_class(content, rows.filter(pl.col("class") == name), name) for name in classes
    ]


def scored_sources(content: ReportContent) -> list[str]:
    """Sources that have a result table of their own, in the order of the results."""
    found = content.results["source"].unique(maintain_order=True).to_list()
    return [name for name in found if name != EVERY_SOURCE]


def _summarise_class(content: ReportContent, rows: pl.DataFrame, name: str) -> ClassScores:
    methods = {}
    for method in content.methods:
        own = rows.filter(pl.col("method") == method)
        if own.height:
            notes = dict.fromkeys(content.note_in_words(note) for note in own["note"] if note)
            methods[method] = MethodScore(
                _summarise_score(own, "auroc"),
                _summarise_score(own, "average_precision"),
                "; ".join(notes),
            )
        else:
            methods[method] = MethodScore()
    return ClassScores(
        name=name,
        title="Mean" if name == MEAN else content.title_of(name),
        n_positive=_first(rows["n_positive"]),
        n_negative=_first(rows["n_negative"]),
        n_patients=_first(rows["n_patients"]),
        methods=methods,
    )


def _summarise_score(rows: pl.DataFrame, kind: str) -> Score:
    scored = rows.filter(pl.col(f"{kind}_score").is_not_null() & ~_is_nan(f"{kind}_score"))
    seeds = dict(zip(scored["seed"].to_list(), scored[f"{kind}_score"].to_list(), strict=True))
    if not seeds:
        return EMPTY
    low, high = scored[f"{kind}_low"].to_list(), scored[f"{kind}_high"].to_list()
    return Score(_mean(list(seeds.values())), _mean(low), _mean(high), seeds)


def _is_nan(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64).is_nan()


def _mean(values: Sequence[float | None]) -> float | None:
    """None where one of them is missing: half an interval is none."""
    present = [value for value in values if value is not None and not is_missing(value)]
    return sum(present) / len(present) if len(present) == len(values) else None


def _first(counts: pl.Series) -> int | None:
    present = counts.drop_nulls().to_list()
    return int(present[0]) if present else None
