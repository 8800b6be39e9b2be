"""Scores of every arm: the mean over the seeds, the patients' interval, and the seeds' spread."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from labelassemble.evaluation.result_table import RESULT_COLUMNS, combine_seeds
from labelassemble.report.content import EVERY_SOURCE, MEAN, note_in_words
from labelassemble.report.experiment.content import ExperimentContent
from labelassemble.report.number_format import format_score, is_missing
from labelassemble.report.score_summary import NOT_GIVEN, ClassScores, MethodScore, Score


@dataclass(frozen=True)
class SeedScore(Score):
    """A score and how much training anew changes it.

    Attributes:
        deviation: sample standard deviation over the seeds; None for one seed.
    """

    deviation: float | None = None

    @property
    def deviation_text(self) -> str:
        """Such as ``.004``."""
        return format_score(self.deviation)

    @property
    def interval_text(self) -> str:
        """Such as ``[.771, .834]``; nothing without an interval."""
        return self.text.partition(" ")[2]

    @property
    def by_seed(self) -> str:
        """Every scored seed, such as ``.798 .803 .809``."""
        return " ".join(format_score(score) for score in self.seeds.values())


NO_SCORE = SeedScore(None, None, None, {})


def list_arms(content: ExperimentContent) -> list[str]:
    """The arms in order; those that only the scores know come last."""
    scored = content.scores["method"].unique(maintain_order=True).to_list()
    return list(dict.fromkeys([*(arm.name for arm in content.arms), *scored]))


def list_test_sources(content: ExperimentContent) -> list[str]:
    """Sources whose test images were scored by themselves; none where there is only one.

    With one source, its scores are the pooled ones. A source without a labelled test image, such
    as one that is for training alone, does not count.
    """
    scored = content.scores.filter(pl.col("n_positive") + pl.col("n_negative") > 0)
    found = scored["source"].unique(maintain_order=True).to_list()
    own = [name for name in found if name != EVERY_SOURCE]
    return own if len(own) > 1 else []


def summarise_arms(content: ExperimentContent, source: str = EVERY_SOURCE) -> list[ClassScores]:
    """Make one row a class with the scores of every arm.

    Args:
        content: its scores may hold several seeds.
        source: whose images were scored; ``all`` for all of them together.

    Returns:
        Classes in the order of the scores, the mean last. Each arm has ``SeedScore``s.

    Raises:
        MetricError: seeds of an arm were scored on different cells, or a seed comes twice.

    Source: seeds are combined by ``result_table.combine_seeds``.
    """
    of_source = content.scores.filter(pl.col("source") == source)
    if of_source.is_empty():
        return []
    combined = combine_seeds([of_source.select(*RESULT_COLUMNS).cast(RESULT_COLUMNS)])  # type: ignore[arg-type]
    classes = combined["class"].unique(maintain_order=True).to_list()
    ordered = [*(name for name in classes if name != MEAN), *([MEAN] if MEAN in classes else [])]
    rows = {(row["class"], row["method"]): row for row in combined.iter_rows(named=True)}
    arms = list_arms(content)
    return [_summarise_class(content, name, arms, rows) for name in ordered]


def find_mean(rows: list[ClassScores]) -> ClassScores | None:
    """The row that an arm is judged by: the mean over its classes, or the only class there is."""
    mean = next((row for row in rows if row.name == MEAN), None)
    return rows[0] if mean is None and len(rows) == 1 else mean


def seed_score(row: ClassScores, arm: str) -> SeedScore:
    """AUROC of one arm."""
    score = row.methods[arm].auroc
    return score if isinstance(score, SeedScore) else NO_SCORE


def count_scored(rows: list[ClassScores], arm: str) -> tuple[int, int]:
    """How many classes an arm has a score for, and how many it was scored on at all."""
    classes = [row.methods[arm] for row in rows if row.name != MEAN]
    asked = [one for one in classes if one.note != NOT_GIVEN]
    return sum(one.auroc.mean is not None for one in asked), len(asked)


def _summarise_class(
    content: ExperimentContent, name: str, arms: list[str], rows: dict[tuple[str, str], Any]
) -> ClassScores:
    own = {arm: rows[name, arm] for arm in arms if (name, arm) in rows}
    scores = {
        arm: MethodScore(
            _read(row, "auroc"),
            _read(row, "average_precision"),
            note_in_words(row["note"] or "", content.title_of),
        )
        for arm, row in own.items()
    }
    # The mean of another arm may cover other classes: its counts are those of nobody else.
    counts = {
        count: next(iter(found))
        if len(found := {row[count] for row in own.values()}) == 1
        else None
        for count in ("n_positive", "n_negative", "n_patients")
    }
    return ClassScores(
        name=name,
        title="Mean" if name == MEAN else content.title_of(name),
        methods={arm: scores.get(arm, MethodScore(NO_SCORE, NO_SCORE)) for arm in arms},
        **counts,
    )


def _read(row: dict[str, Any], kind: str) -> SeedScore:
    parts = [
        None if is_missing(row[f"{kind}_{part}"]) else row[f"{kind}_{part}"]
        for part in ("score", "low", "high", "deviation")
    ]
    by_seed = zip(row["seeds"], row[f"{kind}_by_seed"], strict=True)
    seeds = {seed: score for seed, score in by_seed if not is_missing(score)}
    return SeedScore(parts[0], parts[1], parts[2], seeds, parts[3])
