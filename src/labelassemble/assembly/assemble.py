"""Class tables of several sources, one assembled table: the steps in their order."""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import (
    EXCLUDED_COLUMNS,
    LINK_SCHEMA,
    MEMBER_COLUMNS,
    RECORD_COLUMNS,
    AssembledTable,
    hold_cells,
    make_frame,
)
from labelassemble.assembly.audit import audit_table
from labelassemble.assembly.describe import (
    describe_inputs,
    describe_table,
)
from labelassemble.assembly.describe_kinship import count_kin, warn_of_kin
from labelassemble.assembly.disagreement import compare_assessments, list_conflicts
from labelassemble.assembly.doubtful_ids import find_doubtful_ids
from labelassemble.assembly.groups import describe_groups
from labelassemble.assembly.hide_ids import Hidden
from labelassemble.assembly.keep_split import describe_kept, join_seen, remark_kept
from labelassemble.assembly.overlap import NAMES_IT
from labelassemble.assembly.place_boxes import place_boxes
from labelassemble.assembly.place_masks import place_masks
from labelassemble.assembly.release_memory import release_memory
from labelassemble.assembly.remarks import list_remarks
from labelassemble.assembly.seen_images import SeenByRun
from labelassemble.assembly.settle_cells import settle_cells
from labelassemble.assembly.split import split_records
from labelassemble.assembly.unscored import KINDS, find_unscored, refuse_unscored
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary

_TOLD_BY_RECORDS = (
    "path",
    "view",
    "age",
    "sex",
    "official_split",
    "listed",
    "group_patient",
)
"""Columns of images that records and members tell."""


def assemble_table(
    tables: Iterable[ClassTable],
    vocabulary: Vocabulary,
    settings: AssemblySettings,
    *,
    sources: Sequence[SourceSettings],
    classes: Sequence[str] = (),
    contents: pl.DataFrame | None = None,
    needs: tuple[str, ...] = KINDS,
    hidden: Hidden | None = None,
    seen: SeenByRun | None = None,
) -> AssembledTable:
    """Make one table of several sources: merge images, weigh assessments, draw one split.

    The result depends on neither the order of rows nor the clock: the same sources, settings and
    seed give the same table.

    Args:
        tables: one per source, in the order of the recipe. Of an iterator whose tables nobody else
            holds, what was said is forgotten once it is settled.
        vocabulary: the classes there are.
        settings: policies, crosswalks, fractions and seed.
        sources: the settings of the same sources, in the same order.
        classes: classes to keep, in this order; empty: all that some source annotates, in the
            vocabulary's order.
        contents: what is known of the image files, as ``find_links`` takes it.
        needs: known labels that every class needs in validation, of ``unscored.KINDS``.
        hidden: the tables with hashes in place of ids, which the table is to have; none: none.
        seen: what a run has seen, whose split is kept; none: all is drawn.

    Raises:
        AssemblyError: sources and tables do not match, a class that nobody annotates, a crosswalk
            that cannot be read, an image without a file that may not be left out, a class without
            the known labels in validation that it needs.
        SourceError: a test list that cannot be read, or that names other images.
    """
    given = list(tables)
    doubts = find_doubtful_ids(given)
    handed = iter(given)
    del given
    settled = settle_cells(
        handed,
        vocabulary,
        settings,
        sources=sources,
        classes=classes,
        contents=contents,
        hidden=hidden,
        seen=seen,
    )
    tables, contents = settled.tables, settled.contents
    chosen, images, weighed = settled.classes, settled.images, settled.weighed
    cells = weighed.cells
    release_memory()  # what was said, too
    settled = settled._replace(images=images.clear())
    names = tuple(table.source for table in tables)
    silent = [table.source for table in tables if not set(table.scope) & set(chosen)]
    records = _describe_records(images).join(
        split_records(
            images,
            cells.known(),
            settings,
            sources,
            silent,
            np.random.default_rng(settings.seed),
            kept_from=seen.run if seen else "",
        ),
        on="record_row",
        maintain_order="left",
    )
    release_memory()
    members = _list_members(images)
    images = images.drop(_TOLD_BY_RECORDS)
    table = AssembledTable(
        classes=chosen,
        records=records.select(list(RECORD_COLUMNS)),
        cells=make_frame("cells"),
        members=members,
        groups=describe_groups(
            _regroup(images, records), settled.links, names, records["group"].n_unique()
        ),
        links=_name_links(settled.links, images),
        conflicts=list_conflicts(
            weighed.pairs, weighed.counts, weighed.rules, records["record"], chosen, names
        ),
        agreement=compare_assessments(
            weighed.pairs, weighed.counts, records["group"], chosen, names
        ),
        boxes=place_boxes(tables, images, chosen, contents),
        masks=place_masks(tables, images),
        legends={one.source: one.legend for one in tables if one.legend is not None},
        excluded=pl.concat(
            [*(one.excluded.select(list(EXCLUDED_COLUMNS)) for one in tables), settled.lost]
        ).sort("source", "image", "reason"),
        scopes={one.source: tuple(c for c in chosen if c in one.scope) for one in tables},
        manifest=describe_inputs(
            tables,
            vocabulary,
            settings,
            sources=sources,
            crosswalks=settled.crosswalks,
            doubts=doubts,
            key=hidden and hidden.key,
            kept_from=seen and seen.run,
        ),
    )
    release_memory()
    table = hold_cells(table, cells.in_parts(table.records["record"]))
    labels = cells.matrix(records.height)
    unscored = find_unscored(table, labels, needs)
    if unscored and not settings.allow_unscored_classes:
        raise refuse_unscored(unscored, needs)
    table.manifest.update(
        describe_table(
            table,
            tables,
            counts=weighed.assessments,
            labels=labels,
            records=records,
            unscored=unscored,
            vocabulary=vocabulary,
        )
    )
    del labels
    release_memory()
    regrouped = _regroup(images, records)
    kin = count_kin(settled.kinship, regrouped, settled.links, settings, contents)
    table.manifest["kinship"] = kin
    table.manifest["kinship_files"] = [
        {"path": one.path, "sha256": one.sha256, "rows": one.rows} for one in settled.kinship.files
    ]
    kept = None if seen is None else describe_kept(seen, join_seen(records, images))
    table.manifest["kept"] = kept
    table.manifest["remarks"] = [
        *warn_of_kin(kin),
        *remark_kept(kept),
        *list_remarks(table, tables, images, settled.links),
    ]
    release_memory()
    audit_table(table)
    return table


