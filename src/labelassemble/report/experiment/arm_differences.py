"""Paired differences between arms, with the patients' interval and with that of the seeds too."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from labelassemble.metrics.holm import holm
from labelassemble.report.content import EVERY_SOURCE, MEAN, note_in_words
from labelassemble.report.differences import Difference, DifferenceOutcome
from labelassemble.report.experiment.content import ExperimentContent
from labelassemble.report.number_format import (
    format_difference,
    format_interval,
    format_p,
    format_score,
    is_missing,
)

_NUMBERS = (
    "difference",
    "low",
    "high",
    "p",
    "p_corrected",
    "first_score",
    "second_score",
    "low_seeds",
    "high_seeds",
    "p_seeds",
    "p_seeds_corrected",
    "seed_sd",
    "seed_share",
    "p_clustered",
    "p_delong",
)
_COUNTS = ("n_positive", "n_negative", "n_patients")


@dataclass(frozen=True)
class ArmDifference(Difference):
    """Second arm minus first arm in AUROC, on the same patients; None: was not made.

    Attributes:
        first, second: names of the arms.
        source: whose images were scored.
        first_score, second_score: what is compared.
        low_seeds, high_seeds, p_seeds: the same with the seeds as a random effect.
        p_seeds_corrected: corrected over the classes.
        seed_sd: standard deviation of the difference over the seeds.
        seed_share: share of the squared standard error that more seeds would bring down, in [0, 1].
        p_clustered: of DeLong's test with patients as clusters.
        p_delong: of DeLong's test, images taken as independent.
        n_positive, n_negative, n_patients: what was scored.
    """

    first: str = ""
    second: str = ""
    source: str = EVERY_SOURCE
    first_score: float | None = None
    second_score: float | None = None
    low_seeds: float | None = None
    high_seeds: float | None = None
    p_seeds: float | None = None
    p_seeds_corrected: float | None = None
    seed_sd: float | None = None
    seed_share: float | None = None
    p_clustered: float | None = None
    p_delong: float | None = None
    n_positive: int | None = None
    n_negative: int | None = None
    n_patients: int | None = None

    @property
    def pair(self) -> str:
        """Such as ``label-assemble − masked``."""
        return f"{self.second} − {self.first}"

    @property
    def has_seeds(self) -> bool:
        """True where there is an interval with the seeds as a random effect."""
        return self.low_seeds is not None and self.high_seeds is not None

    @property
    def outcome(self) -> DifferenceOutcome:
        """What other patients and training anew would show; of one seed, other patients alone."""
        if self.low_seeds is None or self.high_seeds is None:
            return super().outcome
        if self.low_seeds <= 0 <= self.high_seeds:
            return DifferenceOutcome.SAME
        if self.p_seeds_corrected is not None and self.p_seeds_corrected >= self.significance:
            return DifferenceOutcome.UNSURE
        return DifferenceOutcome.BETTER if self.low_seeds > 0 else DifferenceOutcome.WORSE

    @property
    def text(self) -> str:
        """Such as ``+.061 [+.031, +.090]``: the interval with the seeds, where there is one."""
        if self.has_seeds:
            return f"{self.value_text} {self.seeds_text}"
        return super().text

    @property
    def value_text(self) -> str:
        """Such as ``+.061``."""
        return format_difference(self.difference)

    @property
    def patients_text(self) -> str:
        """Such as ``[+.031, +.090]``: the interval over patients."""
        return super().text.partition(" ")[2]

    @property
    def seeds_text(self) -> str:
        """The same with the seeds as a random effect."""
        text = format_interval(self.difference, self.low_seeds, self.high_seeds, signed=True)
        return text.partition(" ")[2]

    @property
    def scores_text(self) -> str:
        """Such as ``.772 → .833``."""
        return f"{format_score(self.first_score)} → {format_score(self.second_score)}"

    @property
    def p_seeds_text(self) -> str:
        """Such as ``.012``."""
        return format_p(self.p_seeds)

    @property
    def p_seeds_corrected_text(self) -> str:
        """Such as ``.024``."""
        return format_p(self.p_seeds_corrected)

    @property
    def p_clustered_text(self) -> str:
        """Such as ``.012``."""
        return format_p(self.p_clustered)

    @property
    def seed_sd_text(self) -> str:
        """Such as ``.004``."""
        return format_score(self.seed_sd)


def list_pairs(content: ExperimentContent) -> list[tuple[str, str]]:
    """First and second arm of every comparison, in order."""
    return content.differences.select("first", "second").unique(maintain_order=True).rows()


def list_arm_differences(
    content: ExperimentContent, pair: tuple[str, str], source: str = EVERY_SOURCE
) -> list[ArmDifference]:
    """The differences of one pair of arms on one source's images, the mean last.

    Args:
        content: holds them.
        pair: first and second arm.
        source: whose images; ``all`` for all of them together.
    """
    own = content.differences.filter(
        (pl.col("source") == source) & (pl.col("first") == pair[0]) & (pl.col("second") == pair[1])
    )
    rows = [_read(content, row) for row in own.iter_rows(named=True)]
    return sorted(rows, key=lambda one: one.is_mean)


def list_main_differences(
    content: ExperimentContent, source: str = EVERY_SOURCE
) -> list[ArmDifference]:
    """One row a pair of arms: the difference of the means, or of the classes where none is.

    Corrected p values are the larger ones of what was given and of Holm's correction over these
    rows, as a reader who looks at all pairs looks for any that differs.

    Source: Holm 1979.
    """
    rows: list[ArmDifference] = []
    for pair in list_pairs(content):
        own = list_arm_differences(content, pair, source)
        means = [replace(one, name=one.pair, title=one.pair) for one in own if one.is_mean]
        named = [replace(one, title=f"{one.title}: {one.pair}") for one in own]
        rows += means or named
    over_patients = _correct([one.p for one in rows], [one.p_corrected for one in rows])
    with_seeds = _correct([one.p_seeds for one in rows], [one.p_seeds_corrected for one in rows])
    return [
        replace(one, p_corrected=p, p_seeds_corrected=p_seeds)
        for one, p, p_seeds in zip(rows, over_patients, with_seeds, strict=True)
    ]


def write_p(text: str) -> str:
    """Write a p value into a sentence.

    >>> write_p("< .001"), write_p(".034")
    ('p < .001', 'p = .034')
    """
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def describe_outcomes(
    rows: Sequence[ArmDifference],
) -> list[tuple[DifferenceOutcome, str, list[str]]]:
    """Say in words which differences hold after correction.

    Returns:
        What they come to, a heading with their number, and each of them in numbers.
    """
    after = " after correction" if len(rows) > 1 else ""
    headings = {
        DifferenceOutcome.BETTER: f"Better{after}",
        DifferenceOutcome.WORSE: f"Worse{after}",
        DifferenceOutcome.UNSURE: "The interval does not contain 0, but p does not hold after "
        "correction",
        DifferenceOutcome.SAME: "No difference shown, which is not the same as none",
        DifferenceOutcome.UNTOLD: "Not compared, or without an interval",
    }
    said = []
    for outcome, heading in headings.items():
        own = [_describe(one, len(rows) > 1) for one in rows if one.outcome is outcome]
        if own:
            said.append((outcome, f"{heading} ({len(own)} of {len(rows)})", own))
    return said


def _describe(one: ArmDifference, corrected: bool) -> str:
    if one.difference is None:
        return f"{one.title}{f': {one.note}' if one.note else ''}"
    over_patients = one.patients_text or "no interval"
    if one.has_seeds:
        said = [one.seeds_text]
        if one.p_seeds_corrected is not None:
            word = "corrected " if corrected else ""
            said.append(f"{word}{write_p(one.p_seeds_corrected_text)}")
        return f"{one.title}: {one.value_text} {', '.join(said)}; patients alone {over_patients}"
    text = f"{one.title}: {one.text}"
    if corrected and one.p_corrected is not None:
        text += f", corrected {write_p(one.p_corrected_text)}"
    elif one.p is not None:
        text += f", {write_p(one.p_text)}"
    return f"{text} (patients alone)"


def _read(content: ExperimentContent, row: dict[str, Any]) -> ArmDifference:
    numbers = {key: None if is_missing(row.get(key)) else row[key] for key in _NUMBERS}
    counts = {key: row.get(key) for key in _COUNTS}
    return ArmDifference(
        name=row["class"],
        title="Mean" if row["class"] == MEAN else content.title_of(row["class"]),
        significance=1 - content.confidence,
        note=note_in_words(row["note"] or "", content.title_of),
        first=row["first"],
        second=row["second"],
        source=row["source"],
        **numbers,
        **counts,
    )


def _correct(p: list[float | None], given: list[float | None]) -> list[float | None]:
    """Holm's correction over all of them; never below what was given."""
    over_all = holm(np.array([np.nan if one is None else one for one in p], dtype=np.float64))
    both = zip(over_all.tolist(), given, strict=True)
    return [
        max((one for one in pair if one is not None and not is_missing(one)), default=None)
        for pair in both
    ]
