"""The settled assessments as cells: a row an image and class, with its label and where it is
from."""

from copy import copy
from functools import partial

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from labelassemble.assembly.decisions import Decisions
from labelassemble.assembly.long_frame import LongFrame
from labelassemble.assembly.readings_matrix import Readings
from labelassemble.assembly.strata import StratumCells
from labelassemble.setting_types import EVERY_EVIDENCE, EVIDENCE
from labelassemble.settings import AssemblySettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, STATES, UNCERTAIN

BEYOND = np.iinfo(np.int32).max

_AT_ONCE = 1_000_000
"""Cells whose labels are put into a matrix at a time."""


class Cells:
    """Every known cell, in the order of images, then of classes.

    Attributes:
        image, place: numbers of the image and of the class.
        state: index into ``STATES``.
        label: after all policies; NaN where unknown.
    """

    def __init__(
        self,
        said: Readings,
        decisions: Decisions,
        classes: tuple[str, ...],
        sources: tuple[str, ...],
        settings: AssemblySettings,
    ) -> None:
        self.classes, self.sources, self.settings = classes, sources, settings
        row, self.place = _find_cells(said)
        self.record = said.record[row].astype(np.int32)
        self.state = said.state[row, self.place]
        self.evidence = said.evidence[row, self.place]
        self._source = _Texts(sources, said.source[row].astype(np.uint16))
        self._reason = _Texts(
            tuple(reason.text for reason in said.reasons), said.reason[row, self.place]
        )
        self._rule = _Texts(said.rules, said.rule[row, self.place])
        self.label = np.full(len(row), np.nan, dtype=np.float32)
        if said.share is not None:
            self.label = said.share[row, self.place].copy()
        self._closed = ~np.isnan(self.label)
        self._overrule(decisions.cells)
        self._apply_policies()
        del self._closed

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.record)

    def _overrule(self, decided: pl.DataFrame) -> None:
        """Put in what several images came to."""
        if decided.is_empty():
            return
        at = self._find(decided["record"].to_numpy(), decided["class"].to_numpy())
        states = decided["state"].to_physical().cast(pl.Int64).to_numpy() + 1
        self.state[at] = states
        self.evidence[at] = decided["evidence"].to_numpy()
        self._source.put(at, decided["source"])
        self._reason.put(at, decided["reason"])
        self._rule.put(at, decided["rule"].fill_null(""))
        self.label[at] = decided["label"].fill_null(np.nan).to_numpy()
        self._closed[at] = (decided["closed"] | decided["label"].is_not_null()).to_numpy()

    def _find(
        self, record: Int[np.ndarray, " sought"], place: Int[np.ndarray, " sought"]
    ) -> Int[np.ndarray, " sought"]:
        """Find cells that there are: first those of the image, then that of the class."""
        at = np.searchsorted(self.record, record.astype(self.record.dtype))
        while (before := self.place[at] < place).any():
            at = at + before
        return at

    def _apply_policies(self) -> None:
        """Labels of definite cells, and of uncertain ones by the policy of their class."""
        settings = self.settings
        self.label[self.state == POSITIVE] = 1.0
        self.label[self.state == NEGATIVE] = 0.0
        labels = {"positive": 1.0, "negative": 0.0, "soft": settings.uncertain_soft}
        policies = [settings.uncertain_by_class.get(c, settings.uncertain) for c in self.classes]
        open_cells = np.flatnonzero((self.state == UNCERTAIN) & ~self._closed)
        for place, policy in enumerate(policies):
            own = open_cells[self.place[open_cells] == place]
            self.label[own] = labels.get(policy, np.nan)
            self._rule.append(own, f"uncertain, {policy}")

    def frame(self, names: pl.Series, start: int = 0, length: int | None = None) -> pl.DataFrame:
        """Give ``CELL_COLUMNS``; texts that repeat are Enums, of all cells' texts.

        Args:
            names: names of the images, by their numbers.
            start: the first cell.
            length: how many; None: all from there on.
        """
        here = slice(start, None if length is None else start + length)
        return pl.DataFrame(
            {
                "record": names.gather(self.record[here]),
                "class": pl.Series(self.classes, dtype=pl.String).gather(self.place[here]),
                "state": pl.Series(STATES).gather(self.state[here]),
                "label": pl.Series(self.label[here]).fill_nan(None),
                "source": pl.Series(self._source.texts, dtype=pl.String).gather(
                    self._source.number[here]
                ),
                "evidence": _as_enum(self._name_evidence(), self.evidence[here]),
                "reason": self._reason.series(here),
                "policy": self._rule.series(here, blank_is_null=True),
            }
        )

    def in_parts(self, names: pl.Series) -> LongFrame:
        """Give ``frame`` a part at a time."""
        return LongFrame(len(self), partial(self.frame, names))

    def _name_evidence(self) -> tuple[str, ...]:
        """Kinds of evidence; the last one is named only where somebody reviewed a label."""
        reviewed = (self.evidence >= len(EVIDENCE)).any()
        return EVERY_EVIDENCE if reviewed else EVIDENCE

    def matrix(self, records: int) -> Float[np.ndarray, "images classes"]:
        """Labels as a matrix: ``AssembledTable.label_matrix``."""
        matrix = np.full((records, len(self.classes)), np.nan, dtype=np.float32)
        for start in range(0, len(self), _AT_ONCE):
            here = slice(start, start + _AT_ONCE)
            matrix[self.record[here], self.place[here]] = self.label[here]
        return matrix

    def known(self) -> StratumCells:
        """Give what the split asks: labels, and who stands behind each."""
        return StratumCells(
            record=self.record,
            place=self.place,
            label=self.label,
            speaker=self._source.number,
            classes=len(self.classes),
            speakers=len(self._source.texts),
        )