def _describe_records(images: pl.DataFrame) -> pl.DataFrame:
    """One row an image: file and person; facts that its first image lacks, of the next one."""
    facts = ["view", "age", "sex"]
    names_it = pl.col("evidence") == NAMES_IT
    first = images.lazy().filter(names_it)
    described = first.select(
        "record_row", "record", "source", "path", *facts, patient="group_patient"
    ).collect()
    several = images.select("record_row", "row", "evidence", *facts).filter(
        pl.col("record_row").is_duplicated()
    )
    if several.is_empty():
        return described
    told = (
        several.sort("record_row", ~names_it, "row")
        .group_by("record_row")
        .agg(pl.col(fact).drop_nulls().first().alias(f"told {fact}") for fact in facts)
    )
    return (
        described.join(told, on="record_row", how="left", maintain_order="left")
        .with_columns(pl.coalesce(fact, f"told {fact}").alias(fact) for fact in facts)
        .drop(f"told {fact}" for fact in facts)
        .sort("record_row")
    )


def _list_members(images: pl.DataFrame) -> pl.DataFrame:
    shown = images.select("record_row", "row", *MEMBER_COLUMNS)
    return (
        shown.sort("record_row", pl.col("evidence") != NAMES_IT, "row")
        .with_columns(pl.col("evidence").cast(pl.String))
        .select(list(MEMBER_COLUMNS))
    )


def _regroup(images: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Images with the table's numbers of groups."""
    numbers = records.select("record_row", "group")
    return images.drop("group").join(numbers, on="record_row", how="left", maintain_order="left")


def _name_links(links: pl.DataFrame, images: pl.DataFrame) -> pl.DataFrame:
    """Row numbers to names; links to images that were left out go with them."""
    named = images.select("row", name=pl.col("source") + "/" + pl.col("image"))
    return (
        links.join(named.rename({"row": "left", "name": "one"}), on="left", maintain_order="left")
        .join(named.rename({"row": "right", "name": "two"}), on="right", maintain_order="left")
        .select(
            left="one", right="two", evidence=pl.col("evidence").cast(pl.String), measure="measure"
        )
        .sort("left", "right", "evidence")
        .select(list(LINK_SCHEMA))
    )
