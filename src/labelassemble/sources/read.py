"""One source's files, one `LabelTable`: the steps in their order."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from labelassemble.settings import SourceSettings
from labelassemble.sources.damaged_volumes import find_damaged_volumes
from labelassemble.sources.date_split import find_dates, remark_on_sides, split_by_date
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.files_not_taken import list_not_taken
from labelassemble.sources.filled_blanks import note_filled_blanks
from labelassemble.sources.header_facts import fill_from_headers
from labelassemble.sources.image_facts import read_facts
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.judge_headers import judge_headers
from labelassemble.sources.label_table import IMAGE_COLUMNS, SOURCE_EXCLUDED_COLUMNS, LabelTable
from labelassemble.sources.list_rows import list_rows
from labelassemble.sources.listed import Listed
from labelassemble.sources.loose_names import spell_words
from labelassemble.sources.make_legend import make_legend
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_table import list_balls, list_outlines
from labelassemble.sources.match_image_files import MatchedFiles, find_paths, match_image_files
from labelassemble.sources.missing_files import note_missing
from labelassemble.sources.outlines_beside import note_outlines_beside
from labelassemble.sources.patient_ids import settle_rows
from labelassemble.sources.points_outside import note_points_outside
from labelassemble.sources.problems import Problems
from labelassemble.sources.read_box_table import read_box_table
from labelassemble.sources.read_progress import ReadProgress
from labelassemble.sources.read_split import read_official_split, read_test_list
from labelassemble.sources.readings import add_boxes, give_readings
from labelassemble.sources.repeated_rows import merge_repeated
from labelassemble.sources.rows import NO_BOXES, Rows
from labelassemble.sources.settle_source import settle_source
from labelassemble.sources.source_boxes import place_source_boxes
from labelassemble.sources.state_rows import state_rows
from labelassemble.sources.statements.point_rows import read_points
from labelassemble.sources.statements.registry import GATHER
from labelassemble.sources.study_files import pass_over_objects


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
    rows, stated, opened, files_drawn = state_rows(rows, manifest, files, problems, masks, progress)
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


def _keep_files(listed: Listed, images: pl.Series) -> MatchedFiles | None:
    """The files of images that are left; none: files are found by name."""
    if listed.files is None:
        return None
    kept = listed.rows.facts["image"].unique().sort().is_in(images.implode())
    return MatchedFiles(listed.files.path.filter(kept), listed.files.doubt.filter(kept))


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
