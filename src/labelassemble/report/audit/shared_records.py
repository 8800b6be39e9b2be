"""Which sources hold the same images, what says so, and which images a source holds twice."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.links import JOINS, LINK_EVIDENCE
from labelassemble.report.cell_matrix import sources_of_cells


class SharedRecords(NamedTuple):
    """Overlaps.

    Attributes:
        sources: in recipe order.
        held: (source, other source) to images that both hold; (source, source): that it holds.
        persons: the same, for persons.
        twice: source to images of which it holds two images or more.
        links: (source, other, evidence, links, whether such links join images, largest measure),
            sources in recipe order, the surest evidence first.
    """

    sources: list[str]
    held: dict[tuple[str, str], int]
    persons: dict[tuple[str, str], int]
    twice: dict[str, int]
    links: list[tuple[str, str, str, int, bool, float | None]]


def count_shared(table: AssembledTable, placed: pl.DataFrame) -> SharedRecords:
    """Count images and persons that two sources hold, and the links between their images.

    Args:
        table: the table.
        placed: what ``place_members`` gave.
    """
    sources = sources_of_cells(table)
    twice = placed.select("row", "source").filter(pl.struct("row", "source").is_duplicated())
    return SharedRecords(
        sources,
        _count_pairs(placed, "row", sources),
        _count_pairs(placed, "group", sources),
        dict(twice.unique().group_by("source").len().iter_rows()),
        _count_links(table.links, sources),
    )


def _count_pairs(placed: pl.DataFrame, held: str, sources: list[str]) -> dict[tuple[str, str], int]:
    """Count distinct ``held`` numbers by every two sources that hold them."""
    number = placed[held].to_numpy()
    holds = np.zeros((int(number.max(initial=-1)) + 1, len(sources)), dtype=bool)
    holds[number, _number_sources(placed, sources)] = True
    return {
        (one, other): int((holds[:, row] & holds[:, column]).sum())
        for row, one in enumerate(sources)
        for column, other in enumerate(sources)
    }


def _number_sources(placed: pl.DataFrame, sources: list[str]) -> Int[np.ndarray, " images"]:
    places = placed["source"].cast(pl.Enum(sources)).to_physical()
    return places.cast(pl.Int64).to_numpy()


def _count_links(
    links: pl.DataFrame, sources: list[str]
) -> list[tuple[str, str, str, int, bool, float | None]]:
    place = {name: number for number, name in enumerate(sources)}
    surety = {name: number for number, name in enumerate(LINK_EVIDENCE)}
    counted = (
        links.with_columns(
            pl.col("left", "right").str.splitn("/", 2).struct.field("field_0").name.keep()
        )
        .group_by("left", "right", "evidence")
        .agg(pl.len(), pl.col("measure").max())
    )
    totals: dict[tuple[str, str, str], tuple[int, float | None]] = {}
    for left, right, evidence, count, measure in counted.iter_rows():
        one, other = sorted((left, right), key=lambda name: place.get(name, len(place)))
        before, largest = totals.get((one, other, evidence), (0, None))
        measured = [value for value in (largest, measure) if value is not None]
        totals[one, other, evidence] = (before + count, max(measured, default=None))
    last = len(place)
    return sorted(
        (
            (one, other, evidence, count, evidence in JOINS, measure)
            for (one, other, evidence), (count, measure) in totals.items()
        ),
        key=lambda row: (
            place.get(row[0], last),
            place.get(row[1], last),
            surety.get(row[2], len(surety)),
            row[2],
        ),
    )
