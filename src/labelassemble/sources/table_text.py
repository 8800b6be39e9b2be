"""The text of a table becomes a data frame of text: strictly, and fast where that is safe."""

import csv
import io
import sys
from collections.abc import Collection, Sequence
from operator import itemgetter

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.errors import SourceError, some, unknown_name


def parse_table(
    text: str,
    separator: str,
    columns: Sequence[str],
    place: str,
    header: Sequence[str] = (),
    may_lack: Collection[str] = (),
) -> pl.DataFrame:
    """Read columns of a table, as text without the spaces around it; a blank cell is ``""``.

    Columns come in the order asked for; those that may lack and do are not among them. Blank lines
    and rows of blank cells are passed over. Behind the last named column, rows may have further
    cells as far as the header has, or blank ones as spreadsheets leave them.

    Args:
        text: the table.
        separator: what stands between columns.
        columns: names of the columns to read.
        place: names the file in errors.
        header: names of the columns, where the text has no header.
        may_lack: columns that need not be there.

    Raises:
        SourceError: a column that is not there or there twice, a row with another number of cells,
            a quote that is never closed.

    >>> parse_table("a,b\\n1, x\\n", ",", ["b"], "t.csv").rows()
    [('x',)]
    """
    frame = _parse_fast(text, separator, columns, place, header, may_lack)
    if frame is None:
        frame = _parse_slowly(text, separator, columns, place, header, may_lack)
    return frame.select(pl.all().str.strip_chars())


def _parse_fast(
    text: str,
    separator: str,
    columns: Sequence[str],
    place: str,
    header: Sequence[str],
    may_lack: Collection[str],
) -> pl.DataFrame | None:
    """Let polars read a table without quotes whose lines all have as many cells as the header.

    None: the table is not of that kind. Polars alone would fill short rows up in silence.
    """
    if '"' in text:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = "" if header else text.partition("\n")[0]
    content = text.encode()
    lines = _measure_lines(content, separator)
    names = [name.strip() for name in (header or first.split(separator))]
    if lines is None or not any(names) or (lines.cells != len(names)).any():
        return None
    places = _find_columns(names, columns, place, may_lack)
    blank = lines.blank if header else lines.blank[1:]
    if not places or not len(blank):
        return None
    frame = pl.read_csv(
        io.BytesIO(content),
        has_header=False,
        skip_lines=0 if header else 1,
        separator=separator,
        quote_char=None,
        infer_schema=False,
        columns=sorted(set(places.values())),
    )
    if frame.height != len(blank):
        return None
    order = sorted(set(places.values()))
    frame = frame.select(
        pl.nth(order.index(at)).fill_null("").alias(name) for name, at in places.items()
    )
    return frame.filter(~blank) if blank.any() else frame


class _Lines:
    """Cells of each line, and which lines are blank."""

    def __init__(self, cells: np.ndarray, blank: Bool[np.ndarray, " lines"]) -> None:
        self.cells, self.blank = cells, blank


def _measure_lines(content: bytes, separator: str) -> _Lines | None:
    if len(separator.encode()) != 1 or not content.strip():
        return None
    signs = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    if not content.endswith(b"\n"):
        ends = np.append(ends, len(signs))
    starts = np.concatenate([[0], ends[:-1] + 1])
    length = ends - starts
    if (length == 0).any():
        return None
    separators = np.add.reduceat(signs == ord(separator), starts, dtype=np.int64)
    return _Lines(separators + 1, length == separators)


def _parse_slowly(
    text: str,
    separator: str,
    columns: Sequence[str],
    place: str,
    header: Sequence[str],
    may_lack: Collection[str],
) -> pl.DataFrame:
    # The csv module rather than polars: it tells a short row from blank cells. Its limit on the
    # length of a cell is the process's; reports may well be longer.
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = list(header) or next((row for row in lines if any(c.strip() for c in row)), [])
        names = [name.strip() for name in names]
        places = _find_columns(names, columns, place, may_lack)
        named = max((at for at, name in enumerate(names) if name), default=-1) + 1
        pick = itemgetter(*places.values(), 0, 0)  # twice the first: always a tuple
        rows, odd = [], []
        for row in lines:
            if not any(row):
                continue
            if len(row) >= named and not any(row[len(names) :]):
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
            f"{named} cells in every row of {place}, as in its header",
            f"{len(odd)} rows with another number: "
            + some((f"line {line} has {count}" for line, count in odd), 3),
            "Quote cells that hold the separator; is the file whole?",
        )
    cells = list(zip(*rows, strict=True)) or [()] * (len(places) + 2)
    return pl.DataFrame(
        {name: cells[at] for at, name in enumerate(places)},
        schema=dict.fromkeys(places, pl.String),
    )


def _find_columns(
    header: Sequence[str], columns: Sequence[str], place: str, may_lack: Collection[str]
) -> dict[str, int]:
    """Column to its place; those that may lack and do are not in it."""
    for name in columns:
        count = header.count(name)
        if count == 0 and name not in may_lack:
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
    return {name: header.index(name) for name in columns if name in header}
