"""What became of every row of every source, and of images without a file."""

from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.audit.manifest_facts import read_manifest_facts
from labelassemble.report.cell_matrix import sources_of_cells
from labelassemble.sources.files_not_taken import NotTaken, count_reasons


class SourceRows(NamedTuple):
    """Rows of one source; None where the manifest does not say.

    Attributes:
        source: the source.
        read: rows of its tables.
        images: rows that became an image.
        joined: further rows of such an image.
        excluded: rows that no image holds, with a reason each.
        beyond: images that no image of the table holds, as they have no file.
        held: images in the table.
        without_file: of these, images without a file of their own.
    """

    source: str
    read: int | None
    images: int | None
    joined: int | None
    excluded: int | None
    beyond: int | None
    held: int
    without_file: int

    @property
    def adds_up(self) -> bool:
        """Whether read = images + joined + left out; True where that is not told."""
        parts = (self.images, self.joined, self.excluded)
        if self.read is None or None in parts:
            return True
        return self.read == sum(part for part in parts if part is not None)


def describe_rows(table: AssembledTable) -> list[SourceRows]:
    """Gather what the manifest and the members say of each source's rows."""
    counted = table.members.group_by("source").agg(pl.len(), without=pl.col("path").is_null().sum())
    held = {source: (count, without) for source, count, without in counted.iter_rows()}
    found = []
    for source in sources_of_cells(table):
        told = read_manifest_facts(table, "rows", source)
        in_table, without_file = held.get(source, (0, 0))
        found.append(
            SourceRows(
                source=source,
                read=_count(told.get("read")),
                images=_count(told.get("images")),
                joined=_count(told.get("joined")),
                excluded=_count(told.get("excluded")),
                beyond=_count(told.get("beyond")),
                held=in_table,
                without_file=without_file,
            )
        )
    return found


def list_reasons(table: AssembledTable) -> list[tuple[str, NotTaken]]:
    """Why rows were left out: source and reason with its rows; sources in recipe order."""
    return [
        (source, one)
        for source in sources_of_cells(table)
        for one in count_reasons(table.excluded.filter(source=source), "image", "rows")
    ]


def list_incoherent(table: AssembledTable) -> list[tuple[str, str, int]]:
    """Images positive for a class and negative for a broader one: child, parent, images."""
    told = table.manifest.get("incoherent")
    rows = told if isinstance(told, list) else []
    found = [tuple(row) for row in rows if isinstance(row, list | tuple) and len(row) == 3]
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
