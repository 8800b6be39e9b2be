"""A table of which nobody said how it is written: its separator, its header, its cells."""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.sources.archives.archive_tree import find_in_archives
from labelassemble.sources.draft.known_words import (
    LABEL_NAMES,
    OTHER_NAMES,
    name_words,
    read_value,
)
from labelassemble.sources.draft.survey import plain_name
from labelassemble.sources.find_files import read_bytes
from labelassemble.sources.sample_tar import peek_sample_text
from labelassemble.sources.table_bytes import decode_table
from labelassemble.sources.table_text import parse_table

_SIGNS = (",", "\t", ";", "|", " ")
"""What may stand between columns, the likeliest first."""
_LINES = 200


class Peek(NamedTuple):
    """A table, as far as it can be made out.

    Attributes:
        file: its name as a manifest gives it.
        separator: what stands between columns; none: what is assumed anyway.
        header: names of the columns, where the file has none.
        table: all columns that have a name of their own, as text without the spaces around it.
        whole: whether all of its rows are here.
        problem: why it cannot be read strictly; blank: it can.
    """

    file: str
    separator: str | None
    header: tuple[str, ...]
    table: pl.DataFrame
    whole: bool
    problem: str


def peek_table(
    folder: Path, name: str, stems: Collection[str] = (), lines: int | None = None
) -> Peek | None:
    """Look into a file; none: it is no table, or holds nothing.

    Args:
        folder: the source's folder.
        name: path of the file below it.
        stems: names of the image files without extension: a first line that holds one is no header.
        lines: at most so many; none: all.
    """
    text = _read_text(folder, name, lines)
    if text is None:
        return None
    start = text[:4_000_000] if lines else text
    head = [line for line in start[:400_000].splitlines() if line.strip()][:_LINES]
    if not head:
        return None
    sign = guess_separator(head)
    rows = list(csv.reader(head, delimiter=sign))
    header = () if has_header(rows, stems) else _name_columns(rows)
    if lines:
        kept = start.splitlines(keepends=True)
        whole = len(kept) <= lines and len(start) == len(text)
        text = "".join(kept[:lines])
    else:
        whole = True
    names = list(header) or [cell.strip() for cell in rows[0]]
    counts = Counter(names)
    wanted = [one for one in names if one and counts[one] == 1]
    problem = ""
    try:
        table = parse_table(text, sign, wanted, place=name, header=header)
    except SourceError as error:
        problem = error.got
        table = _parse_anyhow(text, sign, names, wanted, bool(header))
    if table.is_empty() or not table.width:
        return None
    plain = plain_name(name)
    usual = "\t" if ".tsv" in Path(plain).suffixes else ","
    alone = len(names) == 1
    separator = None if sign == usual or alone else sign
    return Peek(plain, separator, tuple(header), table, whole, problem)


def _read_text(folder: Path, name: str, lines: int | None) -> str | None:
    """The text of a table, of a tar of samples without reading its images; none: it has none."""
    if name.lower().endswith(".tar"):
        return peek_sample_text(folder / name, lines)
    path = folder / name
    try:
        there = path if path.is_file() else find_in_archives(folder, name) or path
        return decode_table(read_bytes(there), name)
    except SourceError:
        return None


def guess_separator(lines: Sequence[str]) -> str:
    """Find the sign that cuts most lines into as many cells, the more the better.

    >>> guess_separator(["image;found", "a,b;Mass", "c;Edema"])
    ';'
    """
    best, sign = 0.0, ","
    for one in _SIGNS:
        counts = [len(row) for row in csv.reader(lines, delimiter=one)]
        cells, times = Counter(counts).most_common(1)[0]
        if cells < 2:
            continue
        share = times / len(counts)
        # Text within cells holds spaces and bars, but not the same number in every line.
        score = share**4 * min(cells, 4) * (0.5 if one == " " else 1.0)
        if score > best * 1.01:
            best, sign = score, one
    return sign


def has_header(rows: Sequence[Sequence[str]], stems: Collection[str]) -> bool:
    """Whether the first row names columns, rather than being one of the others.

    >>> has_header([["image", "label"], ["a.png", "1"]], ()), has_header([["a.png", "1"]], ())
    (True, False)
    """
    first = [cell.strip() for cell in rows[0]]
    below = rows[1:]
    for place, cell in enumerate(first):
        name = cell.rpartition("/")[2]
        if name.lower().endswith((*IMAGE_SUFFIXES, *VOLUME_SUFFIXES)) or name in stems:
            return False
        if re.fullmatch(r"-?\d+(\.\d+)?", cell):
            return False
        if cell and re.fullmatch(r"[0-9a-f]{16,}|[\d.]{20,}|[0-9a-f-]{36}", cell.lower()):
            return False
        if read_value(cell) is not None and _names_others(first, place):
            continue  # a column called negative, whose cells say so too
        again = sum(len(row) > place and row[place].strip() == cell for row in below)
        if cell and len(first) > 1 and again > len(below) / 20:
            return False
    return any(first)


def _names_others(first: Sequence[str], place: int) -> bool:
    """Whether another cell of a first row is what columns are usually called."""
    usual = {*LABEL_NAMES, *OTHER_NAMES, "image", "file", "filename", "path", "name", "patient"}
    others = (cell for at, cell in enumerate(first) if at != place)
    return any(set(name_words(cell)) & usual for cell in others)


def _name_columns(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    width, _ = Counter(len(row) for row in rows).most_common(1)[0]
    return tuple(f"column_{place}" for place in range(1, width + 1))


def _parse_anyhow(
    text: str, separator: str, names: Sequence[str], wanted: Sequence[str], headless: bool
) -> pl.DataFrame:
    """Read what a strict reader refuses: short rows are filled up, long ones cut."""
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [
        [cell.strip() for cell in row] + [""] * (len(names) - len(row))
        for row in lines
        if any(cell.strip() for cell in row)
    ]
    rows = rows if headless else rows[1:]
    places = {name: names.index(name) for name in wanted}
    return pl.DataFrame(
        {name: [row[at] for row in rows] for name, at in places.items()},
        schema=dict.fromkeys(places, pl.String),
    )
