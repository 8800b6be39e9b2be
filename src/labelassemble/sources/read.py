"""One source's files, one `LabelTable`: the steps in their order."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.assessments import Statements, pick_rows, say_nothing
from labelassemble.sources.box_table import read_box_table
from labelassemble.sources.damaged_volumes import find_damaged_volumes
from labelassemble.sources.date_split import find_dates, remark_on_sides, split_by_date
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.sources.encodings.box_files import BoxFiles
from labelassemble.sources.encodings.coco_json import CocoJson, read_coco
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.encodings.folder_names import FolderNames, read_folder_names
from labelassemble.sources.encodings.json_list import JsonList, read_json_list
from labelassemble.sources.encodings.lidc_xml import LidcXml, read_lidc
from labelassemble.sources.encodings.mask_values import MaskValues, list_cases
from labelassemble.sources.encodings.npz_arrays import NpzArrays, read_npz
from labelassemble.sources.encodings.point_rows import PointRows, read_points
from labelassemble.sources.encodings.registry import GATHER, STATE
from labelassemble.sources.encodings.state_masks import state_masks
from labelassemble.sources.encodings.unlabelled import list_unlabelled
from labelassemble.sources.encodings.xml_terms import XmlTerms, read_xml
from labelassemble.sources.files_not_taken import list_not_taken
from labelassemble.sources.filled_blanks import note_filled_blanks
from labelassemble.sources.header_facts import fill_from_headers
from labelassemble.sources.header_rules import judge_headers
from labelassemble.sources.image_facts import read_facts
from labelassemble.sources.image_files import (
    IMAGE_SUFFIXES,
    ImageFolder,
    MatchedFiles,
    find_image_files,
    find_paths,
    match_image_files,
)
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_table import IMAGE_COLUMNS, SOURCE_EXCLUDED_COLUMNS, LabelTable
from labelassemble.sources.loose_names import spell_words
from labelassemble.sources.make_legend import make_legend
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_table import NO_MASKS, list_balls, list_objects, list_outlines
from labelassemble.sources.missing_files import note_missing, tell_packed
from labelassemble.sources.official_split import read_official_split, read_test_list
from labelassemble.sources.outlines_beside import note_outlines_beside
from labelassemble.sources.patient_ids import settle_rows
from labelassemble.sources.points_outside import note_points_outside
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.read_box_files import read_box_files
from labelassemble.sources.read_dicom_annotations import read_dicom_annotations
from labelassemble.sources.readings import add_boxes, give_readings
from labelassemble.sources.repeated_rows import merge_repeated
from labelassemble.sources.rows import NO_BOXES, Rows
from labelassemble.sources.series_folders import list_series, place_series
from labelassemble.sources.settle_source import settle_source
from labelassemble.sources.source_boxes import place_source_boxes
from labelassemble.sources.study_files import find_study_files, pass_over_objects
from labelassemble.sources.table_rows import read_table_rows

ReadProgress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


def read_source(
    settings: SourceSettings, manifest: Manifest, progress: ReadProgress | None = None
) -> LabelTable:
    """Read a source: its rows, persons, files, assessments and published split.

    Every row comes out as an image, joins one, or stands in `excluded` with the reason. With
    ``missing_images = "exclude"``, an image without a file stays, its path null: another source
    may hold the same image, and only the assembly can know. An image of which it is not certain
    which file it is in is left out.

    Args:
        settings: name, folders and switches of the source; its paths are absolute.
        manifest: how its labels are written.
        progress: called where masks have to be opened one by one.

    Raises:
        SourceError: files that are missing or no tables, columns, values and words that the
            manifest does not know, contradicting rows, missing image files: all of it at once.
    """
    problems = Problems()
    table = collect_source(settings, manifest, problems, progress=progress)
    problems.raise_if_any(settings.name)
    assert table is not None
    return table


def collect_source(
    settings: SourceSettings,
    manifest: Manifest,
    problems: Problems,
    *,
    files: ImageFolder | None = None,
    masks: int | None = None,
    progress: ReadProgress | None = None,
    headers: Path | None = None,
) -> LabelTable | None:
    """Read a source as far as it goes: each step notes what is wrong and goes on with the rest.

    Args:
        settings: as `read_source` takes them.
        manifest: how its labels are written.
        problems: takes all that is wrong, and remarks.
        files: its image files; none: they are looked up.
        masks: at most so many masks are opened, evenly spaced; none: all.
        progress: called with (masks read, masks in all).
        headers: a file that keeps the headers of DICOM files between calls; none: nothing does.

    Returns:
        The source without what is wrong; none: nothing could be read.
    """

    def read() -> LabelTable:
        settled = settle_source(settings, manifest, problems)
        here = files or find_source_images(settings, settled)
        return _read(
            settings,
            settled,
            here,
            problems=problems,
            masks=masks,
            progress=progress,
            headers=headers,
        )

    return problems.attempt(read)


def find_source_images(settings: SourceSettings, manifest: Manifest) -> ImageFolder:
    """List the image files of a source."""
    folder = settings.images or settings.folder / manifest.images.folder
    images = manifest.images
    archives = not isinstance(manifest.labels, MaskValues)  # masks are read from folders
    return find_image_files(
        folder, images.glob, images.copies, images.named, images.others, archives
    )


def _read(
    settings: SourceSettings,
    manifest: Manifest,
    files: ImageFolder,
    *,
    problems: Problems,
    masks: int | None,
    progress: ReadProgress | None,
    headers: Path | None,
) -> LabelTable:
    every = None
    if not _asks_headers(manifest):
        every = read_headers(files.list_paths(), headers, manifest.headers.elements)
        files = pass_over_objects(files, every)
    listed = list_rows(settings, manifest, files, problems, headers)
    rows, manifest = spell_words(listed.rows, listed.manifest, problems), listed.manifest
    if gather := GATHER.get(type(manifest.labels)):
        rows = gather(rows, manifest.labels, problems)
    rows = merge_repeated(settle_rows(rows, manifest.patient_ids), problems)
    note_filled_blanks(rows, manifest, problems)
    images = _list_images(rows)["image"]
    by_path = listed.passed is not None
    matched = _keep_files(listed, images) or (
        find_paths(images, files) if by_path else match_image_files(images, files)
    )
    note_missing(images, matched, files, settings, problems)
    heads = listed.headers
    if heads is None:
        found = matched.path.drop_nulls()
        if every is None:
            heads = read_headers(found, headers, manifest.headers.elements)
        else:  # They are read already.
            found = found.str.replace(r"#frame/[0-9]{1,6}$", "")
            heads = every.filter(pl.col("path").is_in(found.implode()))
        rows = _leave_by_headers(rows, images, matched, heads, manifest)
    rows = _leave_doubtful(rows, images, matched.doubt)
    damaged = find_damaged_volumes(images, matched.path, settings, problems)
    rows = _leave_doubtful(rows, images, damaged)
    where = pl.DataFrame({"image": images, "path": matched.path})
    pieces = listed.pieces
    if isinstance(manifest.labels, PointRows):
        points = read_points(listed.rows, manifest.labels, Problems()).points
        note_points_outside(points, where, manifest.labels.space, problems)
        pieces = list_balls(points)
    elif isinstance(manifest.labels, LidcXml):
        note_outlines_beside(settings.folder, manifest.labels, where, problems)
        pieces = list_outlines(listed.rows, settings.folder)
    rows, stated, opened, files_drawn = _state(rows, manifest, files, problems, masks, progress)
    inputs, path, boxes = (*listed.inputs, *opened), matched.path, rows.boxes
    facts = _list_images(rows)
    if facts.height < len(images):
        path = path.filter(images.is_in(facts["image"].implode()))
        images = facts["image"]
        boxes = boxes.filter(boxes["image"].is_in(images.implode()))
    drawn = pl.concat([pieces, files_drawn]).filter(pl.col("image").is_in(images.implode()))
    split, lists = read_official_split(
        images,
        facts["split"],
        facts["file"],
        split=manifest.split,
        folder=settings.folder,
        required=settings.split == "official",
        problems=problems,
    )
    inputs += lists
    if manifest.split.by_date or (manifest.table and manifest.table.date):
        column = manifest.table.date if manifest.table else None
        written = _list_images(rows, rows.marks.select(column))[column] if column else None
        order = manifest.table.date_order if manifest.table else None
        filed = pl.DataFrame({"image": images, "path": path})
        dates = find_dates(filed, heads, written, order, problems)
        if manifest.split.by_date:
            split = split_by_date(images, dates, manifest.split, problems)
    if settings.test_list is not None:
        with problems.catch():
            held_out, file = read_test_list(images, rows.excluded["image"], settings.test_list)
            test = pl.when(held_out).then(pl.lit("test")).otherwise("split")
            split = split.to_frame("split").select(split=test)["split"]
            inputs += (file,)
    whole = read_facts(facts, manifest.table, problems).with_columns(
        pl.col("age").cast(pl.Float64),  # of no rows at all, polars makes a column of texts
        path=path,
        official_split=split,
    )
    whole = fill_from_headers(whole, manifest, problems, heads)
    if manifest.split.by_date:
        remark_on_sides(whole, problems)
    assessments = give_readings(rows, stated, manifest, problems)
    excluded = rows.excluded
    if manifest.boxes is not None:
        boxes, lost, read = read_box_table(settings.folder, manifest.boxes, images, problems)
        assessments = add_boxes(assessments, boxes, images, manifest)
        excluded, inputs = pl.concat([excluded, lost]), (*inputs, *read)
    boxes, read = place_source_boxes(boxes, whole, manifest, settings.folder, problems)
    inputs += read
    table = LabelTable(
        source=settings.name,
        manifest=manifest,
        images=whole.select(list(IMAGE_COLUMNS)),
        assessments=assessments,
        scope=manifest.looked_for or stated.columns,
        excluded=_sum_up(excluded, settings.name),
        inputs=inputs,
        joined_rows=int(rows.count.sum()) - len(images),
        boxes=boxes if boxes.height else NO_BOXES,
        masks=drawn,
        legend=make_legend(manifest, files.folder, drawn["term"].drop_nulls().unique())
        if drawn.height
        else None,
    )
    not_taken = list_not_taken(table, files, settings.folder, listed.passed)
    return replace(table, not_taken=not_taken)


def _asks_headers(manifest: Manifest) -> bool:
    """Whether its rows are found by headers, which says what is an image and what is none."""
    by_series = manifest.images.series or isinstance(manifest.labels, DicomAnnotations | LidcXml)
    return by_series or (manifest.table is not None and manifest.table.key is not None)


def _list_images(rows: Rows, beside: pl.DataFrame | None = None) -> pl.DataFrame:
    """The first row of each image, or what stands beside it; rows of one image stand together."""
    image = rows.facts["image"]
    first = (image != image.shift()).fill_null(True)
    return (rows.facts if beside is None else beside).filter(first)


class Listed(NamedTuple):
    """A source's rows before they are gathered.

    Attributes:
        rows: as written.
        manifest: how they are written: without what is not there.
        inputs: the files that they come from.
        files: which file each image is in, where the encoding says it; none: found by name.
        headers: ``dicom_headers.HEADERS`` of all DICOM files, where they were read for the rows.
        passed: ``PASSED_OVER``: image files that are known to be no images, and why.
        pieces: ``SOURCE_MASK_COLUMNS``: what DICOM objects draw.
    """

    rows: Rows
    manifest: Manifest
    inputs: tuple[InputFile, ...]
    files: MatchedFiles | None = None
    headers: pl.DataFrame | None = None
    passed: pl.DataFrame | None = None
    pieces: pl.DataFrame = NO_MASKS


def _keep_files(listed: Listed, images: pl.Series) -> MatchedFiles | None:
    """The files of images that are left; none: files are found by name."""
    if listed.files is None:
        return None
    kept = listed.rows.facts["image"].unique().sort().is_in(images.implode())
    return MatchedFiles(listed.files.path.filter(kept), listed.files.doubt.filter(kept))


def list_rows(
    settings: SourceSettings,
    manifest: Manifest,
    files: ImageFolder,
    problems: Problems = AT_ONCE,
    kept: Path | None = None,
) -> Listed:
    """Read a source's rows, whatever they stand in: a table, names, or files of another kind.

    Args:
        settings: of the source.
        manifest: how it is written.
        files: its image files.
        problems: takes what is wrong.
        kept: a file that keeps the headers of DICOM files.

    Raises:
        SourceError: nothing can be read without what is wrong.
        NothingLeftError: the same; the problems say why.
    """
    folder, labels = settings.folder, manifest.labels
    if manifest.table is not None and manifest.table.key is not None:
        heads = read_headers(files.list_paths(), kept, manifest.headers.elements)
        studies = find_study_files(files, heads, manifest.headers, problems)
        missing = settings.missing_images
        keyed = read_table_rows(
            folder,
            files,
            manifest,
            manifest.table,
            problems=problems,
            studies=studies,
            missing=missing,
        )
        passed = keyed.studies.passed if keyed.studies else None
        return Listed(keyed.rows, keyed.manifest, keyed.inputs, None, heads, passed)
    if manifest.table is not None:
        plain = read_table_rows(folder, files, manifest, manifest.table, problems=problems)
        table = Listed(plain.rows, plain.manifest, plain.inputs)
        if not manifest.images.series:
            return table
        rows, placed = place_series(table.rows, files)
        return table._replace(rows=rows, files=placed)
    match labels:
        case CocoJson():
            rows, inputs = read_coco(folder, labels, problems)
            return Listed(rows, manifest, inputs)
        case JsonList():
            rows, inputs = read_json_list(folder, labels, problems)
            return Listed(rows, manifest, inputs)
        case BoxFiles():
            lists = manifest.split.lists.values()
            said = read_box_files(folder, labels, files, [*lists], problems)
            return Listed(said.rows, manifest, said.inputs, said.files)
        case LidcXml():
            rows, inputs = read_lidc(folder, labels, problems)
            rows, placed = place_series(rows, files)
            return Listed(rows, manifest, inputs, placed)
        case XmlTerms():
            rows, inputs = read_xml(folder, labels)
            return Listed(rows, manifest, inputs)
        case NpzArrays():
            rows, path, inputs = read_npz(folder, labels)
            # Sorted as the rows will be.
            path = path[rows.facts["image"].arg_sort()]
            doubt = pl.Series("doubt", [None] * len(path), dtype=pl.String)
            return Listed(rows, manifest, inputs, MatchedFiles(path, doubt))
    if files.names.is_empty():
        raise SourceError(
            f"image files below {files.folder}",
            ("none" if is_folder_or_archive(files.folder) else "no such folder")
            + tell_packed(files),
            f"Check the folder; files count by {manifest.images.glob or ', '.join(IMAGE_SUFFIXES)}",
        )
    match labels:
        case DicomAnnotations():
            read = read_dicom_annotations(folder, files, labels, manifest.scope, problems, kept)
            pieces = list_objects(read.items)
            return Listed(read.rows, manifest, read.inputs, read.files, pieces=pieces)
        case FolderNames():
            rows = read_folder_names(files.names, labels, problems)
        case MaskValues():
            rows = list_cases(files.names, labels)
        case _ if manifest.images.series:
            rows, placed = list_series(files)
            return Listed(rows, manifest, (files.describe(),), placed)
        case _:
            rows = list_unlabelled(files.names)
    return Listed(rows, manifest, (files.describe(),))


def _state(
    rows: Rows,
    manifest: Manifest,
    files: ImageFolder,
    problems: Problems,
    masks: int | None,
    progress: ReadProgress | None,
) -> tuple[Rows, Statements, tuple[InputFile, ...], pl.DataFrame]:
    """Make statements of rows; those that contradict themselves or cannot be read are left out."""
    labels, inputs, pieces = manifest.labels, tuple[InputFile, ...](), NO_MASKS
    stated = None
    if isinstance(labels, MaskValues):
        rows = _leave_unopened(rows, masks, problems)
    with problems.catch():
        if isinstance(labels, MaskValues):
            stated, read, pieces = state_masks(
                rows, labels, manifest.scope, files.folder, progress, problems
            )
            inputs = (read,)
        else:
            stated = STATE[type(labels)](rows, labels, manifest.scope, problems)
    if stated is None:
        stated = say_nothing(rows.facts.height)
    if stated.aside is None:
        return rows, stated, inputs, pieces
    kept = np.flatnonzero(stated.aside.is_null().to_numpy())
    return rows.exclude(stated.aside), pick_rows(stated, kept), inputs, pieces


def _leave_unopened(rows: Rows, masks: int | None, problems: Problems) -> Rows:
    """Take out rows whose masks are not opened: of many, some tell what is wrong with them."""
    count = rows.facts.height
    if masks is None or count <= masks:
        return rows
    opened = set(np.linspace(0, count - 1, masks).round().astype(int).tolist())
    because = [
        None if row in opened else f"{SET_ASIDE}its mask was not opened" for row in range(count)
    ]
    problems.remark(
        f"masks of {masks:,} of {count:,} images were opened",
        "What the others hold is not checked; raise the number to open more",
        count=masks,
    )
    return rows.exclude(pl.Series(because, dtype=pl.String))


def _leave_by_headers(
    rows: Rows,
    images: pl.Series,
    matched: MatchedFiles,
    heads: pl.DataFrame,
    manifest: Manifest,
) -> Rows:
    """Take out images whose DICOM headers the manifest does not keep."""
    if not manifest.headers.elements or heads.is_empty():
        return rows
    why = heads.select("path", reason=judge_headers(heads, manifest.headers))
    file = matched.path.str.replace(r"#frame/[0-9]{1,6}$", "").to_frame("path")
    found = file.join(why, on="path", how="left", maintain_order="left")["reason"]
    return rows.exclude(rows.facts["image"].replace_strict(images, found, return_dtype=pl.String))


def _leave_doubtful(rows: Rows, images: pl.Series, doubt: pl.Series) -> Rows:
    """Take out images with a doubt: in several files, say, where a label could go astray."""
    if not doubt.count():
        return rows
    reason = rows.facts["image"].replace_strict(images, doubt, return_dtype=pl.String)
    return rows.exclude(reason)


def _sum_up(excluded: pl.DataFrame, source: str) -> pl.DataFrame:
    return (
        excluded.group_by("image", "reason")
        .agg(pl.col("rows").sum())
        .with_columns(source=pl.lit(source))
        .select(list(SOURCE_EXCLUDED_COLUMNS))
        .sort("image", "reason")
    )
