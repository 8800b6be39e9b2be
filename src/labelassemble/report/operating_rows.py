"""Sensitivity and specificity at thresholds as rows of a table."""

from dataclasses import dataclass

import polars as pl

from labelassemble.report.content import ReportContent
from labelassemble.report.number_format import format_count, format_interval, format_score

_ALL = "all"
"""The group of all images."""


@dataclass(frozen=True)
class OperatingRow:
    """One method on one class.

    Attributes:
        title: the class in words; empty: the same as above.
        method: its name.
        threshold: such as ``.412``; empty: none, and the note says why.
        shares: sensitivity and specificity, such as ``.803 [.771, .834]``.
        counts: images called rightly of images, of each, such as ``42 of 60``.
        note: what a reader must know.
    """

    title: str
    method: str
    threshold: str
    shares: tuple[str, str]
    counts: tuple[str, str]
    note: str


def list_operating_points(content: ReportContent) -> list[OperatingRow]:
    """List the points class by class, the methods in the page's order."""
    if content.operating_points is None:
        return []
    pooled = content.operating_points.filter(group=_ALL)
    points = {(row["class"], row["method"]): row for row in pooled.to_dicts()}
    rows = []
    for name in content.table.classes:
        title = content.title_of(name)
        for method in content.methods:
            if point := points.get((name, method)):
                rows.append(_row(point, title))
                title = ""
    return rows


def list_group_points(content: ReportContent) -> list[tuple[str, list[OperatingRow]]]:
    """List the last method's points of each class in sources, ages, sexes and views.

    Returns:
        The class in words, and a row a group; ``OperatingRow.method`` is the group. Classes
        without a threshold are left out.
    """
    if content.operating_points is None:
        return []
    own = content.operating_points.filter(pl.col("threshold").is_finite())
    own = own.filter(method=content.methods[-1]) if content.methods else own
    listed = []
    for name in content.table.classes:
        rows = own.filter(pl.col("class") == name).to_dicts()
        if len(rows) > 1:
            titles = [str(row["group"]).replace(_ALL, "all images") for row in rows]
            listed.append(
                (
                    content.title_of(name),
                    [_row(row, "", title) for row, title in zip(rows, titles, strict=True)],
                )
            )
    return listed


def _row(point: dict[str, object], title: str, called: str | None = None) -> OperatingRow:
    method, note = called or str(point["method"]), str(point["note"])
    threshold = point["threshold"]
    if not isinstance(threshold, float) or threshold != threshold:
        return OperatingRow(title, method, "", ("", ""), ("", ""), note)
    sensitivity, specificity = (_share(point, name) for name in ("sensitivity", "specificity"))
    counts = (_count(point, "positive"), _count(point, "negative"))
    shares = (sensitivity, specificity)
    return OperatingRow(title, method, format_score(threshold), shares, counts, note)


def _share(point: dict[str, object], name: str) -> str:
    score, low, high = (
        value if isinstance(value := point[f"{name}_{end}"], float) else None
        for end in ("score", "low", "high")
    )
    return format_interval(score, low, high)


def _count(point: dict[str, object], side: str) -> str:
    right, known = (point[name] for name in (f"n_true_{side}", f"n_{side}"))
    told = [format_count(one if isinstance(one, int) else None) for one in (right, known)]
    return " of ".join(told)
