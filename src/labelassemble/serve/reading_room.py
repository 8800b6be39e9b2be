"""Readers' answers to cells of a table: kept in a folder, compared at once."""

import csv
import io
import os
import re
import threading
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl
from filelock import FileLock, Timeout

from labelassemble.assembly.agreement import measure_agreement
from labelassemble.assembly.read_corrections import read_corrections
from labelassemble.errors import AssemblyError, LabelAssembleError, SettingsError
from labelassemble.serve.reading_list import CellToRead
from labelassemble.storage.write_aside import write_text

ANSWER_FILE = "answers.csv"
"""In the folder of a reading: what ``assembly.corrections`` takes."""

EVERY_CLASS = "all classes"

Answer = Literal["present", "absent", "cannot tell"]

_READER = re.compile(r"[^\W_][\w .,'’-]{0,59}")
_COLUMNS = ("source", "image", "file", "class", "reader", "answer")
_SURE = {"present": True, "absent": False}


class ReaderPair(NamedTuple):
    """How far two readers agree on one class, or on all of them together.

    Attributes:
        left, right: the readers.
        of_class: the class, or ``EVERY_CLASS``.
        cells: that both answered and were sure of.
        unsure: that both answered and one could not tell.
        agreement: share of ``cells`` that they agree on; None: there is none.
        kappa: Cohen's; None: one of them says the same of every cell.
        low, high: ends of its 95 % interval over persons.
    """

    left: str
    right: str
    of_class: str
    cells: int
    unsure: int
    agreement: float | None
    kappa: float | None
    low: float | None
    high: float | None


class ReadingRoom:
    """Cells, and what readers answered; every answer is on the disk before it is confirmed.

    Args:
        cells: to read.
        folder: that keeps the answers; those that are there already count.

    Raises:
        SettingsError: the folder cannot be made or is in use, or holds a damaged list.
    """

    def __init__(self, cells: Sequence[CellToRead], folder: Path) -> None:
        self.cells, self.folder = tuple(cells), folder
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str, str, str], Answer] = {}
        self._files = {(one.source, one.image): str(one.path or "") for one in cells}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._in_use = FileLock(folder / ".lock", timeout=0)
            self._in_use.acquire()
        except (OSError, Timeout) as error:
            said = "a server that writes there already" if isinstance(error, Timeout) else error
            raise SettingsError(
                f"a folder for readers' answers at {folder}",
                str(getattr(said, "strerror", None) or said),
                "Name another one: --readings FOLDER, or stop that server",
            ) from error
        self._read()

    def close(self) -> None:
        """Let others write into the folder."""
        self._in_use.release()

    def readers(self) -> list[str]:
        """Give those who answered something, by name."""
        return sorted({key[3] for key in self._answers})

    def find(self, reader: str) -> dict[int, Answer]:
        """Give a reader's answers by the places of the cells."""
        return {
            place: said
            for place, one in enumerate(self.cells)
            if (said := self._answers.get(_key(one, reader))) is not None
        }

    def save(self, place: int, reader: str, answer: Answer | None) -> None:
        """Keep an answer, or take it back (None).

        Args:
            place: of the cell.
            reader: ``check_reader`` has passed it.

        Raises:
            OSError: it cannot be written; what was there stays.
        """
        key = _key(self.cells[place], reader)
        with self._lock:
            changed = {name: said for name, said in self._answers.items() if name != key}
            if answer is not None:
                changed[key] = answer
            write_text(self._render(changed), self.folder / ANSWER_FILE)
            self._answers = changed

    def answered(self) -> dict[tuple[str, str, str, str], Answer]:
        """Give all answers by source, image, class and reader."""
        return dict(self._answers)

    def agree(self) -> list[ReaderPair]:
        """Compare every two readers, class by class and together."""
        classes = list(dict.fromkeys(one.of_class for one in self.cells))
        pairs = []
        for left, right in combinations(self.readers(), 2):
            for name in (EVERY_CLASS, *classes):
                pair = self._compare(left, right, name)
                if pair.cells or pair.unsure:
                    pairs.append(pair)
        return pairs

    def _compare(self, left: str, right: str, of_class: str) -> ReaderPair:
        rows, unsure = list[tuple[int, bool, bool]](), 0
        for one in self.cells:
            said = [self._answers.get(_key(one, reader)) for reader in (left, right)]
            if None in said or of_class not in (EVERY_CLASS, one.of_class):
                continue
            first, second = (_SURE.get(str(word)) for word in said)
            if first is None or second is None:
                unsure += 1
                continue
            rows.append((one.person, first, second))
        if not rows:
            return ReaderPair(left, right, of_class, 0, unsure, None, None, None, None)
        counts = pl.DataFrame(
            {
                "left_source": [left] * len(rows),
                "right_source": [right] * len(rows),
                "class": [of_class] * len(rows),
                "group": [row[0] for row in rows],
                "records": [1] * len(rows),
                "both_positive": [int(row[1] and row[2]) for row in rows],
                "left_positive": [int(row[1] and not row[2]) for row in rows],
                "right_positive": [int(row[2] and not row[1]) for row in rows],
                "both_negative": [int(not row[1] and not row[2]) for row in rows],
            }
        )
        (told,) = measure_agreement(counts).iter_rows(named=True)
        interval = told["kappa_low"], told["kappa_high"]
        return ReaderPair(
            left, right, of_class, len(rows), unsure, told["agreement"], told["kappa"], *interval
        )

    def _read(self) -> None:
        path = self.folder / ANSWER_FILE
        if not os.path.lexists(path):
            return
        try:
            for one in read_corrections(path).corrections:
                key = (one.source, one.image, one.of_class, one.reader)
                self._answers[key] = one.answer  # type: ignore[assignment]
        except AssemblyError as error:
            self.close()
            raise SettingsError(
                f"readers' answers at {path}", error.got, "Fix it, or name another --readings"
            ) from error

    def _render(self, answers: dict[tuple[str, str, str, str], Answer]) -> str:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for (source, image, of_class, reader), said in answers.items():
            file = self._files.get((source, image), "")
            writer.writerow((source, image, file, of_class, reader, said))
        return buffer.getvalue()


def check_reader(name: str) -> str:
    """Give a reader's name as it is kept.

    Raises:
        LabelAssembleError: none, or one that a table could take for something else.
    """
    plain = " ".join(name.split())
    if not _READER.fullmatch(plain):
        raise LabelAssembleError(
            "a reader's name: a letter or digit, then up to 59 of them, blanks, . , ' and -",
            repr(plain[:80]) if plain else "none",
            "Write your name, or what you go by",
        )
    return plain


def _key(one: CellToRead, reader: str) -> tuple[str, str, str, str]:
    return one.source, one.image, one.of_class, reader
