"""Images of all sources and their cells, before a split is drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.assembly.cells import Cells, join_cells
from labelassemble.assembly.check_tables import check_tables, choose_classes
from labelassemble.assembly.conflicts import decide_cells
from labelassemble.assembly.describe import AssessmentCounts, add_counts, count_assessments
from labelassemble.assembly.find_links import find_links
from labelassemble.assembly.gather import Gatherer
from labelassemble.assembly.hide_ids import Hidden, hide_names
from labelassemble.assembly.kin_routes import Kinship
from labelassemble.assembly.kinship import find_kinship
from labelassemble.assembly.overlap import join_images
from labelassemble.assembly.reader_counts import Counts, join_counts
from labelassemble.assembly.readers import settle_readers
from labelassemble.assembly.release_memory import release_memory
from labelassemble.assembly.seen_by_run import find_seen
from labelassemble.assembly.seen_images import SeenByRun
from labelassemble.assembly.shared_table import find_shared_table
from labelassemble.errors import AssemblyError, plural, some
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_table import IMAGE_COLUMNS
from labelassemble.sources.read_split import read_test_list
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary

NO_FILE = "no image file"


_AT_ONCE = 200_000
"""Records whose cells are settled at a time."""


class Weighed(NamedTuple):
    """What was said, settled.

    Attributes:
        assessments: numbers of assessments by source and class.
        counts: images that several readings speak of.
        rules: those that settled these.
        pairs: as in ``Decisions``.
        cells: the cells of the table.
    """

    assessments: AssessmentCounts
    counts: Counts | None
    rules: tuple[str, ...]
    pairs: pl.DataFrame
    cells: Cells


class Settled(NamedTuple):
    """Images and their cells, before a split is drawn.

    Attributes:
        tables: the sources, with hashes in place of ids where these are hidden, without what they
            said and what ``images`` tells.
        contents: the same of what is known of image files.
        classes: of the table, in its order.
        images: one row an image that is kept, with its image.
        lost: images without a file.
        links: between images.
        crosswalks: the files that say some of these.
        kinship: what is known of the sources' kinship.
        weighed: what was said about them, and the cells of the table.
    """

    tables: Sequence[ClassTable]
    contents: pl.DataFrame | None
    classes: tuple[str, ...]
    images: pl.DataFrame
    lost: pl.DataFrame
    links: pl.DataFrame
    crosswalks: Sequence[InputFile]
    kinship: Kinship
    weighed: Weighed


def settle_cells(
    tables: Iterable[ClassTable],
    vocabulary: Vocabulary,
    settings: AssemblySettings,
    *,
    sources: Sequence[SourceSettings],
    classes: Sequence[str] = (),
    contents: pl.DataFrame | None = None,
    hidden: Hidden | None = None,
    seen: SeenByRun | None = None,
) -> Settled:
    """Merge images and weigh assessments: all of ``assemble_table`` up to the split.

    Raises:
        AssemblyError, SourceError: as ``assemble_table``.
    """
    tables = tuple(tables)
    check_tables(tables, sources)
    chosen = choose_classes(tables, vocabulary, settings, classes)
    names = tuple(table.source for table in tables)
    every = _number_images(tables, sources)
    folders = [folder for one in sources for folder in (one.folder, one.images) if folder]
    find_table = partial(find_shared_table, folders=folders)
    kinship = find_kinship({one.source: one.manifest for one in tables}, find_table)
    links, crosswalks = find_links(
        every.select("row", "source", "image", "patient"), tables, settings, contents, kinship
    )
    if hidden is not None:
        every, links, contents = hide_names(hidden, tables, every, links, contents)
        tables = hidden.tables
    if seen is not None:
        # Hashes follow no rule by which names become others.
        manifests = {} if hidden else {one.source: one.manifest for one in tables}
        similar = settings.similar_images != "ignore"
        told = find_seen(
            every, seen.images, manifests, contents, similar=similar, find_table=find_table
        )
        every = every.with_columns(seen=told)
    every = every.hstack(join_images(every, links).drop("row"))
    images, lost = _exclude(every, sources)
    del every
    images = images.with_columns(
        number=pl.int_range(pl.len(), dtype=pl.Int64),
        record_number=pl.col("record_row").rank("dense").cast(pl.Int64) - 1,
    )
    gatherer = Gatherer(
        tables, images.select("source", "image", "number", record="record_number"), chosen
    )
    tables = tuple(_forget_said(table) for table in tables)
    weighed = _weigh(gatherer, images["record_number"].n_unique(), chosen, names, settings)
    return Settled(
        tables=tables,
        contents=contents,
        classes=chosen,
        images=images,
        lost=lost,
        links=links,
        crosswalks=crosswalks,
        kinship=kinship,
        weighed=weighed,
    )


def _weigh(
    gatherer: Gatherer,
    records: int,
    classes: tuple[str, ...],
    sources: tuple[str, ...],
    settings: AssemblySettings,
) -> Weighed:
    """Settle what was said, ``_AT_ONCE`` records at a time: no cell depends on another image's."""
    assessments: list[AssessmentCounts] = []
    counts, cells, pairs = [], [], []
    for first in range(0, records, _AT_ONCE):
        readings = gatherer.gather(first, first + _AT_ONCE)
        assessments.append(count_assessments(readings, sources, classes))
        said, counted = settle_readers(readings, classes, settings)
        del readings
        decisions = decide_cells(said, classes, sources, settings)
        cells.append(Cells(said, decisions, classes, sources, settings))
        counts.append((counted, said.rules))
        pairs.append(decisions.pairs)
    joined, rules = join_counts(counts)
    weighed = Weighed(
        assessments=add_counts(assessments),
        counts=joined,
        rules=rules,
        pairs=pl.concat(pairs),
        cells=join_cells(cells),
    )
    release_memory()
    return weighed


