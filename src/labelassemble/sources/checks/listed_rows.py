"""A source's rows, whatever is wrong with some of them: listed, gathered, one an image."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.settings import SourceSettings
from labelassemble.sources.checks.odd_rows import copy_sound_rows
from labelassemble.sources.checks.tables import check_tables
from labelassemble.sources.encodings.box_rows import BoxRows
from labelassemble.sources.encodings.finding_rows import FindingRows
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.registry import GATHER
from labelassemble.sources.encodings.run_length_rows import RunLengthRows, decode_run_lengths
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.image_files import ImageFolder
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.patients import find_patients
from labelassemble.sources.problems import SET_ASIDE, Problem, note_error, plural, problem
from labelassemble.sources.read import Listed, list_rows
from labelassemble.sources.repeated_rows import merge_repeated
from labelassemble.sources.rows import Rows


class RowsChecked(NamedTuple):
    """Rows, how they came to be read, and what was wrong with others.

    Attributes:
        listed: none: no row could be read.
        manifest: without what could not be read.
        folder: where sound copies of the tables lie; the source's folder if all are sound.
        notes: a problem for each thing that was wrong.
    """

    listed: Listed | None
    manifest: Manifest
    folder: Path
    notes: tuple[Problem, ...]


@contextmanager
def check_rows(
    settings: SourceSettings, manifest: Manifest, files: ImageFolder
) -> Iterator[RowsChecked]:
    """Read a source's rows; note those that cannot be read, and go on without them.

    Sound copies of its tables stand in a temporary folder as long as the context lasts.

    Args:
        settings: name and folders of the source.
        manifest: its tables and columns are there.
        files: the image files there are.
    """
    with TemporaryDirectory(prefix="labelassemble-check-") as place:
        yield _check(settings, manifest, files, Path(place))


def _check(
    settings: SourceSettings, manifest: Manifest, files: ImageFolder, place: Path
) -> RowsChecked:
    notes: list[Problem] = []
    pattern, folder = None, settings.folder
    if manifest.table is not None:
        pattern = manifest.table.patient_pattern
        manifest = _change(manifest, patient_pattern=None)
    if isinstance(manifest.labels, FolderNames):
        files, told = _keep_matching(files, manifest.labels)
        notes += told
    listed = None
    for _ in range(4):
        try:
            listed = list_rows(settings, manifest, files)
            break
        except SourceError as error:
            if settings.folder != place and manifest.table is not None:
                told = copy_sound_rows(settings.folder, manifest, place)
                if told:
                    notes += told
                    settings = settings.model_copy(update={"folder": place})
                    continue
            note = note_error(error)
            # The copies are nothing that the user knows.
            notes.append(replace(note, what=note.what.replace(str(place), str(folder))))
            weaker = _weaken(settings.folder, manifest)
            if weaker is None:
                break
            manifest = weaker
    if listed is not None and pattern is not None and manifest.table is not None:
        column = "patient" if manifest.table.patient else "image"
        facts, told = _find_patients(listed.rows.facts, pattern, column)
        listed = listed._replace(rows=replace(listed.rows, facts=facts))
        notes += told
    return RowsChecked(listed, manifest, settings.folder, tuple(notes))


def gather_rows(rows: Rows, manifest: Manifest) -> tuple[Rows, Manifest, list[Problem]]:
    """Bring several rows of one image together; note the rows whose numbers cannot be read."""
    labels = manifest.labels
    gather = GATHER.get(type(labels))
    if gather is None:
        return rows, manifest, []
    try:
        return gather(rows, labels), manifest, []
    except SourceError as error:
        first = error
    reason, notes = None, list[Problem]()
    if isinstance(labels, BoxRows):
        reason, notes = _find_odd_boxes(rows, labels)
    if isinstance(labels, RunLengthRows):
        reason, notes = _find_odd_runs(rows, labels)
    if reason is not None and notes:
        rows = rows.leave_out(reason)
        try:
            return gather(rows, labels), manifest, notes
        except SourceError as error:
            first = error
    notes.append(note_error(first))
    if isinstance(labels, BoxRows) and labels.column is not None:
        plain = FindingRows(encoding="finding_rows", column=labels.column)
        rows = GATHER[FindingRows](rows, plain)
        return rows, manifest.model_copy(update={"labels": plain}), notes
    return rows, manifest.model_copy(update={"labels": Unlabelled()}), notes


def merge_rows(rows: Rows) -> tuple[Rows, list[Problem]]:
    """Keep one row an image and reader; note the images whose rows contradict each other."""
    notes: list[Problem] = []
    for key in (["image", "reader"], ["image"]):
        try:
            return merge_repeated(rows), notes
        except SourceError as error:
            notes.append(note_error(error))
        rows = _keep_first(rows, key)
    return merge_repeated(rows), notes


def _keep_first(rows: Rows, key: list[str]) -> Rows:
    """Take out rows that differ from the first of their image."""
    if key == ["image"]:
        # Readers who differ in what the image is: what the first says of it stands for all.
        shared = [name for name in rows.facts.columns if name not in ("image", "reader")]
        facts = rows.facts.with_columns(pl.col(shared).first().over("image"))
        return replace(rows, facts=facts)
    beside = pl.concat([rows.cells, rows.marks], how="horizontal")
    beside.columns = [f"cell {place}" for place in range(beside.width)]
    whole = pl.concat([rows.facts, beside], how="horizontal")
    same = whole.select(
        pl.all_horizontal(pl.all().exclude(key) == pl.all().exclude(key).first().over(key))
    ).to_series()
    reason = pl.select(
        pl.when(~same).then(pl.lit(f"{SET_ASIDE}it contradicts another row"))
    ).to_series()
    return rows.leave_out(reason)


def _keep_matching(files: ImageFolder, labels: FolderNames) -> tuple[ImageFolder, list[Problem]]:
    patterns = [re.compile(pattern) for pattern in labels.patterns]
    fits = [any(one.fullmatch(name) for one in patterns) for name in files.names]
    strange = files.names.filter(~pl.Series("fits", fits, dtype=pl.Boolean))
    if not len(strange):
        return files, []
    note = problem(
        f"{plural(len(strange), 'image file')} of {len(files.names):,} that no pattern of "
        "labels.patterns matches",
        "Add a pattern, or narrow images.glob",
        count=len(strange),
        example=some(strange, 2),
    )
    return replace(files, names=files.names.filter(pl.Series("fits", fits))), [note]


def _find_patients(
    facts: pl.DataFrame, pattern: str, column: str
) -> tuple[pl.DataFrame, list[Problem]]:
    try:
        return find_patients(facts, pattern, column), []
    except SourceError as error:
        notes = [note_error(error)]
    expression = re.compile(pattern)
    matches = [expression.search(text) for text in facts[column]]
    found = [match["patient"] or "" if match else "" for match in matches]
    return facts.with_columns(patient=pl.Series(found, dtype=pl.String)), notes


def _weaken(folder: Path, manifest: Manifest) -> Manifest | None:
    """A manifest that asks less of its tables; none: it asks nothing that could be left away."""
    if manifest.table is None:
        return None
    if manifest.table.keep:
        return _change(manifest, keep={})
    if manifest.table.join:
        return check_tables(folder, _change(manifest, join=())).manifest
    return None


def _change(manifest: Manifest, **update: Any) -> Manifest:
    assert manifest.table is not None
    return manifest.model_copy(update={"table": manifest.table.model_copy(update=update)})


def _find_odd_boxes(rows: Rows, labels: BoxRows) -> tuple[pl.Series, list[Problem]]:
    cells = rows.cells.select(
        pl.col(name).alias(f"c{place}") for place, name in enumerate(labels.box)
    )
    filled = cells.select(pl.sum_horizontal(pl.all() != "")).to_series()
    numbers = cells.select(pl.all().cast(pl.Float64, strict=False))
    sound = numbers.select(pl.all_horizontal(pl.all().is_finite().fill_null(False))).to_series()
    a, b, c, d = (numbers[f"c{place}"] for place in range(4))
    area = ((c > a) & (d > b)) if labels.format == "corners" else ((c > 0) & (d > 0))
    kinds = {
        "with a part of a box's numbers": (filled > 0) & (filled < 4),
        "with text in a box's numbers": (filled == 4) & ~sound,
        f"whose box, read as {labels.format}, has no area": (filled == 4) & sound & ~area,
    }
    return _tell_odd(rows, kinds, "Mend those rows, or labels.box and labels.format")


def _find_odd_runs(rows: Rows, labels: RunLengthRows) -> tuple[pl.Series, list[Problem]]:
    odd, said = [], dict[str, int]()
    for number, text in enumerate(rows.cells[labels.column]):
        odd.append(False)
        if text not in ("", labels.none):
            try:
                decode_run_lengths(text, labels)
            except SourceError as error:
                odd[-1] = True
                said.setdefault(f"expected {error.expected}", number)
    kinds = {
        f"whose run lengths cannot be read ({'; '.join(said)})": pl.Series(odd, dtype=pl.Boolean)
    }
    return _tell_odd(
        rows, kinds, "Check labels.shape, labels.relative, labels.first and labels.none"
    )


def _tell_odd(rows: Rows, kinds: dict[str, pl.Series], do: str) -> tuple[pl.Series, list[Problem]]:
    images = rows.facts["image"]
    reason = pl.Series("reason", [None] * len(images), dtype=pl.String)
    notes = []
    for kind, odd in kinds.items():
        odd = odd.fill_null(False)
        if odd.any():
            here = images.filter(odd)
            notes.append(
                problem(f"{plural(len(here), 'row')} {kind}", do, len(here), some(here.head(2)))
            )
            reason = pl.select(
                pl.coalesce(reason, pl.when(odd).then(pl.lit(SET_ASIDE + kind)))
            ).to_series()
    return reason, notes
