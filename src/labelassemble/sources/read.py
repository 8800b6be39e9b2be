"""One source's files, one `LabelTable`: the steps in their order."""

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.settings import SourceSettings
from labelassemble.sources.box_rows import BoxRows, state_box_rows
from labelassemble.sources.class_column import ClassColumn, state_class_column
from labelassemble.sources.delimited_list import DelimitedList, state_delimited_list
from labelassemble.sources.finding_columns import FindingColumns, state_finding_columns
from labelassemble.sources.folder_names import FolderNames, read_names, state_folder_names
from labelassemble.sources.image_facts import read_facts
from labelassemble.sources.image_files import (
    IMAGE_SUFFIXES,
    ImageFolder,
    MatchedFiles,
    find_image_files,
    match_image_files,
)
from labelassemble.sources.label_table import (
    IMAGE_COLUMNS,
    LEFT_OUT_COLUMNS,
    InputFile,
    LabelTable,
)
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.official_split import read_official_split, read_test_list
from labelassemble.sources.repeated_rows import merge_repeated
from labelassemble.sources.rows import Rows
from labelassemble.sources.table_rows import read_table_rows
from labelassemble.sources.unlabelled import list_unlabelled, state_nothing


def read_source(settings: SourceSettings, manifest: Manifest) -> LabelTable:
    """Read a source: its rows, persons, files, verdicts and published split.

    Every row comes out as an image or stands in `left_out` with the reason. With ``missing_images
    = "leave_out"``, an image without a file stays, its path null: another source may hold the same
    picture, and only the assembly can know. An image of which it is not certain which file it is
    in is left out.

    Args:
        settings: name, folders and switches of the source; its paths are absolute.
        manifest: how its labels are written.

    Raises:
        SourceError: a file that is missing or no table, a column, value or word that the manifest
            does not know, contradicting rows, missing image files.
    """
    files = find_image_files(
        settings.images or settings.folder / manifest.images.folder, manifest.images.glob
    )
    if manifest.table is None:
        rows = _list_images(files, manifest)
        inputs: tuple[InputFile, ...] = (files.describe(),)
    else:
        rows, inputs = read_table_rows(settings.folder, manifest.table, manifest)
    rows = merge_repeated(rows)
    matched = match_image_files(rows.facts["image"], files)
    _refuse_missing(rows.facts["image"], matched, files, settings)
    rows, path = _leave_doubtful(rows, matched)
    images = rows.facts["image"]
    required = settings.split == "official"
    split, lists = read_official_split(
        images, rows.facts["split"], manifest.split, settings.folder, required
    )
    inputs += lists
    if settings.test_list is not None:
        held_out, file = read_test_list(images, rows.left_out["image"], settings.test_list)
        split = split.to_frame("split").select(
            pl.when(held_out).then(pl.lit("test")).otherwise("split").alias("split")
        )["split"]
        inputs += (file,)
    return LabelTable(
        source=settings.name,
        manifest=manifest,
        images=read_facts(rows.facts, manifest.table)
        .with_columns(path=path, official_split=split)
        .select(list(IMAGE_COLUMNS)),
        verdicts=_state(rows, manifest),
        scope=manifest.looked_for,
        left_out=rows.left_out.with_columns(source=pl.lit(settings.name))
        .select(list(LEFT_OUT_COLUMNS))
        .sort("image", "reason"),
        inputs=inputs,
    )


def _list_images(files: ImageFolder, manifest: Manifest) -> Rows:
    if files.names.is_empty():
        raise SourceError(
            f"image files below {files.folder}",
            "none" if files.folder.is_dir() else "no such folder",
            f"Check the folder; files count by {manifest.images.glob or ', '.join(IMAGE_SUFFIXES)}",
        )
    if isinstance(manifest.labels, FolderNames):
        return read_names(files.names, manifest.labels)
    return list_unlabelled(files.names)


def _refuse_missing(
    images: pl.Series, matched: MatchedFiles, files: ImageFolder, settings: SourceSettings
) -> None:
    if settings.missing_images == "leave_out" or not matched.path.null_count():
        return
    missing = images.filter(matched.path.is_null())
    doubt = matched.doubt.drop_nulls().unique().sort()
    why = f"; {len(doubt)} of these in doubt: {some(doubt, 2)}" if len(doubt) else ""
    raise SourceError(
        f"a file below {files.folder} for each of the {len(images)} images of {settings.name}",
        f"{len(missing)} without, such as {some(missing, 3)}; the folder "
        + (f"holds {len(files.names)} image files" if files.folder.is_dir() else "is not there")
        + why,
        "Check `images` of this source in the recipe, or set missing_images = 'leave_out'",
    )


def _leave_doubtful(rows: Rows, matched: MatchedFiles) -> tuple[Rows, pl.Series]:
    """Take out images that may be in several files, or share one: a label could go astray."""
    certain = matched.doubt.is_null()
    if certain.all():
        return rows, matched.path
    out = pl.DataFrame({"image": rows.facts["image"], "reason": matched.doubt}).filter(~certain)
    kept = Rows(
        rows.facts.filter(certain),
        rows.cells.filter(certain) if rows.cells.width else rows.cells,
        pl.concat([rows.left_out, out]),
    )
    return kept, matched.path.filter(certain)


def _state(rows: Rows, manifest: Manifest) -> pl.DataFrame:
    images, cells, scope = rows.facts["image"], rows.cells, manifest.scope
    match manifest.labels:
        case DelimitedList() as labels:
            return state_delimited_list(images, cells, labels, scope)
        case ClassColumn() as labels:
            return state_class_column(images, cells, labels, scope)
        case FindingColumns() as labels:
            return state_finding_columns(images, cells, labels, scope)
        case FolderNames() as labels:
            return state_folder_names(images, cells, labels, scope)
        case BoxRows() as labels:
            return state_box_rows(images, cells, labels)
        case _:
            return state_nothing()
