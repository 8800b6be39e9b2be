"""Paired differences of two methods, and what they come to in words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import polars as pl

from labelassemble.report.content import EVERY_SOURCE, MEAN, ReportContent
from labelassemble.report.number_format import format_interval, format_p, is_missing


class DifferenceOutcome(StrEnum):
    """What an interval of a difference says."""

    BETTER = "better"
    SAME = "no difference shown"
    WORSE = "worse"
    UNSURE = "not after correction"
    UNTOLD = "no interval"


@dataclass(frozen=True)
class Difference:
    """Candidate minus reference in AUROC, for one class, on the same patients."""

    name: str
    title: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_corrected: float | None
    significance: float
    """Corrected p values below it hold: 1 minus the level of the intervals."""
    note: str
    """Why there is no number, for instance."""

    @property
    def is_mean(self) -> bool:
        """True for the mean over the classes."""
        return self.name == MEAN

    @property
    def outcome(self) -> DifferenceOutcome:
        """Better or worse only where the whole interval lies on one side of 0.

        Where p values were corrected for the number of classes, they must hold too.
        """
        if self.low is None or self.high is None:
            return DifferenceOutcome.UNTOLD
        if self.low <= 0 <= self.high:
            return DifferenceOutcome.SAME
        if self.p_corrected is not None and self.p_corrected >= self.significance:
            return DifferenceOutcome.UNSURE
        return DifferenceOutcome.BETTER if self.low > 0 else DifferenceOutcome.WORSE

    @property
    def text(self) -> str:
        """Such as ``+.061 [+.031, +.090]``."""
        return format_interval(self.difference, self.low, self.high, signed=True)

    @property
    def p_text(self) -> str:
        """Such as ``< .001``."""
        return format_p(self.p)

    @property
    def p_corrected_text(self) -> str:
        """Such as ``.034``."""
        return format_p(self.p_corrected)


def list_differences(content: ReportContent, source: str = EVERY_SOURCE) -> list[Difference]:
    """The differences on one source's images, classes in table order, the mean last.

    Once anything was compared on all sources, every class of the table has a row there.
    """
    if content.comparisons is None:
        return []
    rows = {
        row["class"]: row
        for row in content.comparisons.filter(pl.col("source") == source).iter_rows(named=True)
    }
    if not rows:
        return []
    classes = [name for name in content.table.classes if name in rows or source == EVERY_SOURCE]
    classes += [name for name in rows if name not in classes and name != MEAN]
    classes += [name for name in rows if name == MEAN]
    return [_read(content, name, rows.get(name, {})) for name in classes]


def compared_sources(content: ReportContent) -> list[str]:
    """Sources on whose own images the methods were compared."""
    if content.comparisons is None:
        return []
    found = content.comparisons["source"].unique(maintain_order=True).to_list()
    return [name for name in found if name != EVERY_SOURCE]


def _read(content: ReportContent, name: str, row: dict[str, Any]) -> Difference:
    values = {
        key: None if is_missing(row.get(key)) else row.get(key)
        for key in ("difference", "low", "high", "p", "p_corrected")
    }
    # The mean is one question, asked once: there is nothing to correct for.
    if name == MEAN:
        values["p_corrected"] = None
    return Difference(
        name=name,
        title="Mean" if name == MEAN else content.title_of(name),
        significance=1 - content.confidence,
        note=content.note_in_words(str(row.get("note") or "")),
        **values,
    )
