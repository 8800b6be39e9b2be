"""A source's terms become classes; broader and narrower classes follow where that is sound."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, UInt8, UInt16

from labelassemble.errors import VocabularyError, unknown_name
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN, Assessments, Reason
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_legend import MaskLegend
from labelassemble.vocabulary.class_table import (
    CLASS_BOX_COLUMNS,
    CLASS_MASK_COLUMNS,
    UNMAPPED_COLUMNS,
    ClassTable,
)
from labelassemble.vocabulary.vocabulary import Vocabulary


def harmonise(table: LabelTable, vocabulary: Vocabulary) -> ClassTable:
    """Turn a source's terms into classes.

    A term means the class that the manifest's ``terms`` names, else the class that has it as name
    or exact synonym. Then, as far as the vocabulary says so, positive children make parents
    positive, negative parents make children negative, and a class that is the union of others is
    negative where all of these are. Where several assessments of one reading meet on one class, a
    direct one beats an implied one, and among equals positive beats uncertain beats negative. A
    negative from silence (a term that is not listed though it was looked for) is no more than
    implied: who lists a rib fracture need not list the fracture too.

    Raises:
        VocabularyError: the manifest maps a term to a class that the vocabulary does not hold.
    """
    names = [finding.name for finding in vocabulary.findings]
    said = table.assessments
    terms = dict.fromkeys([*table.scope, *said.columns])
    meaning = {term: find_class(term, table.manifest, vocabulary) for term in terms}
    mapped = {term: name for term, name in meaning.items() if name}
    unknown = [term for term, name in meaning.items() if name is None]
    legend = table.legend and map_legend(table.legend, table.manifest, vocabulary)
    matrix = _Matrix(said, mapped)
    matrix.imply(vocabulary)
    assessments = matrix.finish(names)
    return ClassTable(
        source=table.source,
        manifest=table.manifest,
        images=table.images,
        assessments=assessments,
        scope=_find_scope(table, assessments, mapped, names),
        unmapped=_count_unmapped(table, unknown, vocabulary),
        excluded=table.excluded,
        inputs=table.inputs,
        joined_rows=table.joined_rows,
        boxes=_map_boxes(table.boxes, mapped),
        masks=_map_masks(table.masks, legend),
        legend=legend,
        not_taken=table.not_taken,
    )


def find_class(term: str, manifest: Manifest, vocabulary: Vocabulary) -> str | None:
    """Give the class a term means; ``""`` where the manifest sets it aside; None where unknown.

    Raises:
        VocabularyError: the manifest maps the term to a class that the vocabulary does not hold.
    """
    if term not in manifest.terms:
        return vocabulary.find(term)
    name = manifest.terms[term]
    if name and name not in (known := [finding.name for finding in vocabulary.findings]):
        raise VocabularyError(
            f"a class of the vocabulary {vocabulary.name} for the term {term!r} in the manifest "
            f"{manifest.name}",
            unknown_name("class", name, known),
            "Fix `terms` in the manifest, or add the class to the vocabulary",
        )
    return name


def map_legend(legend: MaskLegend, manifest: Manifest, vocabulary: Vocabulary) -> MaskLegend:
    """Say in a legend which class each of its terms means, and what follows for other classes.

    Raises:
        VocabularyError: as ``find_class``.
    """
    terms = [
        one.model_copy(update={"of_class": find_class(one.term, manifest, vocabulary) or ""})
        if one.term
        else one
        for one in legend.terms
    ]
    drawn = {one.of_class for one in terms if one.of_class}
    up, down = vocabulary.imply_up(), vocabulary.imply_down()
    down = {name: broader for name, broader in down.items() if drawn.intersection(broader)}
    told = drawn | down.keys()
    unions = {name: parts for name, parts in vocabulary.unions().items() if told.issuperset(parts)}
    return legend.model_copy(
        update={
            "terms": tuple(terms),
            "imply_up": {name: up[name] for name in sorted(drawn & up.keys())},
            "imply_down": down,
            "unions": unions,
        }
    )


class _Column(NamedTuple):
    """One class: a state and the number of its reason for every reading."""

    state: UInt8[np.ndarray, " readings"]
    reason: UInt16[np.ndarray, " readings"]


class _Matrix:
    """Assessments by class: first the direct ones, then those that follow from them."""

    def __init__(self, said: Assessments, mapped: Mapping[str, str]) -> None:
        self.said = said
        self.reasons = list(said.reasons)
        self.number = {reason: place for place, reason in enumerate(self.reasons)}
        self.silence = np.array([reason.silence for reason in said.reasons], dtype=bool)
        self.direct: dict[str, _Column] = {}
        self.implied: dict[str, _Column] = {}
        for place, term in enumerate(said.columns):
            if term in mapped:
                column = self._open(self.direct, mapped[term])
                _strengthen(column, said.state[:, place], said.reason[:, place])

    def imply(self, vocabulary: Vocabulary) -> None:
        """Add what follows; what was said directly stays as it is, silence does not."""
        for child, parents in vocabulary.imply_up().items():
            self._follow(child, parents, POSITIVE, f"implied by child {child}")
        for name, column in self.direct.items():
            if name in self.implied:
                implied = self.implied[name]
                weaker = self.silence[column.reason] & (implied.state == POSITIVE)
                column.state[weaker], column.reason[weaker] = POSITIVE, implied.reason[weaker]
        for parent, children in vocabulary.denied_with().items():
            self._follow(parent, children, NEGATIVE, f"implied by parent {parent}")
        for name, parts in vocabulary.unions().items():
            self._close_union(name, parts)

    def _follow(self, speaker: str, followers: Sequence[str], state: int, because: str) -> None:
        """Give followers the state that a speaker has directly, where it has it."""
        if speaker in self.direct:
            said = self.direct[speaker]
            self._imply_cells(followers, said.state == state, said.reason, state, because)

    def _close_union(self, name: str, parts: Sequence[str]) -> None:
        """A union is negative where all of its parts are, whether said or implied."""
        columns = [self._settled(part) for part in parts]
        none = np.logical_and.reduce([column.state == NEGATIVE for column in columns])
        because = f"implied by {' and '.join(parts)}"
        self._imply_cells([name], none, columns[0].reason, NEGATIVE, because)

    def _imply_cells(
        self,
        names: Sequence[str],
        where: Bool[np.ndarray, " readings"],
        reason: UInt16[np.ndarray, " readings"],
        state: int,
        because: str,
    ) -> None:
        """Give classes a state where something else was said, as far as it is stronger."""
        if not where.any():
            return
        implied = np.zeros(len(where), dtype=np.uint16)
        implied[where] = self._reason_of(reason[where], because)
        for name in names:
            if name not in self.implied:
                states = np.where(where, np.uint8(state), np.uint8(UNKNOWN))
                self.implied[name] = _Column(states, implied.copy())
                continue
            column = self.implied[name]
            weaker = where & (column.state < state)
            column.state[weaker] = state
            column.reason[weaker] = implied[weaker]

    def _reason_of(self, reasons: np.ndarray, because: str) -> np.ndarray:
        """Numbers of the reasons that follow from others; few are different."""
        different, place = np.unique(reasons, return_inverse=True)
        numbers = []
        for one in different.tolist():
            reason = Reason(f"{self.reasons[one].text}; {because}", implied=True)
            if reason not in self.number:
                self.number[reason] = len(self.reasons)
                self.reasons.append(reason)
            numbers.append(self.number[reason])
        return np.array(numbers, dtype=np.uint16)[place]

    def _open(self, columns: dict[str, _Column], name: str) -> _Column:
        if name not in columns:
            readings = self.said.readings
            columns[name] = _Column(np.zeros(readings, np.uint8), np.zeros(readings, np.uint16))
        return columns[name]

    def _settled(self, name: str) -> _Column:
        """What was said directly, else what follows."""
        direct, implied = self.direct.get(name), self.implied.get(name)
        if direct is None or implied is None:
            nothing = np.zeros(self.said.readings, np.uint8)
            return direct or implied or _Column(nothing, nothing.astype(np.uint16))
        spoken = direct.state != UNKNOWN
        return _Column(
            np.where(spoken, direct.state, implied.state),
            np.where(spoken, direct.reason, implied.reason),
        )

    def finish(self, names: Sequence[str]) -> Assessments:
        """Give the matrix, its columns in the vocabulary's order, without empty ones."""
        known = [name for name in names if name in self.direct or name in self.implied]
        columns = {name: self._settled(name) for name in known}
        kept = [name for name in known if columns[name].state.any()]
        state = np.zeros((self.said.readings, len(kept)), dtype=np.uint8)
        reason = np.zeros(state.shape, dtype=np.uint16)
        for place, name in enumerate(kept):
            state[:, place], reason[:, place] = columns[name]
        return replace(
            self.said,
            columns=tuple(kept),
            state=state,
            reason=reason,
            reasons=tuple(self.reasons),
        )


