"""What the groups are made of: persons, sources, names of patients, and the largest of them."""

from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.told_patients import tells_patient


class LargeGroup(NamedTuple):
    """One group with many images; ``patient`` is the name that its images carry."""

    group: int
    patient: str
    records: int
    images: int
    sources: str
    patients: int
    evidence: str


class PatientGroups(NamedTuple):
    """Groups in numbers.

    Attributes:
        groups: how many there are.
        alone: groups of one image.
        unnamed: source to its images of which nothing tells the patient, not even another
            source; sources without such are left out. Where every patient of a source is but the
            name of its one image, such as the case of a mask, that tells nothing.
        across: (sources, groups) of groups that several sources share, the most frequent first.
        made_by: (evidence, groups, images) of what made the groups; empty evidence: one image
            that stands alone.
        merged: (source, groups): groups that hold two names of patients of one source, which some
            link made one person.
        largest: the groups with the most images.
    """

    groups: int
    alone: int
    unnamed: dict[str, int]
    across: list[tuple[str, int]]
    made_by: list[tuple[str, int, int]]
    merged: list[tuple[str, int]]
    largest: list[LargeGroup]


def describe_patient_groups(
    table: AssembledTable, placed: pl.DataFrame, most: int = 10
) -> PatientGroups:
    """Count what made the groups.

    Args:
        table: the table.
        placed: what ``place_members`` gave.
        most: how many of the largest groups to name.
    """
    groups = table.groups
    known = placed.filter(tells_patient()).select("group")
    unnamed = placed.join(known, on="group", how="anti").group_by("source")
    merged = (
        placed.drop_nulls("patient")
        .group_by("group", "source")
        .agg(pl.col("patient").n_unique())
        .filter(pl.col("patient") > 1)
        .group_by("source")
        .len()
    )
    across = groups.filter(pl.col("sources").str.contains("+", literal=True))
    made_by = groups.group_by("evidence").agg(pl.len(), pl.col("records").sum())
    named = table.records.group_by("group").agg(patient=pl.col("patient").first())
    largest = (
        groups.sort(["records", "images", "group"], descending=[True, True, False])
        .head(most)
        .join(named, on="group", how="left", maintain_order="left")
        .with_columns(pl.col("patient").fill_null("no name"))
    )
    return PatientGroups(
        groups=table.records["group"].n_unique(),
        alone=groups.filter(pl.col("records") == 1).height,
        unnamed=dict(sorted(unnamed.agg(pl.col("row").n_unique()).iter_rows())),
        across=_most_first(across.group_by("sources").len()),
        made_by=_most_first(made_by),
        merged=_most_first(merged),
        largest=[LargeGroup(*row) for row in largest.select(list(LargeGroup._fields)).iter_rows()],
    )


def _most_first(counted: pl.DataFrame) -> list[tuple]:  # type: ignore[type-arg]
    """Rows of a name and a count, and perhaps more."""
    name = counted.columns[0]
    return counted.sort(["len", name], descending=[True, False]).rows()
