"""Class tables of several sources, one assembled table: the steps in their order."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import (
    CELL_COLUMNS,
    CONFLICT_COLUMNS,
    LEFT_OUT_COLUMNS,
    MEMBER_COLUMNS,
    PICTURE_COLUMNS,
    AssembledTable,
)
from labelassemble.assembly.audit import audit_table
from labelassemble.assembly.check_tables import check_tables, choose_classes
from labelassemble.assembly.conflicts import resolve_verdicts
from labelassemble.assembly.crosswalk import read_crosswalk
from labelassemble.assembly.describe import describe_inputs, describe_table
from labelassemble.assembly.overlap import (
    LINK_COLUMNS,
    join_images,
    link_by_content,
    link_by_crosswalk,
)
from labelassemble.assembly.split import split_pictures
from labelassemble.assembly.unscored import find_unscored, refuse_unscored
from labelassemble.errors import AssemblyError, some, unknown_name
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.label_table import IMAGE_COLUMNS, InputFile
from labelassemble.sources.official_split import read_test_list
from labelassemble.vocabulary.harmonise import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary

NO_FILE = "no image file"


def assemble(
    tables: Sequence[ClassTable],
    vocabulary: Vocabulary,
    settings: AssemblySettings,
    sources: Sequence[SourceSettings],
    classes: Sequence[str] = (),
    contents: pl.DataFrame | None = None,
) -> AssembledTable:
    """Make one table of several sources: merge pictures, weigh verdicts, draw one split.

    The result depends on neither the order of rows nor the clock: the same sources, settings and
    seed give the same table.

    Args:
        tables: one per source, in the order of the recipe.
        vocabulary: the classes there are.
        settings: policies, crosswalks, fractions and seed.
        sources: the settings of the same sources, in the same order.
        classes: classes to keep, in this order; empty: all that some source annotates, in the
            vocabulary's order.
        contents: columns source, image, sha256 of the image files, for ``same_content``.

    Raises:
        AssemblyError: sources and tables do not match, a class that nobody annotates, a crosswalk
            that cannot be read, a picture without a file that may not be left out, a class without
            a known positive and negative in validation.
        SourceError: a test list that cannot be read, or that names other images.
    """
    check_tables(tables, sources)
    chosen = choose_classes(tables, vocabulary, settings, classes)
    every = _number_images(tables, sources)
    links, crosswalks = _link_images(every, settings, contents)
    every = every.join(join_images(every, links), on="row", maintain_order="left")
    images, lost = _leave_out(every, sources)
    verdicts = _number_verdicts(tables, images, chosen)
    resolved = resolve_verdicts(verdicts, settings)
    pictures = _describe_pictures(images).join(
        split_pictures(
            images,
            resolved.cells,
            settings,
            sources,
            [table.source for table in tables if not set(table.scope) & set(chosen)],
            np.random.default_rng(settings.seed),
        ),
        on="picture_row",
    )
    table = AssembledTable(
        classes=chosen,
        pictures=pictures.sort("picture_row").select(list(PICTURE_COLUMNS)),
        cells=_name_pictures(resolved.cells, images).select(list(CELL_COLUMNS)),
        members=images.sort("picture_row", pl.col("evidence") != "table", "row").select(
            list(MEMBER_COLUMNS)
        ),
        conflicts=_name_pictures(resolved.conflicts, images).select(list(CONFLICT_COLUMNS)),
        left_out=pl.concat(
            [*(one.left_out.select(list(LEFT_OUT_COLUMNS)) for one in tables), lost]
        ).sort("source", "image", "reason"),
        scopes={one.source: tuple(c for c in chosen if c in one.scope) for one in tables},
        manifest=describe_inputs(tables, vocabulary, settings, sources, crosswalks),
    )
    unscored = find_unscored(table)
    if unscored and not settings.allow_unscored_classes:
        raise refuse_unscored(unscored)
    table.manifest.update(describe_table(table, verdicts, pictures, unscored))
    audit_table(table)
    return table


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
                table.images["image"], table.left_out["image"], source.test_list
            )
            images = images.with_columns(listed=listed)
        frames.append(images)
    return (
        pl.concat(frames)
        .with_columns(patient=pl.col("source") + "/" + pl.col("patient"))
        .sort("order", "image")
        .with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
    )


def _link_images(
    images: pl.DataFrame, settings: AssemblySettings, contents: pl.DataFrame | None
) -> tuple[pl.DataFrame, list[InputFile]]:
    """Everything that says that two images are the same picture, and the files that say it."""
    links, files = [pl.DataFrame(schema=LINK_COLUMNS)], []
    for crosswalk in settings.crosswalks:
        for name in (crosswalk.left_source, crosswalk.right_source):
            if name not in images["source"]:
                raise AssemblyError(
                    f"sources of the recipe in the crosswalk {crosswalk.file.name}",
                    unknown_name("source", name, images["source"].unique().sort()),
                    "Mend left_source or right_source, or take the crosswalk out",
                )
        pairs, file = read_crosswalk(crosswalk)
        files.append(file)
        links.append(
            link_by_crosswalk(
                images, pairs, crosswalk.left_source, crosswalk.right_source, file.path
            )
        )
    if settings.same_content and contents is not None:
        links.append(link_by_content(images, contents))
    return pl.concat(links), files


def _leave_out(
    images: pl.DataFrame, sources: Sequence[SourceSettings]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part images whose picture has a file from those that have none anywhere."""
    has_file = pl.col("path").is_not_null().any().over("picture_row")
    lost = images.filter(~has_file)
    strict = [one.name for one in sources if one.missing_images == "error"]
    missing = lost.filter(pl.col("source").is_in(strict))
    if missing.height:
        raise AssemblyError(
            "an image file for every picture",
            f"{missing.height} without, such as {some(missing['picture'], 3)}",
            "Give the images folder, or set missing_images = 'leave_out' for that source",
        )
    if lost.height == images.height:
        raise AssemblyError(
            "pictures with image files",
            f"none among {images.height} images",
            "Give the images folder of a source",
        )
    return images.filter(has_file), lost.select("source", "image", reason=pl.lit(NO_FILE))


