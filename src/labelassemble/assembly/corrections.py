"""A reader's answers to reviewed labels become readings of their own in the sources' tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.assembly.read_corrections import CorrectionFile, ReaderAnswer
from labelassemble.errors import AssemblyError, plural, some, unknown_name
from labelassemble.setting_types import EVERY_EVIDENCE, REVIEW
from labelassemble.sources.assessments import (
    NEGATIVE,
    POSITIVE,
    STATES,
    UNKNOWN,
    Assessments,
    Reason,
)
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary


class Corrected(NamedTuple):
    """Tables with a reader's answers, and what these changed.

    Attributes:
        tables: the sources; each answer is a reading of its own.
        told: per file what ``assembled.json`` says of it.
    """

    tables: list[ClassTable]
    told: list[dict[str, object]]


def apply_corrections(
    tables: Sequence[ClassTable], files: Sequence[CorrectionFile], vocabulary: Vocabulary
) -> Corrected:
    """Add a reading for every image that a reader answered for.

    What the source said stays and is overruled, as the evidence ``review`` is heard first. What
    follows from an answer by the vocabulary is added; what followed from the label that it
    overrules is unknown, unless another label still implies it.

    Args:
        tables: the sources, in the vocabulary's classes.
        files: the answers.
        vocabulary: says what follows from what.

    Raises:
        AssemblyError: a source, image or class that is not there, or two answers of one reader
            that contradict each other; names file and row.
    """
    _refuse_contradictions(files)
    by_source = {table.source: table for table in tables}
    every = dict.fromkeys(name for table in tables for name in table.assessments.columns)
    told = []
    for file in files:
        for one in file.corrections:
            _find(one, by_source, every)
        told.append(_count(file, by_source))
    answers = [one for file in files for one in file.corrections]
    for name, table in by_source.items():
        own = [one for one in answers if one.source == name]
        if own:
            by_source[name] = _correct(table, own, vocabulary)
    return Corrected([by_source[table.source] for table in tables], told)


def _refuse_contradictions(files: Sequence[CorrectionFile]) -> None:
    seen: dict[tuple[str, str, str, str], ReaderAnswer] = {}
    for one in (one for file in files for one in file.corrections):
        before = seen.setdefault((one.source, one.image, one.of_class, one.reader), one)
        if before.state != one.state:
            raise AssemblyError(
                f"one answer of a reader on {one.of_class} of {one.source}/{one.image}",
                f"{before.answer!r} in {before.place} and {one.answer!r} in {one.place}",
                "Take one of the two out, or name the readers in the column `reader`",
            )


def _find(one: ReaderAnswer, tables: Mapping[str, ClassTable], classes: Mapping[str, None]) -> None:
    """Refuse what is not there."""
    if one.source not in tables:
        raise AssemblyError(
            f"a source of the recipe in {one.place}",
            unknown_name("source", one.source, tables),
            "Fix the name, or take the row out",
        )
    if one.of_class not in classes:
        raise AssemblyError(
            f"a class of the table in {one.place}",
            unknown_name("class", one.of_class, classes),
            "Fix the name, or take the row out",
        )
    images = tables[one.source].images["image"]
    if one.image not in images:
        raise AssemblyError(
            f"an image of the source {one.source} in {one.place}",
            f"{one.image!r}, which it does not have (it has {some(images[:2].to_list())})",
            "Fix the name, or take the row out; names are those of the column `image` of the list",
        )


def _count(file: CorrectionFile, tables: Mapping[str, ClassTable]) -> dict[str, object]:
    """What a file's answers change of what the sources said."""
    changed: dict[str, int] = {}
    same = 0
    for one in file.corrections:
        said = _said(tables[one.source], one)
        if said == one.state:
            same += 1
        else:
            words = f"{STATES[said]} -> {STATES[one.state]}"
            changed[words] = changed.get(words, 0) + 1
    return {
        "file": file.path.name,
        "sha256": file.sha256,
        "lines": len(file.corrections) + file.unanswered,
        "answered": len(file.corrections),
        "confirmed": same,
        "changed": dict(sorted(changed.items())),
        "readers": sorted({one.reader for one in file.corrections}),
    }


def _said(table: ClassTable, one: ReaderAnswer) -> int:
    """What the source's readings come to at most, before any correction."""
    said = table.assessments
    rows = np.flatnonzero(said.image == _row(table, one.image))
    states = said.column(one.of_class)[rows]
    return int(states.max(initial=UNKNOWN))


def _row(table: ClassTable, image: str) -> int:
    return int(table.images["image"].index_of(image) or 0)


def _correct(
    table: ClassTable, answers: Sequence[ReaderAnswer], vocabulary: Vocabulary
) -> ClassTable:
    names = [finding.name for finding in vocabulary.findings]
    editor = _Editor(table, vocabulary)
    for key in dict.fromkeys((one.image, one.reader) for one in answers):
        own = [one for one in answers if (one.image, one.reader) == key]
        editor.add(key[0], key[1], own)
    return replace(table, assessments=editor.finish(names))


