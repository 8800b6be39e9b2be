"""A source, read as far as it goes: the steps of `read_source`, none of which stops at an error."""

from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.checks.boxes import check_box_table, check_boxes
from labelassemble.sources.checks.image_matches import check_matches
from labelassemble.sources.checks.listed_rows import (
    RowsChecked,
    check_rows,
    gather_rows,
    merge_rows,
)
from labelassemble.sources.checks.split import check_sides, check_split
from labelassemble.sources.checks.statements import check_statements
from labelassemble.sources.checks.tables import check_tables
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.image_facts import read_facts
from labelassemble.sources.image_files import (
    ImageFolder,
    MatchedFiles,
    find_image_files,
    match_image_files,
)
from labelassemble.sources.label_table import IMAGE_COLUMNS, LEFT_OUT_COLUMNS, LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import (
    SET_ASIDE,
    Problem,
    Problems,
    name_nearest,
    note_error,
    plural,
    problem,
    remark,
)
from labelassemble.sources.read import Progress, read_source
from labelassemble.sources.remarks.patients import remark_on_patients
from labelassemble.sources.repeated_rows import SAME_AGAIN
from labelassemble.sources.rows import NO_BOXES, Rows
from labelassemble.sources.voices import add_boxes, count_subsets, give_voices


class LenientReading(NamedTuple):
    """What is left of a source, and what is wrong with the rest.

    Attributes:
        table: as `read_source` gives it; none: no row could be read.
        files: the image files there are.
        notes: problems and remarks, in the order of the steps.
    """

    table: LabelTable | None
    files: ImageFolder
    notes: tuple[Problem, ...]


def read_leniently(
    settings: SourceSettings,
    manifest: Manifest,
    masks: int = 50,
    progress: Progress | None = None,
) -> LenientReading:
    """Read a source; note everything that `read_source` would refuse, and more, and go on.

    Args:
        settings: as `read_source` takes them.
        manifest: how its labels are written.
        masks: at most so many masks are opened.
        progress: called with (masks read, masks in all).
    """
    files = find_image_files(
        settings.images or settings.folder / manifest.images.folder, manifest.images.glob
    )
    tables = check_tables(settings.folder, manifest)
    if tables.manifest is None:
        return LenientReading(None, files, tables.notes)
    with check_rows(settings, tables.manifest, files) as listed:
        notes = [*tables.notes, *listed.notes]
        if listed.listed is None:
            return LenientReading(None, files, tuple(notes))
        try:
            lost = _names_patients(manifest) and not _names_patients(listed.manifest)
            table, more = _go_on(settings, listed, files, masks, progress, lost)
        except SourceError as error:
            return LenientReading(None, files, (*notes, note_error(error)))
        notes += more
        if not any(note.kind == "problem" for note in notes) and not _has_masks(manifest):
            notes += _read_strictly(settings, manifest)
        return LenientReading(table, files, tuple(notes))


