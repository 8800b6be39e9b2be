"""How the cells came to be known: who says so, on what evidence, by which reason and policy."""

from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.cell_matrix import sources_of_cells


class Origin(NamedTuple):
    """Cells of one speaker, evidence and reason."""

    source: str
    evidence: str
    reason: str
    positive: int
    negative: int
    uncertain: int


class CellOrigins(NamedTuple):
    """Where cells come from.

    Attributes:
        origins: sources in recipe order, those that speak together last; then the most cells first.
        evidence: (kind of evidence, cells), the most first: of each cell the strongest behind it.
        policies: (policy, cells decided by it), the most first.
        known: cells with a label.
        open: cells that somebody judged and that stay without a label.
        total: images times classes.
    """

    origins: list[Origin]
    evidence: list[tuple[str, int]]
    policies: list[tuple[str, int]]
    known: int
    open: int
    total: int


def trace_cells(table: AssembledTable) -> CellOrigins:
    """Count the cells by who said so, on what evidence, why, and by which policy."""
    words = [
        pl.col(name).cast(pl.String).fill_null("") for name in ("source", "evidence", "reason")
    ]
    # Grouped as they are, and only the few different rows made text.
    kind = ("source", "evidence", "reason", "policy", "state")
    counted = (
        pl.concat(
            part.group_by(kind).agg(pl.len(), known=pl.col("label").is_not_null().sum())
            for part in table.in_parts("cells").parts()
        )
        .group_by(kind)
        .agg(pl.col("len", "known").sum())
        .with_columns(*words, pl.col("policy").cast(pl.String))
    )
    states = [
        pl.col("len").filter(pl.col("state") == state).sum().alias(state)
        for state in ("positive", "negative", "uncertain")
    ]
    origins = counted.group_by("source", "evidence", "reason").agg(states)
    place = {name: number for number, name in enumerate(sources_of_cells(table))}
    known, cells = int(counted["known"].sum()), int(counted["len"].sum())
    return CellOrigins(
        origins=sorted(
            (Origin(*row) for row in origins.iter_rows()),
            key=lambda one: (
                place.get(one.source, len(place)),
                -(one.positive + one.negative + one.uncertain),
                one,
            ),
        ),
        evidence=counted.filter(pl.col("evidence") != "")
        .group_by("evidence")
        .agg(pl.col("len").sum())
        .sort(["len", "evidence"], descending=[True, False])
        .rows(),
        policies=counted.drop_nulls("policy")
        .group_by("policy")
        .agg(pl.col("len").sum())
        .sort(["len", "policy"], descending=[True, False])
        .rows(),
        known=known,
        open=cells - known,
        total=table.records.height * len(table.classes),
    )
