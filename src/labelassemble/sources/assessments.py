"""Assessments of one source as a matrix: a row a reading, a column a term (later: a class)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Int, UInt8, UInt16

from labelassemble.setting_types import EVIDENCE as EVIDENCE
from labelassemble.setting_types import Evidence as Evidence

UNKNOWN, NEGATIVE, UNCERTAIN, POSITIVE = range(4)
STATES = ("unknown", "negative", "uncertain", "positive")
"""What a cell of the matrix means. Among several terms of one class the largest number wins."""

ASSESSMENT_COLUMNS = {
    "image": pl.String,
    "term": pl.String,
    "assessment": pl.String,
    "reader": pl.String,
    "evidence": pl.String,
    "reason": pl.String,
}
"""What `Assessments.frame` gives: one row a statement, no row where nobody looked."""


class Reason(NamedTuple):
    """Why a cell says what it says.

    Attributes:
        text: which column and which rule.
        implied: whether it follows from an assessment on another class.
        silence: whether it is a negative only because the term was not listed: a listed narrower
            term says more.
    """

    text: str
    implied: bool = False
    silence: bool = False


NO_REASON = Reason("")
"""The first of all reasons: the one of unknown cells."""


class Statements(NamedTuple):
    """What rows of a source say, before it is known which rows are one image.

    Attributes:
        columns: terms.
        state: index into ``STATES``.
        reason: index into ``reasons``; 0 where unknown.
        reasons: every reason once, ``NO_REASON`` first.
        aside: why a row is to be left out, as it contradicts itself or cannot be read, null where
            it stays; none: all rows stay.
    """

    columns: tuple[str, ...]
    state: UInt8[np.ndarray, "rows columns"]
    reason: UInt16[np.ndarray, "rows columns"]
    reasons: tuple[Reason, ...]
    aside: pl.Series | None = None


@dataclass(frozen=True)
class Assessments:
    """Everything that a source said.

    A reading is one reader on one image; a source with one reading an image has as many rows as
    images. A matrix of bytes rather than a row a statement: PadChest alone is 28 million cells.
    """

    columns: tuple[str, ...]
    """Terms in the source's own words; classes once harmonised."""
    image: Int[np.ndarray, " readings"]
    """Row of the image in the table's ``images``, never falling."""
    state: UInt8[np.ndarray, "readings columns"]
    """Index into ``STATES``: 0 where nobody looked."""
    reason: UInt16[np.ndarray, "readings columns"]
    """Index into ``reasons``; 0 where unknown."""
    reasons: tuple[Reason, ...]
    """Every reason once, ``NO_REASON`` first."""
    reader: pl.Series
    """Name of the reader, null where the source has one reading."""
    evidence: pl.Series
    """One of ``EVIDENCE``."""

    @property
    def readings(self) -> int:
        """How many rows there are."""
        return len(self.image)

    def column(self, name: str) -> UInt8[np.ndarray, " readings"]:
        """States of one column; all unknown where there is no such column."""
        if name not in self.columns:
            return np.full(self.readings, UNKNOWN, dtype=np.uint8)
        return self.state[:, self.columns.index(name)]

    def keep(self, kept: Bool[np.ndarray, " images"]) -> "Assessments":
        """Take out the readings on images that are not kept, and number the others anew."""
        stays = kept[self.image]
        number = np.cumsum(kept) - 1
        return replace(
            self,
            image=number[self.image[stays]],
            state=self.state[stays],
            reason=self.reason[stays],
            reader=self.reader.filter(pl.Series(stays)),
            evidence=self.evidence.filter(pl.Series(stays)),
        )

    def frame(self, images: pl.Series, column: str = "term") -> pl.DataFrame:
        """Give the assessments as a table, sorted by reading, then by column.

        Args:
            images: names of the images, in the order of the table.
            column: what to call the matrix's columns: ``term`` or ``class``.
        """
        reading, place = np.nonzero(self.state)
        texts = pl.Series([reason.text for reason in self.reasons], dtype=pl.String)
        return pl.DataFrame(
            {
                "image": images.gather(self.image[reading]),
                column: pl.Series(self.columns, dtype=pl.String).gather(place),
                "assessment": pl.Series(STATES).gather(self.state[reading, place]),
                "reader": self.reader.cast(pl.String).gather(reading),
                "evidence": self.evidence.cast(pl.String).gather(reading),
                "reason": texts.gather(self.reason[reading, place]),
            },
            schema={
                column if name == "term" else name: of for name, of in ASSESSMENT_COLUMNS.items()
            },
        )


def say_nothing(rows: int) -> Statements:
    """Make statements without a column: nobody looked, so nothing is negative."""
    return Statements(
        (), np.zeros((rows, 0), dtype=np.uint8), np.zeros((rows, 0), dtype=np.uint16), (NO_REASON,)
    )


def pick_rows(statements: Statements, rows: Int[np.ndarray, " picked"]) -> Statements:
    """Take rows, in this order, some perhaps several times."""
    return statements._replace(state=statements.state[rows], reason=statements.reason[rows])