def _number_verdicts(
    tables: Sequence[ClassTable], images: pl.DataFrame, classes: Sequence[str]
) -> pl.DataFrame:
    """All verdicts on the classes and images of the table; picture is a row number."""
    rows = images.select("source", "image", "order", picture="picture_row")
    every = pl.concat(
        [
            table.verdicts.select("image", "class", "verdict", "reason")
            .filter(pl.col("class").is_in(list(classes)))
            .join(rows.filter(pl.col("source") == table.source), on="image", how="inner")
            for table in tables
        ]
    )
    # Polars sorts an Enum in the order of its words: cells come out in the table's class order.
    return every.with_columns(pl.col("class").cast(pl.Enum(list(classes))))


def _describe_pictures(images: pl.DataFrame) -> pl.DataFrame:
    """One row a picture: file and person; facts that its first image lacks, of the next one."""
    facts = ["view", "age", "sex"]
    first = images.filter(pl.col("evidence") == "table").drop("group", *facts)
    told = (
        images.sort("picture_row", pl.col("evidence") != "table", "row")
        .group_by("picture_row")
        .agg(pl.col(fact).drop_nulls().first() for fact in facts)
    )
    return (
        first.drop("patient")
        .rename({"group_patient": "patient"})
        .join(told, on="picture_row", how="left")
    )


def _name_pictures(rows: pl.DataFrame, images: pl.DataFrame) -> pl.DataFrame:
    """Row numbers to names, in the same order."""
    names = images.filter(pl.col("evidence") == "table").select("picture_row", name="picture")
    return (
        rows.rename({"picture": "picture_row"})
        .join(names, on="picture_row", how="left", maintain_order="left")
        .rename({"name": "picture"})
        .with_columns(pl.col("class").cast(pl.String))
    )
