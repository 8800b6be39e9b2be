"""Rows of an assembled table's masks in, what each source drew on each record out, unread."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.find_meaning import find_meaning
from labelassemble.errors import RunError, plural, some
from labelassemble.files.inside_path import file_on_disk
from labelassemble.images.hash_files import hash_files
from labelassemble.settings import Recipe
from labelassemble.sources.id_key import CONTENT, open_id_key
from labelassemble.sources.mask_legend import MaskLegend
from labelassemble.volumes.ball_mask import Ball, BallMask
from labelassemble.volumes.drawn_file import DrawnFile
from labelassemble.volumes.drawn_mask import DrawnMask, JoinedMask
from labelassemble.volumes.mask_meaning import MaskMeaning

_Row = Mapping[str, Any]


class SourceMask(NamedTuple):
    """One source's mask of one image.

    Attributes:
        path: the source's own file of the image.
        files: files that share values, which are joined; or what is drawn of each term.
        meaning: what values say.
    """

    path: Path
    files: tuple[tuple[Path, ...] | DrawnMask, ...]
    meaning: MaskMeaning


def read_source_masks(
    recipe: Recipe, table: AssembledTable, records: Sequence[str], source: str | None = None
) -> dict[str, tuple[SourceMask, ...]]:
    """Give the masks of each record, source by source in the recipe's order.

    Args:
        recipe: ``detection`` says whether images are volumes; in 2-D only mask files count.
        table: the assembled table, whose classes the meanings have.
        records: whose masks are wanted.
        source: the one whose masks count; None: all.

    Raises:
        RunError: files that are missing, or are not as they were when the table was assembled.
        SourceError: as ``find_meaning``.
    """
    wanted = table.masks.filter(pl.col("record").is_in(list(records)))
    if source is not None:
        wanted = wanted.filter(pl.col("source") == source)
    if recipe.detection.dimensions != 3:
        wanted = wanted.filter(pl.col("kind") == "file")
    _refuse_changed(recipe, wanted)
    pieces: dict[tuple[str, str, str], list[_Row]] = {}
    for row in wanted.iter_rows(named=True):
        pieces.setdefault((row["record"], row["source"], row["image"]), []).append(row)
    found: dict[str, tuple[SourceMask, ...]] = {}
    members = table.members.drop_nulls("path").join(
        wanted, on=["record", "source", "image"], how="semi", maintain_order="left"
    )
    for name in (one.name for one in recipe.sources):
        own = members.filter(pl.col("source") == name).select("record", "image", "path")
        if own.is_empty():
            continue
        reader = _Reader(recipe, table, name)
        for record, image, path in own.iter_rows():
            mask = reader.read(image, Path(path), pieces[record, name, image])
            found[record] = (*found.get(record, ()), mask)
    return found


def _refuse_changed(recipe: Recipe, masks: pl.DataFrame) -> None:
    kept = masks.drop_nulls("path").select("path", "sha256").unique(maintain_order=True)
    gone = [path for path in kept["path"] if not Path(file_on_disk(path)).exists()]
    changed: list[str] = []
    if not gone:
        changed = _find_changed(recipe, kept.drop_nulls("sha256"))
    lost = gone or changed
    if lost:
        what = "that are not there" if gone else "with another content"
        # Links are called by hashes, which say nothing to whoever is to put a file back.
        names = [os.path.realpath(path) for path in lost] if recipe.assembly.ids_key else lost
        raise RunError(
            "masks as they were when the table was assembled",
            f"{plural(len(lost), 'file')} of {len(kept):,} {what}: {some(names, 3)}",
            "Put them back, or assemble again: labelassemble assemble RECIPE",
        )


def _find_changed(recipe: Recipe, kept: pl.DataFrame) -> list[str]:
    files, place = {path: Path(path) for path in kept["path"]}, recipe.assembly.ids_key
    if place is None:
        hashed = hash_files(files, recipe.output / "store")
    elif place.is_file():
        key = open_id_key(place, recipe.output)
        hashed = {
            path: key.hide(CONTENT, one) for path, one in hash_files(files, key.files).items()
        }
    else:
        return []
    return [path for path, sha256 in kept.iter_rows() if hashed[path] != sha256]


class _Reader:
    """Makes masks of one source's rows; the same terms are asked about once."""

    def __init__(self, recipe: Recipe, table: AssembledTable, source: str) -> None:
        self.source, self.classes = source, table.classes
        self.legend: MaskLegend = table.legends[source]
        self.complete = self.legend.complete or source in recipe.detection.complete_boxes
        self.known: dict[tuple[str, ...], MaskMeaning] = {}

    def read(self, image: str, path: Path, rows: Sequence[_Row]) -> SourceMask:
        """Give what is drawn on one image."""
        by_itself = self.legend.by_itself
        terms = [one.term for one in self.legend.terms] if by_itself else [None]
        by_term = {term: [row for row in rows if row["term"] == term] for term in terms}
        drawn = tuple(self._draw(image, own) for own in by_term.values() if own)
        there = tuple(term for term, own in by_term.items() if own and term is not None)
        return SourceMask(path, drawn, self._meaning(there))

    def _meaning(self, there: tuple[str, ...]) -> MaskMeaning:
        if there not in self.known:
            self.known[there] = find_meaning(self.legend, self.classes, there, self.complete)
        return self.known[there]

    def _draw(self, image: str, rows: Sequence[_Row]) -> tuple[Path, ...] | DrawnMask:
        """What is drawn of one term."""
        if rows[0]["kind"] == "file":
            return _list_files(rows)
        if rows[0]["kind"] == "ball":
            balls = sorted(
                Ball((row["x"], row["y"], row["z"]), row["diameter_mm"] or 0.0) for row in rows
            )
            assert self.legend.space is not None
            place = f"points of {self.source}/{image}"
            return BallMask(tuple(balls), self.legend.space, place)
        parts = [
            DrawnFile(Path(row["path"]), row["kind"], row["number"], self.legend.drawn_by)
            for row in rows
        ]
        return parts[0] if len(parts) == 1 else JoinedMask(tuple(parts))


def _list_files(rows: Iterable[_Row]) -> tuple[Path, ...]:
    return tuple(Path(row["path"]) for row in sorted(rows, key=lambda row: row["number"]))
