"""What rows say, and which of them are left out."""

import numpy as np
import polars as pl

from labelassemble.sources.assessments import Statements, pick_rows, say_nothing
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_legend import NO_MASKS
from labelassemble.sources.problems import SET_ASIDE, Problems
from labelassemble.sources.read_progress import ReadProgress
from labelassemble.sources.rows import Rows
from labelassemble.sources.statements.registry import STATE
from labelassemble.sources.statements.state_masks import state_masks


def state_rows(
    rows: Rows,
    manifest: Manifest,
    files: ImageFolder,
    problems: Problems,
    masks: int | None,
    progress: ReadProgress | None,
) -> tuple[Rows, Statements, tuple[InputFile, ...], pl.DataFrame]:
    """Make statements of rows; those that contradict themselves or cannot be read are left out.

    Args:
        rows: of a source, gathered.
        manifest: how it is written.
        files: its image files; masks lie below their folder.
        problems: takes what is wrong.
        masks: at most so many masks are opened, evenly spaced; none: all.
        progress: called with (masks read, masks in all).

    Returns:
        The rows that are left, what they say, the files that were opened for it, and what these
        draw (``SOURCE_MASK_COLUMNS``).
    """
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
