"""Everything that all sources said about the table's images, in one matrix."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int, UInt8, UInt16

from labelassemble.sources.assessments import EVIDENCE, NO_REASON, Reason
from labelassemble.vocabulary.harmonise import ClassTable


class Readings(NamedTuple):
    """What was said, a row a reading (or, once readers are settled, an image).

    Rows are sorted by image, then by source, then by image.

    Attributes:
        image: number of the image, from 0.
        image: number of the image, from 0.
        source: place of the source in the recipe.
        state: index into ``sources.assessments.STATES``.
        reason: index into ``reasons``.
        evidence: index into ``EVIDENCE`` of whoever decided the cell.
        rule: index into ``rules``: what settled the cell so far; 0 where nothing had to be settled.
        reasons: every reason once.
        rules: every rule once, ``""`` first.
        share: of the readers who were sure, how many said positive; NaN where that does not count.
    """

    record: Int[np.ndarray, " rows"]
    image: Int[np.ndarray, " rows"]
    source: Int[np.ndarray, " rows"]
    state: UInt8[np.ndarray, "rows classes"]
    reason: UInt16[np.ndarray, "rows classes"]
    evidence: UInt8[np.ndarray, "rows classes"]
    rule: UInt16[np.ndarray, "rows classes"]
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]
    share: np.ndarray | None


def gather_assessments(
    tables: Sequence[ClassTable], images: pl.DataFrame, classes: Sequence[str]
) -> Readings:
    """Put the assessments of all sources below each other, in the order of images.

    Args:
        tables: one a source, in recipe order.
        images: columns source, image, number (of the image, from 0), record (number of the
            record, from 0): the images that records hold.
        classes: columns of the matrix, in this order.
    """
    parts = [_Part(table, images) for table in tables]
    rows = sum(len(part.reading) for part in parts)
    state = np.zeros((rows, len(classes)), dtype=np.uint8)
    reason = np.zeros((rows, len(classes)), dtype=np.uint16)
    evidence = np.zeros(rows, dtype=np.uint8)
    numbers = np.zeros((rows, 3), dtype=np.int64)
    reasons: dict[Reason, int] = {NO_REASON: 0}
    start = 0
    for order, (table, part) in enumerate(zip(tables, parts, strict=True)):
        said, reading = table.assessments, part.reading
        here = slice(start, start + len(reading))
        start = here.stop
        known = np.array([reasons.setdefault(r, len(reasons)) for r in said.reasons], np.uint16)
        for place, name in enumerate(classes):
            if name in said.columns:
                column = said.columns.index(name)
                state[here, place] = said.state[reading, column]
                reason[here, place] = known[said.reason[reading, column]]
        evidence[here] = said.evidence.to_physical().to_numpy()[reading]
        numbers[here] = np.stack([part.record, np.full(len(reading), order), part.number], axis=1)
    order_of_rows = np.lexsort(numbers.T[::-1])
    if not (order_of_rows == np.arange(rows)).all():
        numbers, evidence = numbers[order_of_rows], evidence[order_of_rows]
        state, reason = state[order_of_rows], reason[order_of_rows]
    return Readings(
        record=numbers[:, 0],
        image=numbers[:, 2],
        source=numbers[:, 1],
        state=state,
        reason=reason,
        evidence=np.broadcast_to(evidence[:, None], state.shape),
        rule=np.broadcast_to(np.uint16(0), state.shape),
        reasons=tuple(reasons),
        rules=("",),
        share=None,
    )


class _Part:
    """Readings of one source on images that records hold, and which these are."""

    def __init__(self, table: ClassTable, images: pl.DataFrame) -> None:
        own = images.filter(pl.col("source") == table.source).select("image", "number", "record")
        held = table.images.select("image").join(own, on="image", how="left", maintain_order="left")
        number = held["number"].fill_null(-1).to_numpy()[table.assessments.image]
        record = held["record"].fill_null(-1).to_numpy()[table.assessments.image]
        self.reading = np.flatnonzero(number >= 0)
        self.number, self.record = number[self.reading], record[self.reading]


def rank_evidence(names: Sequence[str]) -> Int[np.ndarray, " kinds"]:
    """Give each of ``EVIDENCE`` its rank among ``names``, the strongest first; the rest is last."""
    return np.array([names.index(one) if one in names else len(names) for one in EVIDENCE])