def _strengthen(column: _Column, state: np.ndarray, reason: np.ndarray) -> None:
    """Let the strongest state stand: positive over uncertain over negative over unknown."""
    stronger = state > column.state
    column.state[stronger], column.reason[stronger] = state[stronger], reason[stronger]


def _find_scope(
    table: LabelTable, assessments: Assessments, mapped: Mapping[str, str], names: list[str]
) -> tuple[str, ...]:
    """Classes looked for, and those with both a positive and a negative through implication.

    A class of which implication gives one side only was not looked for; its assessments stay.
    """
    found = {mapped[term] for term in table.scope if term in mapped}
    implied = np.array([reason.implied for reason in assessments.reasons], dtype=bool)
    for place, name in enumerate(assessments.columns):
        if name not in found:
            state = assessments.state[implied[assessments.reason[:, place]], place]
            if (state == POSITIVE).any() and (state == NEGATIVE).any():
                found.add(name)
    return tuple(name for name in names if name in found)


def _count_unmapped(table: LabelTable, terms: list[str], vocabulary: Vocabulary) -> pl.DataFrame:
    rows = []
    for term in terms:
        positive = table.assessments.column(term) == POSITIVE
        count = len(np.unique(table.assessments.image[positive]))
        rows.append((term, count, ", ".join(vocabulary.nearest(term))))
    return pl.DataFrame(rows, schema=UNMAPPED_COLUMNS, orient="row").sort(
        ["count", "term"], descending=[True, False]
    )


def _map_boxes(boxes: pl.DataFrame, mapped: Mapping[str, str]) -> pl.DataFrame:
    """Boxes of terms that mean a class."""
    named = boxes.filter(pl.col("term").is_in(list(mapped))).with_columns(
        pl.col("term").replace_strict(mapped, default=None, return_dtype=pl.String).alias("class")
    )
    return named.select(list(CLASS_BOX_COLUMNS))


def _map_masks(masks: pl.DataFrame, legend: MaskLegend | None) -> pl.DataFrame:
    """Pieces of terms that mean a class, and masks whose values tell terms apart."""
    if legend is None:
        return pl.DataFrame(schema=CLASS_MASK_COLUMNS)
    classes = {one.term: one.of_class for one in legend.terms}
    named = masks.with_columns(
        pl.col("term").replace_strict(classes, default=None, return_dtype=pl.String).alias("class"),
        sha256=pl.lit(None, pl.String),
    )
    kept = pl.col("term").is_null() | (pl.col("class") != "").fill_null(False)
    return named.filter(kept).select(list(CLASS_MASK_COLUMNS))
