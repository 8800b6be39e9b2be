"""One source's files, one `LabelTable`: the steps in their order."""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.settings import SourceSettings
from labelassemble.sources.box_table import read_box_table
from labelassemble.sources.encodings.coco_json import CocoJson, read_coco
from labelassemble.sources.encodings.folder_names import FolderNames, read_names
from labelassemble.sources.encodings.mask_values import MaskValues, list_cases, state_masks
from labelassemble.sources.encodings.npz_arrays import NpzArrays, read_npz
from labelassemble.sources.encodings.registry import GATHER, STATE
from labelassemble.sources.encodings.unlabelled import list_unlabelled
from labelassemble.sources.encodings.xml_terms import XmlTerms, read_xml
from labelassemble.sources.image_facts import read_facts
from labelassemble.sources.image_files import (
    IMAGE_SUFFIXES,
    ImageFolder,
    MatchedFiles,
    find_image_files,
    match_image_files,
)
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_table import IMAGE_COLUMNS, LEFT_OUT_COLUMNS, LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.official_split import read_official_split, read_test_list
from labelassemble.sources.repeated_rows import merge_repeated
from labelassemble.sources.rows import NO_BOXES, Rows
from labelassemble.sources.table_rows import read_table_rows
from labelassemble.sources.verdicts import Statements
from labelassemble.sources.voices import add_boxes, give_voices

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


def read_source(
    settings: SourceSettings, manifest: Manifest, progress: Progress | None = None
) -> LabelTable:
    """Read a source: its rows, persons, files, verdicts and published split.

    Every row comes out as an image, joins one, or stands in `left_out` with the reason. With
    ``missing_images = "leave_out"``, an image without a file stays, its path null: another source
    may hold the same picture, and only the assembly can know. An image of which it is not certain
    which file it is in is left out.

    Args:
        settings: name, folders and switches of the source; its paths are absolute.
        manifest: how its labels are written.
        progress: called where masks have to be opened one by one.

    Raises:
        SourceError: a file that is missing or no table, a column, value or word that the manifest
            does not know, contradicting rows, missing image files.
    """
    files = find_image_files(
        settings.images or settings.folder / manifest.images.folder, manifest.images.glob
    )
    listed = list_rows(settings, manifest, files)
    rows = listed.rows
    if gather := GATHER.get(type(manifest.labels)):
        rows = gather(rows, manifest.labels)
    rows = merge_repeated(rows)
    images = rows.facts["image"].unique(maintain_order=True)
    matched = listed.files or match_image_files(images, files)
    _refuse_missing(images, matched, files, settings)
    rows, matched = _leave_doubtful(rows, images, matched)
    stated, masks = _state(rows, manifest, files, progress)
    first = rows.facts["image"].is_first_distinct()
    facts = rows.facts.filter(first)
    images = facts["image"]
    split, lists = read_official_split(
        images,
        facts["split"],
        facts["file"],
        manifest.split,
        settings.folder,
        required=settings.split == "official",
    )
    inputs = (*listed.inputs, *masks, *lists)
    if settings.test_list is not None:
        held_out, file = read_test_list(images, rows.left_out["image"], settings.test_list)
        split = split.to_frame("split").select(
            pl.when(held_out).then(pl.lit("test")).otherwise("split").alias("split")
        )["split"]
        inputs += (file,)
    boxes, left_out = rows.boxes, rows.left_out
    verdicts = give_voices(rows, stated, manifest)
    if manifest.boxes is not None:
        boxes, lost, read = read_box_table(settings.folder, manifest.boxes, images)
        verdicts = add_boxes(verdicts, boxes, images, manifest)
        left_out, inputs = pl.concat([left_out, lost]), (*inputs, *read)
    return LabelTable(
        source=settings.name,
        manifest=manifest,
        images=read_facts(facts, manifest.table)
        .with_columns(path=matched.path, official_split=split)
        .select(list(IMAGE_COLUMNS)),
        verdicts=verdicts,
        scope=manifest.looked_for or stated.columns,
        left_out=_sum_up(left_out, settings.name),
        inputs=inputs,
        joined_rows=int(rows.count.sum()) - len(images),
        boxes=boxes.filter(boxes["image"].is_in(images.implode())) if boxes.height else NO_BOXES,
    )


