"""Rows of tables that cannot be read: all of them, by line, and tables without them."""

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import SourceError, some
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problem, plural, problem
from labelassemble.sources.table_bytes import decode_table
from labelassemble.sources.table_file import find_files, read_bytes


class _Table(NamedTuple):
    """Which files to look at, and how they are written."""

    files: Sequence[str]
    separator: str | None
    header: Sequence[str]
    image: str | None


def copy_sound_rows(folder: Path, manifest: Manifest, place: Path) -> list[Problem]:
    """Copy a source's tables without the rows that cannot be read.

    Args:
        folder: the source's folder.
        manifest: how its tables are written.
        place: an empty folder for the copies, which have the same names, unpacked.

    Returns:
        A problem for each kind of odd row in each table; none: all rows are sound.
    """
    tables = []
    if manifest.table is not None:
        layout = manifest.table
        if layout.file is not None:
            tables.append(_Table(layout.file, layout.separator, layout.header, layout.image))
        tables += [_Table(join.file, join.separator, (), None) for join in layout.join]
    if manifest.boxes is not None:
        boxes = manifest.boxes
        tables.append(_Table(boxes.file, boxes.separator, (), boxes.image))
    notes: list[Problem] = []
    done: set[Path] = set()
    for table in tables:
        for path in _find(folder, table.files):
            if path not in done:
                done.add(path)
                target = place / path.relative_to(folder)
                if target.suffix in (".gz", ".zip"):
                    target = target.with_suffix("")
                target.parent.mkdir(parents=True, exist_ok=True)
                notes += _copy(path, target, table, path.relative_to(folder).as_posix())
    return notes


def _find(folder: Path, names: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for name in names:
        try:
            found += find_files(folder, (name,))
        except SourceError:
            continue
    return found


def _copy(path: Path, target: Path, table: _Table, place: str) -> list[Problem]:
    sign = table.separator or ("\t" if ".tsv" in path.suffixes else ",")
    try:
        text = decode_table(read_bytes(path), place)
    except SourceError:
        return []
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    short: list[tuple[int, int]] = []
    nameless: list[int] = []
    notes: list[Problem] = []
    named = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, delimiter=sign)
        try:
            names = [name.strip() for name in table.header or _first(lines)]
            if not table.header:
                write.writerow(names)
            named = max((at for at, name in enumerate(names) if name), default=-1) + 1
            image = names.index(table.image) if table.image in names else None
            for row in lines:
                if not any(row):
                    continue
                if len(row) < named or any(row[len(names) :]):
                    short.append((lines.line_num, len(row)))
                elif image is not None and any(c.strip() for c in row) and not row[image].strip():
                    nameless.append(lines.line_num)
                else:
                    write.writerow(row)
        except csv.Error as error:
            notes.append(
                problem(
                    f"{place} cannot be read from line {lines.line_num} on: {error}",
                    "Mend the quotes near that line; is the file whole?",
                )
            )
    if short:
        told = some((f"line {line} has {count}" for line, count in short), 5)
        notes.append(
            problem(
                f"{plural(len(short), 'row')} of {place} with another number of cells than the "
                f"{named} of its header: {told}",
                "Quote cells that hold the separator; is the file whole?",
                count=len(short),
            )
        )
    if nameless:
        notes.append(
            problem(
                f"{plural(len(nameless), 'row')} of {place} without an image in column "
                f"{table.image!r}: line {some(map(str, nameless), 5)}",
                "Fill in the names, or take those rows out",
                count=len(nameless),
            )
        )
    return notes


def _first(lines: Iterator[list[str]]) -> list[str]:
    return next((row for row in lines if any(cell.strip() for cell in row)), [])
