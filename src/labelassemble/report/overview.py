"""What was assembled: sources, splits, overlaps, conflicts, leaks and images left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.report.cell_matrix import sources_of_cells
from labelassemble.report.placed_members import place_members


@dataclass(frozen=True)
class SourceRow:
    """One source: what it is, how much of it there is, and what it looked for.

    ``inputs`` (path, rows, sha256, unused) and ``unmapped`` (term, count, nearest) are as the
    manifest holds them.
    """

    name: str
    title: str
    images: int
    records: int
    patients: int
    classes: tuple[str, ...]
    splits: dict[str, int]
    excluded: int
    licence: str
    citation: str
    url: str
    notes: str
    manifest: str
    split: str
    inputs: list[Mapping[str, object]]
    unmapped: list[Mapping[str, object]]


@dataclass(frozen=True)
class Overview:
    """The assembled table in numbers.

    Attributes:
        sources: one row each, in recipe order. An image that two sources share counts in both.
        splits: images of each part, each counted once.
        patients: persons (groups of images) in each part.
        shared: (sources, evidence, images): images that several sources hold.
        shared_patients: persons with images of several sources.
        conflicts: (class, left source, assessment, right source, assessment, decision, count).
        unused: (why, images): kept out of every part so that nothing leaks.
        prevented: images that their own source meant for a part where they would have leaked;
            None where the table does not say.
        leaks: persons in more than one of train, validate and test; 0 unless something is wrong.
        excluded: (source, why, images).
        total_conflicts: pairs of assessments that differ.
    """

    sources: list[SourceRow]
    splits: dict[str, int]
    patients: dict[str, int]
    shared: list[tuple[Any, ...]]
    shared_patients: int
    conflicts: list[dict[str, object]]
    unused: list[tuple[Any, ...]]
    prevented: int | None
    leaks: int
    excluded: list[tuple[Any, ...]]
    total_conflicts: int


def overview_of_table(table: AssembledTable, placed: pl.DataFrame | None = None) -> Overview:
    """Count what the report says about the assembled table.

    Args:
        table: the table.
        placed: what ``place_members`` gave, where it is there already.
    """
    records = table.records
    placed = place_members(table) if placed is None else placed
    used = records.filter(pl.col("split").is_in(SPLITS[:3]))
    parts = used.group_by("group").agg(parts=pl.col("split").n_unique())
    together = placed.group_by("group").agg(sources=pl.col("source").n_unique())
    assessments = ["left_assessment", "right_assessment"]
    conflicts = (
        table.conflicts.with_columns(pl.col("decision").cast(pl.String))
        .group_by("class", "left_source", "right_source", *assessments, "decision")
        .agg(count=pl.len())
        .sort(
            ["count", "class", "left_source", "right_source", *assessments, "decision"],
            descending=[True, *[False] * 6],
        )
    )
    prevented = table.manifest.get("leaks_prevented")
    reason = pl.col("split_reason").fill_null("no reason given")
    return Overview(
        sources=[_describe_source(table, placed, name) for name in sources_of_cells(table)],
        splits={part: records.filter(pl.col("split") == part).height for part in SPLITS},
        patients={
            part: records.filter(pl.col("split") == part)["group"].n_unique() for part in SPLITS
        },
        shared=_count_shared(placed),
        shared_patients=together.filter(pl.col("sources") > 1).height,
        conflicts=conflicts.to_dicts(),
        unused=_count(records.filter(pl.col("split") == "unused").select(reason)),
        prevented=prevented if isinstance(prevented, int) else None,
        leaks=parts.filter(pl.col("parts") > 1).height,
        excluded=_count(table.excluded.select("source", "reason")),
        total_conflicts=table.conflicts.height,
    )


def _describe_source(table: AssembledTable, placed: pl.DataFrame, name: str) -> SourceRow:
    every = table.manifest.get("sources")
    told = every.get(name) if isinstance(every, Mapping) else None
    said = told if isinstance(told, Mapping) else {}
    members = placed.filter(pl.col("source") == name)
    records = members.unique("row")
    splits = dict(records["split"].value_counts().iter_rows())
    return SourceRow(
        name=name,
        title=str(said.get("title") or name),
        images=members.height,
        records=records.height,
        patients=members["patient"].drop_nulls().n_unique(),
        classes=table.scopes.get(name, ()),
        splits={part: splits.get(part, 0) for part in SPLITS},
        excluded=table.excluded.filter(pl.col("source") == name).height,
        licence=str(said.get("licence") or ""),
        citation=str(said.get("citation") or ""),
        url=_web_address(said.get("url")),
        notes=str(said.get("notes") or ""),
        manifest=str(said.get("manifest") or ""),
        split=str(said.get("split") or ""),
        inputs=_list(said.get("inputs")),
        unmapped=_list(said.get("unmapped_terms")),
    )


def _count_shared(placed: pl.DataFrame) -> list[tuple[Any, ...]]:
    held = (
        placed.filter(pl.col("row").is_duplicated())
        .sort("source", "evidence")
        .group_by("row")
        .agg(
            sources=pl.col("source").unique(maintain_order=True),
            evidence=pl.col("evidence").filter(pl.col("evidence") != "table").unique().sort(),
        )
        .filter(pl.col("sources").list.len() > 1)
        .select(pl.col("sources").list.join(" + "), pl.col("evidence").list.join(", "))
    )
    return _count(held)


def _count(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Distinct rows and how many of each, the most frequent first."""
    columns = frame.columns
    return (
        frame.group_by(columns)
        .agg(count=pl.len())
        .sort(["count", *columns], descending=[True, *([False] * len(columns))])
        .rows()
    )


def _list(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _web_address(value: object) -> str:
    """A link only where it is one: other schemes could run code when clicked."""
    text = str(value or "")
    return text if text.startswith(("https://", "http://")) else ""