def _go_on(
    settings: SourceSettings,
    listed: RowsChecked,
    files: ImageFolder,
    masks: int,
    progress: Progress | None,
    no_patients: bool,
) -> tuple[LabelTable, list[Problem]]:
    assert listed.listed is not None
    rows, manifest, notes = gather_rows(listed.listed.rows, listed.manifest)
    rows, more = merge_rows(rows)
    notes += more
    layout = manifest.table
    images = rows.facts["image"].unique(maintain_order=True)
    matched = _match(images, listed, files)
    notes += check_matches(images, matched, files, settings, _name_others(rows, manifest))
    if matched.doubt.count():
        doubt = rows.facts["image"].replace_strict(images, matched.doubt, return_dtype=pl.String)
        rows = rows.leave_out(doubt)
    facts = rows.facts.filter(rows.facts["image"].is_first_distinct())
    odd = Problems()
    split = check_split(
        facts["image"], facts["split"], facts["file"], manifest.split, settings.folder
    )
    notes += [*split.notes, *_check_subsets(rows, manifest)]
    whole = read_facts(facts, layout, odd).with_columns(
        pl.col("age").cast(pl.Float64),  # of no rows at all, polars makes a column of texts
        path=matched.path.filter(matched.doubt.is_null()),
        official_split=split.part,
    )
    notes += odd.noted
    notes += remark_on_patients(whole, manifest, told=no_patients)
    rows, stated, told = check_statements(rows, manifest, files, masks, progress)
    notes += told
    images = rows.facts["image"].unique(maintain_order=True)
    manifest, more = _check_readers(rows, manifest)
    notes += more
    verdicts = give_voices(rows, stated, manifest)
    boxes, left_out = rows.boxes, rows.left_out
    if manifest.boxes is not None:
        boxes, lost, more = check_box_table(listed.folder, manifest, images)
        notes += more
        verdicts = add_boxes(verdicts, boxes, images, manifest)
        left_out = left_out if lost is None else pl.concat([left_out, lost])
    boxes = boxes.filter(boxes["image"].is_in(images.implode())) if boxes.height else NO_BOXES
    table = LabelTable(
        source=settings.name,
        manifest=manifest,
        images=whole.filter(whole["image"].is_in(images.implode())).select(list(IMAGE_COLUMNS)),
        verdicts=verdicts,
        scope=manifest.looked_for or stated.columns,
        left_out=left_out.with_columns(source=pl.lit(settings.name)).select(list(LEFT_OUT_COLUMNS)),
        inputs=listed.listed.inputs,
        joined_rows=int(rows.count.sum()) - len(images),
        boxes=boxes,
    )
    notes += [
        *check_sides(whole),
        *check_boxes(boxes),
        *_sum_up(left_out),
    ]
    return table, notes


def _names_patients(manifest: Manifest) -> bool:
    return manifest.table is not None and manifest.table.patient is not None


def _has_masks(manifest: Manifest) -> bool:
    return isinstance(manifest.labels, MaskValues)


def _read_strictly(settings: SourceSettings, manifest: Manifest) -> list[Problem]:
    """What the strict reading has against a source in which nothing was found."""
    try:
        read_source(settings, manifest)
    except SourceError as error:
        return [note_error(error)]
    return []


def _match(images: pl.Series, listed: RowsChecked, files: ImageFolder) -> MatchedFiles:
    assert listed.listed is not None
    own = listed.listed.files
    if own is not None and len(own.path) == len(images):
        return own
    return match_image_files(images, files)


def _name_others(rows: Rows, manifest: Manifest) -> pl.Series:
    """Files that are no images of the source, and that the manifest knows of."""
    lost = rows.left_out["image"]
    masks = rows.cells if isinstance(manifest.labels, MaskValues) else pl.DataFrame()
    return pl.concat([lost, *(masks[name].alias("image") for name in masks.columns)])


def _check_subsets(rows: Rows, manifest: Manifest) -> list[Problem]:
    return [
        remark(f"the subset of {where} holds no row", "Mend its values")
        for where, count in count_subsets(rows, manifest)
        if not count
    ]


def _check_readers(rows: Rows, manifest: Manifest) -> tuple[Manifest, list[Problem]]:
    readers = rows.facts["reader"].unique().sort().to_list()
    strange = [name for name in manifest.scope.by_reader if name not in readers]
    notes = [
        problem(
            f"the reader {name!r} of scope.by_reader read nothing{name_nearest(name, readers)}",
            "Mend the name, or take it out",
        )
        for name in strange
    ]
    left = {name: of for name, of in manifest.scope.by_reader.items() if name not in strange}
    scope = manifest.scope.model_copy(update={"by_reader": left})
    return (manifest.model_copy(update={"scope": scope}) if strange else manifest), notes


_TOLD = (SET_ASIDE, "several files fit", "the one file")
"""Reasons that have a note of their own."""


def _sum_up(left_out: pl.DataFrame) -> list[Problem]:
    """A remark for each reason for which rows were left out by what the manifest says."""
    reasons = left_out.group_by("reason").agg(pl.col("rows").sum(), pl.col("image").min())
    return [
        remark(
            f"{plural(rows, 'row')} left out: {reason}",
            "Nothing, if that is meant" if reason != SAME_AGAIN else "Nothing: they count once",
            count=rows,
            example=image,
        )
        for reason, rows, image in reasons.sort("rows", descending=True).iter_rows()
        if not reason.startswith(_TOLD)
    ]
