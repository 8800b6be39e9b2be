"""A list of reviewed labels that a reader has filled in."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import AssemblyError, SourceError, some
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNCERTAIN
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.parse_tables import parse_tables
from labelassemble.sources.problems import Problems

_COLUMNS = ("source", "image", "class", "answer")
"""Columns that a list must have; of others `reader` is read, the rest is passed over."""

ANSWERS = {"present": POSITIVE, "absent": NEGATIVE, "cannot tell": UNCERTAIN}
"""What a reader may answer; blank: not looked at."""

_NOBODY = "review"
"""The reader where the list names none."""


class ReaderAnswer(NamedTuple):
    """One answer of a reader.

    Attributes:
        file: name of the list.
        row: in it, the header being the first, and those that are blank not counted.
        source, image, of_class: of the label.
        answer: as it was written, in lower case.
        reader: who answered.
    """

    file: str
    row: int
    source: str
    image: str
    of_class: str
    answer: str
    reader: str

    @property
    def state(self) -> int:
        """Index into ``sources.assessments.STATES``."""
        return ANSWERS[self.answer]

    @property
    def place(self) -> str:
        """Where it stands, for errors."""
        return f"{self.file}, row {self.row} ({self.of_class} of {self.source}/{self.image})"


class CorrectionFile(NamedTuple):
    """What a list says.

    Attributes:
        path: of the list.
        sha256: of its bytes.
        corrections: the lines that were answered.
        unanswered: how many were not.
    """

    path: Path
    sha256: str
    corrections: tuple[ReaderAnswer, ...]
    unanswered: int


def read_corrections(path: Path) -> CorrectionFile:
    """Read a list: CSV (also as a spreadsheet writes it, with semicolons), TSV, Parquet or .xlsx.

    Raises:
        AssemblyError: it cannot be read, lacks a column, or has an answer that is none of
            ``ANSWERS``; names the row.
    """
    problems = Problems()
    try:
        tables = open_tables(path.parent, [path.name], list(_COLUMNS), problems=problems)
        if not tables:
            raise problems.noted[0].as_error()
        names = [name for name in tables[0].names if name]
        if not names:
            raise SourceError("", "an empty file", "Take `review`'s columns")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise SourceError("", f"two columns {some(twice)}", "Keep the one that counts")
        if missing := [name for name in _COLUMNS if name not in names]:
            raise SourceError(
                "", f"columns {some(names, 9)}, without {some(missing)}", "Take `review`'s columns"
            )
        wanted = [*_COLUMNS, *(["reader"] if "reader" in names else [])]
        table = parse_tables(tables, wanted).table
        data = path.read_bytes()
    except SourceError as error:
        raise AssemblyError(
            f"a list of reviewed labels at {path} (assembly.corrections)", error.got, error.do
        ) from error
    except OSError as error:
        raise AssemblyError(
            f"a list of reviewed labels at {path} (assembly.corrections)",
            error.strerror or str(error),
            "Name a file that `labelassemble review` wrote",
        ) from error
    found, unanswered = [], 0
    for number, row in enumerate(table.iter_rows(named=True), start=2):
        answer = " ".join(row["answer"].lower().split())
        if not answer:
            unanswered += 1
            continue
        one = ReaderAnswer(
            file=path.name,
            row=number,
            source=row["source"],
            image=row["image"],
            of_class=row["class"],
            answer=answer,
            reader=str(row.get("reader") or "").strip() or _NOBODY,
        )
        if answer not in ANSWERS:
            raise AssemblyError(
                f"present, absent, cannot tell or nothing as answer in {one.place}",
                repr(row["answer"]),
                "Write one of them",
            )
        found.append(one)
    digest = hashlib.sha256(data).hexdigest()
    return CorrectionFile(path, digest, tuple(found), unanswered)
