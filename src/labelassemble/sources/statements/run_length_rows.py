"""What run-length masks mean."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Int

from labelassemble.errors import plural, shorten
from labelassemble.sources.assessments import (
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    UNKNOWN,
    Reason,
    Statements,
)
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS, Rows
from labelassemble.sources.scope import Scope

_NUMBERS = r"^-?\d{1,19}( -?\d{1,19})*$"
"""Whole numbers with a space between them."""


def gather_run_lengths(rows: Rows, labels: RunLengthRows, problems: Problems = AT_ONCE) -> Rows:
    """Bring the masks of one image and reader together, and keep the boxes around them.

    Args:
        rows: a row a region.
        labels: how masks are written.
        problems: takes text that is no pairs of numbers, and runs that leave the mask; their rows
            are left out.
    """
    texts = rows.cells[labels.column]
    masked = (texts != "") & (texts != labels.none)
    images = rows.facts["image"].filter(masked)
    corners = dict.fromkeys(("x_min", "y_min", "x_max", "y_max"), np.zeros(0))
    if len(images):
        runs, wrong = _read_runs(texts.filter(masked), images, labels, problems)
        if wrong.any():
            lost = pl.Series("lost", np.flatnonzero(masked.to_numpy())[wrong])
            at = pl.int_range(rows.facts.height, eager=True).is_in(lost.implode())
            because = pl.when(at).then(pl.lit(f"{SET_ASIDE}its run lengths"))
            return gather_run_lengths(
                rows.exclude(pl.select(because).to_series()), labels, problems
            )
        corners = _find_corners(runs, labels)
    placed = pl.DataFrame(corners)
    placed = placed.with_columns(
        image=images,
        term=pl.lit(labels.term),
        reader=rows.facts["reader"].filter(masked).replace("", None),
        frame_width=pl.lit(labels.shape[0], pl.Int64),
        frame_height=pl.lit(labels.shape[1], pl.Int64),
    )
    boxes = placed.select(list(SOURCE_BOX_COLUMNS)).unique(maintain_order=True)
    said = texts.to_frame("text").select(
        pl.when(pl.col("text") == labels.none)
        .then(pl.lit("none"))
        .when(pl.col("text") != "")
        .then(pl.lit("mask"))
        .otherwise(pl.lit(""))
    )
    gathered = gather_words(rows, said.to_series(), rows.cells)
    return replace(gathered, boxes=pl.concat([rows.boxes, boxes]))


def state_run_lengths(
    rows: Rows, labels: RunLengthRows, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of gathered masks.

    Args:
        rows: as `gather_run_lengths` gives them.
        labels: how masks are written.
        scope: the masks' finding is the scope.
        problems: takes images with a mask on one row and none on another.
    """
    del scope
    words = rows.cells["words"]
    masked = words.str.contains("mask", literal=True)
    none = words.str.contains("none", literal=True)
    aside = None
    if (both := masked & none).any():
        images = rows.facts["image"].filter(both)
        problems.note(
            f"a mask or {labels.none!r} in column {labels.column!r}, not both on one image",
            f"{plural(len(images), 'image')} with a mask on one row and {labels.none!r} on another",
            "Fix those rows",
            count=len(images),
            example=images[0],
        )
        because = pl.when(both).then(pl.lit(f"{SET_ASIDE}a mask and none"))
        aside = pl.select(because).to_series()
    state = np.select([masked.to_numpy(), none.to_numpy()], [POSITIVE, NEGATIVE], UNKNOWN)
    reason = np.select([masked.to_numpy(), none.to_numpy()], [1, 2], 0)
    return Statements(
        columns=(labels.term,),
        state=state.astype(np.uint8)[:, None],
        reason=reason.astype(np.uint16)[:, None],
        reasons=(NO_REASON, Reason("mask"), Reason(f"{labels.none!r}, in scope")),
        aside=aside,
    )


