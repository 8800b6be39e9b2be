"""What a source's labels say, as far as they can be understood."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.checks.values import check_values
from labelassemble.sources.checks.words import check_words
from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.encodings.mask_values import MaskValues, state_masks
from labelassemble.sources.encodings.registry import STATE
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.image_files import ImageFolder
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import SET_ASIDE, Problem, note_error, plural, problem, remark
from labelassemble.sources.rows import Rows
from labelassemble.sources.verdicts import Statements, say_nothing


class StatementsChecked(NamedTuple):
    """Statements, and the rows that make them.

    Attributes:
        rows: without those that cannot be understood.
        stated: row by row beside them.
        notes: what cannot be understood.
    """

    rows: Rows
    stated: Statements
    notes: tuple[Problem, ...]


def check_statements(
    rows: Rows,
    manifest: Manifest,
    files: ImageFolder,
    masks: int,
    progress: Callable[[int, int], None] | None = None,
) -> StatementsChecked:
    """Make statements of rows; note what cannot be understood, and go on without it.

    Args:
        rows: one row an image and reader, sorted.
        manifest: how labels are written.
        files: the image files, for masks beside them.
        masks: at most so many masks are opened, evenly spaced.
        progress: called with (masks read, masks in all).
    """
    labels, scope = manifest.labels, manifest.scope
    notes: tuple[Problem, ...] = ()
    if isinstance(labels, MaskValues):
        return _open_masks(rows, manifest, labels, files, masks, progress)
    if isinstance(labels, FindingColumns):
        rows, labels, notes = check_values(rows, labels, scope)
    elif isinstance(labels, RunLengthRows):
        rows, notes = _leave_both(rows, labels)
    elif rows.cells.width and not isinstance(labels, Unlabelled) and _speaks(labels):
        rows, scope, notes = check_words(rows, manifest)
    try:
        return StatementsChecked(rows, STATE[type(labels)](rows, labels, scope), notes)
    except SourceError as error:
        return StatementsChecked(rows, say_nothing(rows.facts.height), (*notes, note_error(error)))


def _speaks(labels: object) -> bool:
    """Whether the labels are words: all but boxes of one term."""
    return getattr(labels, "term", None) is None


def _leave_both(rows: Rows, labels: RunLengthRows) -> tuple[Rows, tuple[Problem, ...]]:
    words = rows.cells["words"]
    both = words.str.contains("mask", literal=True) & words.str.contains("none", literal=True)
    if not both.any():
        return rows, ()
    here = rows.facts["image"].filter(both)
    note = problem(
        f"{plural(len(here), 'image')} with a mask on one row and {labels.none!r} on another",
        "Mend those rows",
        count=len(here),
        example=here[0],
    )
    reason = pl.select(pl.when(both).then(pl.lit(f"{SET_ASIDE}a mask and none"))).to_series()
    return rows.leave_out(reason), (note,)


def _open_masks(
    rows: Rows,
    manifest: Manifest,
    labels: MaskValues,
    files: ImageFolder,
    masks: int,
    progress: Callable[[int, int], None] | None,
) -> StatementsChecked:
    count = rows.facts.height
    notes: list[Problem] = []
    if count > masks:
        at = set(np.linspace(0, count - 1, masks).round().astype(int).tolist())
        skipped = pl.Series(
            [None if row in at else f"{SET_ASIDE}its mask was not opened" for row in range(count)]
        )
        rows = rows.leave_out(skipped.cast(pl.String))
        notes.append(
            remark(
                f"masks of {masks:,} of {count:,} images were opened",
                "What the others hold is not checked; raise the number to open more",
                count=masks,
            )
        )
    try:
        stated, _ = state_masks(rows, labels, manifest.scope, files.folder, progress)
        return StatementsChecked(rows, stated, tuple(notes))
    except SourceError as error:
        last = error
    found: list[Statements] = []
    reason: list[str | None] = []
    errors: dict[str, list[tuple[str, SourceError]]] = {}
    for number, image in enumerate(rows.facts["image"]):
        one = pl.Series([row == number for row in range(rows.facts.height)])
        alone = rows.leave_out(pl.select(pl.when(~one).then(pl.lit("other"))).to_series())
        try:
            found.append(state_masks(alone, labels, manifest.scope, files.folder)[0])
            reason.append(None)
        except SourceError as error:
            errors.setdefault(error.do, []).append((image, error))
            reason.append(f"{SET_ASIDE}its mask")
    if not found:
        notes.append(note_error(last))
    else:
        for do, those in errors.items():
            first = those[0][1]
            names = some((image for image, _ in those), 3)
            what = f"{plural(len(those), 'image')} with a mask that is not {first.expected}"
            notes.append(problem(f"{what} ({names})", do, len(those), first.got))
    rows = rows.leave_out(pl.Series("reason", reason, dtype=pl.String))
    if not found:
        return StatementsChecked(rows, say_nothing(rows.facts.height), tuple(notes))
    stated = found[0]._replace(
        state=np.concatenate([one.state for one in found]),
        reason=np.concatenate([one.reason for one in found]),
    )
    return StatementsChecked(rows, stated, tuple(notes))