class _Editor:
    """A source's assessments, to which readings are added."""

    def __init__(self, table: ClassTable, vocabulary: Vocabulary) -> None:
        self.said, self.row = table.assessments, {}
        self.row = {name: place for place, name in enumerate(table.images["image"])}
        self.up, self.children = vocabulary.imply_up(), vocabulary.denied_with()
        self.state, self.reason = self.said.state.copy(), self.said.reason.copy()
        self.number = {reason: place for place, reason in enumerate(self.said.reasons)}
        self.added: list[tuple[int, str, dict[str, tuple[int, int]]]] = []

    def add(self, image: str, reader: str, answers: Sequence[ReaderAnswer]) -> None:
        row = self.row[image]
        cells: dict[str, tuple[int, int]] = {}
        for one in answers:
            text = f"{one.file}: {reader} answered {one.answer}"
            cells[one.of_class] = (one.state, self._number(Reason(text)))
            self._retract(row, one)
        direct = set(cells)
        for one in answers:
            text = f"{one.file}: {reader} answered {one.answer}"
            followers: Sequence[str] = ()
            words = ""
            if one.state == POSITIVE:
                followers, words = self.up.get(one.of_class, ()), "child"
            elif one.state == NEGATIVE:
                followers, words = self.children.get(one.of_class, ()), "parent"
            for name in followers:
                if name not in direct:
                    because = f"{text}; implied by {words} {one.of_class}"
                    cells[name] = (one.state, self._number(Reason(because, implied=True)))
        self.added.append((row, reader, cells))

    def _retract(self, row: int, one: ReaderAnswer) -> None:
        """Make unknown what followed from a label that is overruled."""
        lost = {"child": one.state != POSITIVE, "parent": one.state != NEGATIVE}
        ends = [f"implied by {kind} {one.of_class}" for kind, gone in lost.items() if gone]
        reasons = list(self.number)
        for reading in np.flatnonzero(self.said.image == row):
            for place, name in enumerate(self.said.columns):
                reason = reasons[self.reason[reading, place]]
                if not reason.implied or not reason.text.endswith(tuple(ends)):
                    continue
                if not self._still(
                    int(reading), name, one.of_class, int(self.state[reading, place])
                ):
                    self.state[reading, place] = UNKNOWN
                    self.reason[reading, place] = 0

    def _still(self, reading: int, name: str, lost: str, state: int) -> bool:
        """Whether another label of the reading implies the same."""
        up = state == POSITIVE
        return any(
            self.state[reading, place] == state
            and other != lost
            and name in (self.up.get(other, ()) if up else self.children.get(other, ()))
            for place, other in enumerate(self.said.columns)
        )

    def _number(self, reason: Reason) -> int:
        return self.number.setdefault(reason, len(self.number))

    def finish(self, names: Sequence[str]) -> Assessments:
        """Put all readings below each other again, sorted by image."""
        new = {name for _, _, cells in self.added for name in cells}
        columns = tuple(name for name in names if name in {*self.said.columns, *new})
        rows = self.said.readings + len(self.added)
        state = np.zeros((rows, len(columns)), dtype=np.uint8)
        reason = np.zeros(state.shape, dtype=np.uint16)
        for place, name in enumerate(self.said.columns):
            at = columns.index(name)
            state[: self.said.readings, at] = self.state[:, place]
            reason[: self.said.readings, at] = self.reason[:, place]
        for row, (_, _, cells) in enumerate(self.added, start=self.said.readings):
            for name, (own, why) in cells.items():
                state[row, columns.index(name)], reason[row, columns.index(name)] = own, why
        image = np.concatenate([self.said.image, [row for row, _, _ in self.added]]).astype(
            np.int64
        )
        order = np.argsort(image, kind="stable")
        reader = pl.concat(
            [
                self.said.reader.cast(pl.String),
                pl.Series([one for _, one, _ in self.added], dtype=pl.String),
            ]
        )
        kinds = pl.Series([REVIEW] * len(self.added), dtype=pl.String)
        return Assessments(
            columns=columns,
            image=image[order],
            state=state[order],
            reason=reason[order],
            reasons=tuple(self.number),
            reader=reader.gather(order).cast(self.said.reader.dtype),
            evidence=pl.concat([self.said.evidence.cast(pl.String), kinds])
            .gather(order)
            .cast(pl.Enum(EVERY_EVIDENCE)),
        )


def describe_corrections(told: object) -> list[str]:
    """What corrections changed, a line a file; nothing where a table has none.

    Args:
        told: of the table's manifest.

    >>> describe_corrections([{"file": "r.csv", "lines": 9, "answered": 3, "confirmed": 1,
    ...     "changed": {"positive -> negative": 2}, "readers": ["AB"]}])
    ['Corrections, r.csv: 3 of 9 lines answered (AB); 1 confirmed, 2 positive -> negative']
    """
    lines = []
    for one in told if isinstance(told, list) else []:
        parts = [f"{one['confirmed']:,} confirmed"]
        parts += [f"{number:,} {words}" for words, number in one["changed"].items()]
        lines.append(
            f"Corrections, {one['file']}: {one['answered']:,} of {plural(one['lines'], 'line')} "
            f"answered ({some(one['readers']) or 'nobody'}); {', '.join(parts)}"
        )
    return lines