class Listed(NamedTuple):
    """A source's rows before they are gathered.

    Attributes:
        rows: as written.
        inputs: the files that they come from.
        files: which file each image is in, where the encoding says it; none: found by name.
    """

    rows: Rows
    inputs: tuple[InputFile, ...]
    files: MatchedFiles | None = None


def list_rows(settings: SourceSettings, manifest: Manifest, files: ImageFolder) -> Listed:
    """Read a source's rows, whatever they stand in: a table, names, or files of another kind.

    Raises:
        SourceError: as `read_source`.
    """
    folder, labels = settings.folder, manifest.labels
    if manifest.table is not None:
        return Listed(*read_table_rows(folder, files, manifest, manifest.table))
    match labels:
        case CocoJson():
            return Listed(*read_coco(folder, labels))
        case XmlTerms():
            return Listed(*read_xml(folder, labels))
        case NpzArrays():
            rows, path, inputs = read_npz(folder, labels)
            # Sorted as the rows will be.
            path = path[rows.facts["image"].arg_sort()]
            doubt = pl.Series("doubt", [None] * len(path), dtype=pl.String)
            return Listed(rows, inputs, MatchedFiles(path, doubt))
    if files.names.is_empty():
        raise SourceError(
            f"image files below {files.folder}",
            "none" if files.folder.is_dir() else "no such folder",
            f"Check the folder; files count by {manifest.images.glob or ', '.join(IMAGE_SUFFIXES)}",
        )
    inputs = (files.describe(),)
    match labels:
        case FolderNames():
            return Listed(read_names(files.names, labels), inputs)
        case MaskValues():
            return Listed(list_cases(files.names, labels), inputs)
        case _:
            return Listed(list_unlabelled(files.names), inputs)


def _state(
    rows: Rows, manifest: Manifest, files: ImageFolder, progress: Progress | None
) -> tuple[Statements, tuple[InputFile, ...]]:
    if isinstance(manifest.labels, MaskValues):
        stated, masks = state_masks(rows, manifest.labels, manifest.scope, files.folder, progress)
        return stated, (masks,)
    return STATE[type(manifest.labels)](rows, manifest.labels, manifest.scope), ()


def _refuse_missing(
    images: pl.Series, matched: MatchedFiles, files: ImageFolder, settings: SourceSettings
) -> None:
    if settings.missing_images != "error" or not matched.path.null_count():
        return
    missing = images.filter(matched.path.is_null())
    doubt = matched.doubt.drop_nulls().unique().sort()
    why = f"; {len(doubt)} of these in doubt: {some(doubt, 2)}" if len(doubt) else ""
    raise SourceError(
        f"a file below {files.folder} for each of the {len(images)} images of {settings.name}",
        f"{len(missing)} without, such as {some(missing, 3)}; the folder "
        + (f"holds {len(files.names)} image files" if files.folder.is_dir() else "is not there")
        + why,
        "Check `images` of this source in the recipe, or set missing_images = 'leave_out' "
        "('keep': without files, for tables alone)",
    )


def _leave_doubtful(
    rows: Rows, images: pl.Series, matched: MatchedFiles
) -> tuple[Rows, MatchedFiles]:
    """Take out images that may be in several files, or share one: a label could go astray."""
    if not matched.doubt.count():
        return rows, matched
    reason = rows.facts["image"].replace_strict(images, matched.doubt, return_dtype=pl.String)
    certain = matched.doubt.is_null()
    return (
        rows.leave_out(reason),
        MatchedFiles(matched.path.filter(certain), matched.doubt.filter(certain)),
    )


def _sum_up(left_out: pl.DataFrame, source: str) -> pl.DataFrame:
    return (
        left_out.group_by("image", "reason")
        .agg(pl.col("rows").sum())
        .with_columns(source=pl.lit(source))
        .select(list(LEFT_OUT_COLUMNS))
        .sort("image", "reason")
    )
