"""Where two assessments on one image and class differ, how far they agree otherwise, who won."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable

_KEY = ["left_source", "right_source", "class"]


class Disagreement(NamedTuple):
    """Two sources (or the readers of one, or its images) and a class.

    Attributes:
        between: ``sources``, ``readers`` or ``images``.
        left, right: the sources; the same one twice for readers and images.
        name: the class.
        compared: images on which both are sure; None where that was not measured.
        both_positive, left_positive, right_positive, both_negative: pairs of sure assessments.
        agreement: share of the pairs that agree; None where there are none.
        positive_agreement: of those that either calls positive, the share that both do:
            2a / (2a + b + c); None where nobody calls any positive.
        kappa, low, high: Cohen's, with its 95 % interval; None where one side says the same of
            every image.
        differ: pairs of assessments that differ, uncertain ones too.
        decisions: what became of them, and how often; the most frequent first.
    """

    between: str
    left: str
    right: str
    name: str
    compared: int | None
    both_positive: int
    left_positive: int
    right_positive: int
    both_negative: int
    agreement: float | None
    positive_agreement: float | None
    kappa: float | None
    low: float | None
    high: float | None
    differ: int
    decisions: tuple[tuple[str, int], ...]


def list_disagreements(table: AssembledTable) -> list[Disagreement]:
    """Join ``agreement`` and ``conflicts``: sources first, then by who, then how often."""
    decided: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    grouped = (
        table.conflicts.with_columns(pl.col("decision").cast(pl.String))
        .group_by("between", *_KEY, "decision")
        .len()
        .sort(["len", "decision"], descending=[True, False])
    )
    for between, left, right, name, decision, count in grouped.iter_rows():
        # Sources and readers stand in the order of agreement; pairs of assessments in either one.
        decided.setdefault((between, left, right, name), []).append((decision, count))
    measured: dict[tuple[str, ...], dict[str, object]] = {}
    for row in table.agreement.iter_rows(named=True):
        between = "readers" if row["left_source"] == row["right_source"] else "sources"
        measured[between, row["left_source"], row["right_source"], row["class"]] = row
    places = {name: place for place, name in enumerate(table.scopes)}
    order = {"sources": 0, "readers": 1, "images": 2}
    found = [
        _describe(key, measured.get(key, {}), tuple(decided.get(key, ())))
        for key in dict.fromkeys([*measured, *decided])
    ]
    return sorted(
        found,
        key=lambda one: (
            order.get(one.between, 3),
            places.get(one.left, 0),
            places.get(one.right, 0),
            -one.differ,
            one.name,
        ),
    )


def _describe(
    key: tuple[str, ...], row: Mapping[str, object], decisions: tuple[tuple[str, int], ...]
) -> Disagreement:
    def count(name: str) -> int:
        value = row.get(name)
        return value if isinstance(value, int) else 0

    def number(name: str) -> float | None:
        value = row.get(name)
        return value if isinstance(value, float) else None

    a, b, c = (count(name) for name in ("both_positive", "left_positive", "right_positive"))
    return Disagreement(
        between=key[0],
        left=key[1],
        right=key[2],
        name=key[3],
        compared=count("records") if row else None,
        both_positive=a,
        left_positive=b,
        right_positive=c,
        both_negative=count("both_negative"),
        agreement=number("agreement"),
        positive_agreement=2 * a / (2 * a + b + c) if a + b + c else None,
        kappa=number("kappa"),
        low=number("kappa_low"),
        high=number("kappa_high"),
        differ=sum(times for _, times in decisions),
        decisions=decisions,
    )


class Overruling(NamedTuple):
    """A source of stronger evidence whose sure assessments yielded to one of weaker evidence."""

    winner: str
    loser: str
    name: str
    times: int


def find_weaker_winners(
    table: AssembledTable, evidence: Mapping[str, str], order: tuple[str, ...]
) -> list[Overruling]:
    """Count where two sources contradict each other and the weaker evidence decides the cell.

    Args:
        table: its conflicts say which assessment stands.
        evidence: source to the kind of its evidence; boxes of a source may be stronger than that.
        order: kinds of evidence, the strongest first; others are weaker than all.

    Returns:
        The most frequent first.
    """
    rank = {kind: place for place, kind in enumerate(order)}
    strength = {source: rank.get(kind, len(order)) for source, kind in evidence.items()}
    sure = pl.col("left_assessment").is_in(["positive", "negative"]) & pl.col(
        "right_assessment"
    ).is_in(["positive", "negative"])
    stands = pl.col("decision").cast(pl.String).str.split(": ").list.first()
    counted = (
        table.conflicts.filter((pl.col("between") == "sources") & sure)
        .with_columns(stands=stands)
        .group_by(*_KEY, "left_assessment", "right_assessment", "stands")
        .len()
    )
    totals: dict[tuple[str, str, str], int] = {}
    for left, right, name, left_said, right_said, stood, times in counted.iter_rows():
        for winner, loser, said in ((left, right, left_said), (right, left, right_said)):
            weaker = strength.get(winner, len(order)) > strength.get(loser, len(order))
            if said == stood and left_said != right_said and weaker:
                key = (winner, loser, name)
                totals[key] = totals.get(key, 0) + times
    found = [Overruling(*key, times) for key, times in totals.items()]
    return sorted(found, key=lambda one: (-one.times, one))