class _Texts:
    """A column of few different texts, as numbers."""

    def __init__(self, texts: tuple[str, ...], number: np.ndarray) -> None:
        self.texts = list(texts)
        self.number = number
        self._place = {text: place for place, text in enumerate(texts)}
        self._order: tuple[tuple[str, ...], np.ndarray] | None = None

    def put(self, at: Int[np.ndarray, " cells"], texts: pl.Series) -> None:
        self._order = None
        different = texts.unique().sort()
        places = [self._find(text) for text in different]
        self.number[at] = texts.replace_strict(different, places, return_dtype=pl.Int64).to_numpy()

    def append(self, at: Int[np.ndarray, " cells"], more: str) -> None:
        """Write further words behind those that stand there."""
        self._order = None
        different, place = np.unique(self.number[at], return_inverse=True)
        longer = [self._find("; ".join(filter(None, (self.texts[i], more)))) for i in different]
        self.number[at] = np.array(longer, dtype=self.number.dtype)[place]

    def _find(self, text: str) -> int:
        if text not in self._place:
            self._place[text] = len(self.texts)
            self.texts.append(text)
            if len(self.texts) > np.iinfo(self.number.dtype).max:
                self.number = self.number.astype(np.int32)
        return self._place[text]

    def series(self, here: slice, blank_is_null: bool = False) -> pl.Series:
        """As an Enum of the texts that occur, sorted: the same cells give the same bytes."""
        if self._order is None:
            self._order = self._find_order(blank_is_null)
        names, to = self._order
        return _as_enum(names, to[self.number[here]])

    def _find_order(self, blank_is_null: bool) -> tuple[tuple[str, ...], np.ndarray]:
        texts = len(self.texts)
        used = np.flatnonzero(np.bincount(self.number, minlength=texts))
        kept = [place for place in used.tolist() if self.texts[place] or not blank_is_null]
        names = sorted({self.texts[place] for place in kept})
        at = {name: place for place, name in enumerate(names)}
        to = np.full(len(self.texts) + 1, len(names))
        to[kept] = [at[self.texts[place]] for place in kept]
        return tuple(names), to


def _as_enum(names: tuple[str, ...], number: np.ndarray) -> pl.Series:
    """Texts by number; a number behind the last name is null."""
    options = pl.Series([*names, None], dtype=pl.Enum(names))
    return options.gather(pl.Series(number, dtype=pl.UInt32))


def join_cells(parts: list[Cells]) -> Cells:
    """Put the cells of successive images below each other; uses the parts up."""
    if len(parts) == 1:
        return parts.pop()
    joined = copy(parts[0])
    for name, held in vars(joined).items():
        columns = [vars(part).pop(name) for part in parts]
        if isinstance(held, np.ndarray):
            vars(joined)[name] = np.concatenate(columns)
        elif isinstance(held, _Texts):
            vars(joined)[name] = _join_texts(columns)
    parts.clear()
    return joined


def _join_texts(columns: list[_Texts]) -> _Texts:
    place: dict[str, int] = {}
    for column in columns:
        for text in column.texts:
            place.setdefault(text, len(place))
    numbers = np.min_scalar_type(max(len(place), np.iinfo(np.uint16).max - 1))
    return _Texts(
        tuple(place),
        np.concatenate(
            [
                np.array([place[text] for text in column.texts], dtype=numbers)[column.number]
                for column in columns
            ]
        ),
    )


def _find_cells(said: Readings) -> tuple[Int[np.ndarray, " cells"], Int[np.ndarray, " cells"]]:
    """Row of the first image that speaks of each known cell, and the cell's class."""
    if not len(said.record):
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int16)
    starts = np.flatnonzero(np.diff(said.record, prepend=-1))
    if len(starts) == len(said.record):
        row, place = np.nonzero(said.state)
        return row.astype(np.int32), place.astype(np.int16)
    number = np.arange(len(said.record), dtype=np.int32)[:, None]
    spoken = np.where(said.state > 0, number, np.int32(BEYOND))
    first = np.minimum.reduceat(spoken, starts, axis=0)
    at, place = np.nonzero(first < BEYOND)
    return first[at, place], place.astype(np.int16)