def _forget_said(table: ClassTable) -> ClassTable:
    """Leave out what is settled, and what the numbered images say too."""
    nothing = np.zeros(table.images.height, dtype=bool)
    return replace(
        table,
        images=table.images.select("image"),
        assessments=table.assessments.keep(nothing),
    )


def _number_images(tables: Sequence[ClassTable], sources: Sequence[SourceSettings]) -> pl.DataFrame:
    """All images, one row each, numbered in recipe order, then by name."""
    frames = []
    for order, (table, source) in enumerate(zip(tables, sources, strict=True)):
        images = table.images.select(list(IMAGE_COLUMNS)).with_columns(
            source=pl.lit(table.source), order=pl.lit(order, pl.Int64), listed=pl.lit(False)
        )
        if source.test_list is not None:
            # The list is asked again, as official_split does not tell it from the official test.
            listed, _ = read_test_list(
                table.images["image"], table.excluded["image"], source.test_list
            )
            images = images.with_columns(listed=listed)
        # As read they are; what is not sorted again is not copied.
        frames.append(images if images["image"].is_sorted() else images.sort("image"))
    return pl.concat(frames).with_columns(
        patient=pl.col("source") + "/" + pl.col("patient"),
        row=pl.int_range(pl.len(), dtype=pl.Int64),
    )


def _exclude(
    images: pl.DataFrame, sources: Sequence[SourceSettings]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part images whose image has a file from those that have none anywhere."""
    kept = {one.name for one in sources if one.missing_images == "keep"}
    stays = pl.col("path").is_not_null() | pl.col("source").is_in(sorted(kept))
    has_file = images.select(stays.any().over("record_row")).to_series()
    lost = images.filter(~has_file)
    strict = [one.name for one in sources if one.missing_images == "error"]
    missing = lost.filter(pl.col("source").is_in(strict))
    if missing.height:
        raise AssemblyError(
            "an image file for every image",
            f"{missing.height} without, such as {some(missing['record'], 3)}",
            "Give the images folder, or set missing_images = 'exclude' for that source ('keep': "
            "without files, for tables alone)",
        )
    if lost.height == images.height:
        raise AssemblyError(
            "images with image files",
            f"none among {plural(images.height, 'image')}",
            "Give the images folder of a source, or set missing_images = 'keep' to work on tables "
            "alone",
        )
    return images.filter(has_file) if lost.height else images, lost.select(
        "source", "image", reason=pl.lit(NO_FILE), rows=pl.lit(1, pl.Int64)
    )
