"""A table's files, one data frame of text."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from operator import itemgetter
from pathlib import Path

import polars as pl

from labelassemble.errors import SourceError, some, unknown_name
from labelassemble.sources.label_table import InputFile
from labelassemble.sources.manifest import TableLayout
from labelassemble.sources.table_bytes import decode_table

_PACKED = ("", ".gz", ".zip")


def read_table(
    folder: Path, layout: TableLayout, columns: Sequence[str]
) -> tuple[pl.DataFrame, tuple[InputFile, ...]]:
    """Read columns of a table, as text without the spaces around it; a blank cell is ``""``.

    Blank lines and rows of blank cells are passed over. Columns are found by name, whatever their
    place.

    Args:
        folder: the source's folder.
        layout: which files, and what stands between columns.
        columns: names of the columns to read.

    Raises:
        SourceError: a file or a column that is not there, a name that two columns have, a row that
            has more or fewer cells than the header, a quote that is never closed, no rows.
    """
    frames, inputs = [], []
    for path in _find_files(folder, layout.file):
        content = _read_bytes(path)
        separator = layout.separator or ("\t" if ".tsv" in path.suffixes else ",")
        frame = _parse(decode_table(content, str(path)), separator, columns, str(path))
        frames.append(frame)
        inputs.append(
            InputFile(
                path=path.relative_to(folder).as_posix(),
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                rows=frame.height,
            )
        )
    table = pl.concat(frames)
    if table.is_empty():
        raise SourceError(
            f"rows in {some(layout.file)} in {folder}",
            "a header and nothing below it",
            "Check that the file is whole",
        )
    return table, tuple(inputs)


def read_names(folder: Path, name: str) -> tuple[list[str], InputFile]:
    """Read a list of names, one a line, without blank lines and the spaces around names.

    Raises:
        SourceError: no such file, not text, or no names in it.
    """
    (path,) = _find_files(folder, (name,))
    content = _read_bytes(path)
    names = [line.strip() for line in decode_table(content, str(path)).splitlines()]
    names = [one for one in names if one]
    if not names:
        raise SourceError(f"names in {path}", "an empty file", "Check that the file is whole")
    inside = path.is_relative_to(folder)
    return names, InputFile(
        path=path.relative_to(folder).as_posix() if inside else path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        rows=len(names),
    )


def has_table(folder: Path, name: str) -> bool:
    """Whether a file of this name is there, plain or packed."""
    return any((folder / (name + packed)).is_file() for packed in _PACKED)


def _find_files(folder: Path, names: Iterable[str]) -> list[Path]:
    if not folder.is_dir():
        raise SourceError(
            f"the source's folder at {folder}",
            "a file" if folder.exists() else "no such folder",
            "Check `folder` of this source in the recipe",
        )
    found: list[Path] = []
    for name in names:
        if any(sign in name for sign in "*?["):
            matches = sorted(
                {
                    path
                    for packed in _PACKED
                    for path in folder.glob(name + packed)
                    if path.is_file()
                }
            )
        else:
            candidates = [folder / (name + packed) for packed in _PACKED]
            matches = [path for path in candidates if path.is_file()][:1]
        if not matches:
            raise _missing(folder, name)
        found.extend(path for path in matches if path not in found)
    return found


def _missing(folder: Path, name: str) -> SourceError:
    below = folder / Path(name).parent
    present = sorted(path.name for path in below.iterdir()) if below.is_dir() else []
    near = get_close_matches(Path(name).name, present, n=1, cutoff=0.5)
    there = some(present, 5) or "nothing"
    nearest = f"; nearest: {near[0]}" if near else ""
    return SourceError(
        f"the file {name} (or {name}.gz, {name}.zip) in {folder}",
        f"the folder holds {there}{nearest}",
        "Put the file there, or mend the name in the manifest",
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"a readable file at {path}", error.strerror or str(error), "Check its permissions"
        ) from error


def _parse(text: str, separator: str, columns: Sequence[str], place: str) -> pl.DataFrame:
    # The csv module rather than polars: it tells a short row from blank cells.
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next((row for row in lines if any(cell.strip() for cell in row)), [])
        places = _find_columns([name.strip() for name in header], columns, place)
        pick = itemgetter(*places, places[0])  # the first once more: always a tuple
        width, rows, odd = len(header), [], []
        for row in lines:
            if not any(row):
                continue
            # Spreadsheets like to end rows with blank cells that the header does not have.
            if len(row) >= width and not any(row[width:]):
                rows.append(pick(row))
            else:
                odd.append((lines.line_num, len(row)))
    except csv.Error as error:
        raise SourceError(
            f"a table that can be parsed at {place}",
            f"{error}, at line {lines.line_num}",
            "Mend the quotes near that line; is the file whole?",
        ) from error
    if odd:
        raise SourceError(
            f"{width} cells in every row of {place}, as in its header",
            f"{len(odd)} rows with another number: "
            + some((f"line {line} has {count}" for line, count in odd), 3),
            "Quote cells that hold the separator; is the file whole?",
        )
    schema = {**dict.fromkeys(columns, pl.String), "": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row").drop("")
    return frame.with_columns(pl.all().str.strip_chars())


def _find_columns(header: list[str], columns: Sequence[str], place: str) -> list[int]:
    for name in columns:
        count = header.count(name)
        if count == 0:
            hint = ""
            if len(header) == 1:
                signs = [sign for sign in (";", "\t", "|", ",") if sign in header[0]]
                hint = f"; is the separator {signs[0]!r}? Then set table.separator" if signs else ""
            raise SourceError(
                f"a column named {name!r} in {place}",
                unknown_name("column", name, header) + hint,
                "Mend the name in the manifest, or read another file",
            )
        if count > 1:
            raise SourceError(
                f"one column named {name!r} in {place}",
                f"{count} columns of that name",
                "Rename one of them",
            )
    return [header.index(name) for name in columns]