class _Runs(NamedTuple):
    """The runs of several texts, one below the other.

    Attributes:
        first: first pixel of each run, counted from 0.
        last: its last pixel.
        begins: place of each text's first run.
    """

    first: Int[np.ndarray, " runs"]
    last: Int[np.ndarray, " runs"]
    begins: Int[np.ndarray, " texts"]


def _read_runs(
    texts: pl.Series, images: pl.Series, labels: RunLengthRows, problems: Problems
) -> tuple[_Runs, Bool[np.ndarray, " texts"]]:
    """Read the runs of all texts at once: they hold millions of numbers.

    Returns:
        The runs, and which texts cannot be read: where some cannot, the runs mean nothing.
    """
    even = texts.str.strip_chars()
    if even.str.contains(r"\s\s|[^\S ]").any():
        even = even.str.replace_all(r"\s+", " ")
    counts = even.str.count_matches(" ", literal=True).cast(pl.Int64).to_numpy() + 1
    odd = ~(even.str.contains(_NUMBERS).to_numpy() & (counts % 2 == 0))
    if odd.any():
        problems.note(
            f"pairs of start and length in column {labels.column!r}",
            f"{plural(int(odd.sum()), 'row')} of column {labels.column!r} that are no such pairs",
            f"Fix those rows, or say in labels.none what stands for no finding ({labels.none!r})",
            count=int(odd.sum()),
            example=_show(texts, images, odd),
        )
        even, counts = even.filter(pl.Series(~odd)), counts[~odd]
    numbers = np.fromstring(" ".join(even), dtype=np.int64, sep=" ")
    start, length = numbers[::2], numbers[1::2]
    runs = counts // 2
    begins = np.concatenate([[0], np.cumsum(runs)[:-1]]).astype(np.int64)
    pixels = labels.shape[0] * labels.shape[1]
    # Before any sum, which could overflow.
    wrong = (length < 1) | (start < 0) | (np.maximum(start, length) > pixels)
    if labels.relative and not wrong.any():
        # Counted from the end of the run before, within the row.
        summed = np.cumsum(start + length)
        before = (summed - start - length)[begins]
        start = summed - length - np.repeat(before, runs)
    start = start - labels.first
    wrong |= (start < 0) | (start > pixels - length)
    if wrong.any():
        leaving = np.zeros(len(texts), dtype=bool)
        leaving[~odd] = np.bincount(np.repeat(np.arange(len(runs)), runs), wrong) > 0
        problems.note(
            f"runs within {labels.shape[0]} x {labels.shape[1]} pixels in column {labels.column!r}",
            f"{plural(int(leaving.sum()), 'row')} of column {labels.column!r} whose runs leave "
            f"{labels.shape[0]} x {labels.shape[1]} pixels",
            "Check labels.shape, labels.relative and labels.first in the manifest",
            count=int(leaving.sum()),
            example=_show(texts, images, leaving),
        )
        odd = odd | leaving
    return _Runs(start, start + length - 1, begins), odd


def _show(texts: pl.Series, images: pl.Series, which: np.ndarray) -> str:
    place = int(np.argmax(which))
    return f"{shorten(texts[place], 43)!r}, on {images[place]}"


def _find_corners(runs: _Runs, labels: RunLengthRows) -> dict[str, np.ndarray]:
    """The boxes around the runs of each text: left, top, right, bottom."""
    line = labels.shape[1] if labels.by == "column" else labels.shape[0]
    # Lines are columns or rows; a run over several lines touches both of their ends.
    several = runs.first // line != runs.last // line
    low = np.where(several, 0, runs.first % line)
    high = np.where(several, line - 1, runs.last % line)
    along = (
        np.minimum.reduceat(low, runs.begins),
        np.maximum.reduceat(high, runs.begins) + 1,
    )
    across = (
        np.minimum.reduceat(runs.first // line, runs.begins),
        np.maximum.reduceat(runs.last // line, runs.begins) + 1,
    )
    x, y = (across, along) if labels.by == "column" else (along, across)
    corners = {"x_min": x[0], "y_min": y[0], "x_max": x[1], "y_max": y[1]}
    return {name: values.astype(np.float64) for name, values in corners.items()}
