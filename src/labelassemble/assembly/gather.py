"""Everything that all sources said about the table's images, in one matrix."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Int

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
    beyond = int(images["record"].to_numpy().max(initial=-1)) + 1
    return Gatherer(tables, images, classes).gather(0, beyond)


class Gatherer:
    """Gives what all sources said about some records: of millions, a part at a time."""

    def __init__(
        self, tables: Sequence[ClassTable], images: pl.DataFrame, classes: Sequence[str]
    ) -> None:
        """Find the readings of each record; arguments as ``gather_assessments`` takes them."""
        reasons: dict[Reason, int] = {NO_REASON: 0}
        self._parts = [_Part(table, images, classes, reasons) for table in tables]
        self._reasons, self._classes = tuple(reasons), len(classes)

    def gather(self, first: int, beyond: int) -> Readings:
        """Give the readings of the records from ``first`` on that stand before ``beyond``."""
        chosen = [part.choose(first, beyond) for part in self._parts]
        rows = sum(map(len, chosen))
        state = np.zeros((rows, self._classes), dtype=np.uint8)
        reason = np.zeros((rows, self._classes), dtype=np.uint16)
        evidence = np.zeros(rows, dtype=np.uint8)
        numbers = np.zeros((rows, 3), dtype=np.int64)
        start = 0
        for order, (part, at) in enumerate(zip(self._parts, chosen, strict=True)):
            here = slice(start, start + len(at))
            start = here.stop
            said, reading = part.said, part.reading[at]
            for place, column in part.columns:
                state[here, place] = said.state[reading, column]
                reason[here, place] = part.reasons[said.reason[reading, column]]
            evidence[here] = part.evidence[reading]
            numbers[here] = np.stack(
                [part.record[at], np.full(len(at), order), part.number[at]], axis=1
            )
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
            reasons=self._reasons,
            rules=("",),
            share=None,
        )


class _Part:
    """Readings of one source on images that records hold, and which these are."""

    def __init__(
        self,
        table: ClassTable,
        images: pl.DataFrame,
        classes: Sequence[str],
        reasons: dict[Reason, int],
    ) -> None:
        self.said = said = table.assessments
        self.columns = [
            (place, said.columns.index(name))
            for place, name in enumerate(classes)
            if name in said.columns
        ]
        self.reasons = np.array([reasons.setdefault(r, len(reasons)) for r in said.reasons])
        self.evidence = said.evidence.to_physical().to_numpy()
        own = images.filter(pl.col("source") == table.source).select("image", "number", "record")
        held = table.images.select("image").join(own, on="image", how="left", maintain_order="left")
        number, record = (
            held[name].fill_null(-1).cast(pl.Int32).to_numpy()[said.image]
            for name in ("number", "record")
        )
        self.reading = np.flatnonzero(number >= 0).astype(np.int32)
        self.number, self.record = number[self.reading], record[self.reading]

    def choose(self, first: int, beyond: int) -> Int[np.ndarray, " rows"]:
        """Give the places of the readings of some records."""
        return np.flatnonzero((self.record >= first) & (self.record < beyond))
