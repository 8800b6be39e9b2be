"""Everything that all sources said about the table's images, in one matrix."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from labelassemble.assembly.readings_matrix import Readings
from labelassemble.sources.assessments import NO_REASON, Reason
from labelassemble.vocabulary.class_table import ClassTable


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
