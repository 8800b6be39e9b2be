"""Sensitivity and specificity at thresholds as rows of a table."""

from dataclasses import dataclass

from labelassemble.report.content import ReportContent
from labelassemble.report.number_format import format_count, format_interval, format_score


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
    points = {(row["class"], row["method"]): row for row in content.operating_points.to_dicts()}
    rows = []
    for name in content.table.classes:
        title = content.title_of(name)
        for method in content.methods:
            if point := points.get((name, method)):
                rows.append(_row(point, title))
                title = ""
    return rows


def _row(point: dict[str, object], title: str) -> OperatingRow:
    method, note = str(point["method"]), str(point["note"])
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
