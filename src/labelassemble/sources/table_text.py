"""The text of a table becomes a data frame of text: strictly, and fast where that is safe."""

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from operator import itemgetter

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.errors import plural, some
from labelassemble.sources.problems import AT_ONCE, Problems


def parse_table(
    text: str,
    separator: str,
    columns: Sequence[str],
    *,
    place: str,
    header: Sequence[str] = (),
    problems: Problems = AT_ONCE,
    filled: str | None = None,
) -> pl.DataFrame:
    """Read columns of a table, as text without the spaces around it; a blank cell is ``""``.

    Columns come in the order asked for; those that are not there are not among them. Blank lines
    and rows of blank cells are passed over. Behind the last named column, rows may have further
    cells as far as the header has, or blank ones as spreadsheets leave them.

    Args:
        text: the table.
        separator: what stands between columns.
        columns: names of the columns to read.
        place: names the file in problems.
        header: names of the columns, where the text has no header.
        problems: takes rows with another number of cells, a quote that is never closed, rows whose
            `filled` column is blank; all other rows are read.
        filled: a column that may not be blank.

    >>> parse_table("a,b\\n1, x\\n", ",", ["b"], place="t.csv").rows()
    [('x',)]
    """
    frame = _parse_fast(text, separator, columns, header)
    if frame is not None:
        frame = frame.select(pl.all().str.strip_chars())
        if filled not in frame.columns or not (frame[filled] == "").any():
            return frame
    frame = _parse_slowly(
        text, separator, columns, place=place, header=header, problems=problems, filled=filled
    )
    return frame.select(pl.all().str.strip_chars())


def read_table_header(text: str, separator: str) -> tuple[str, ...]:
    """Read the names of a table's columns: its first row that is not blank.

    >>> read_table_header('\\n a ,"b,c"\\n1,2\\n', ",")
    ('a', 'b,c')
    """
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator)
    return tuple(cell.strip() for cell in _first(lines))


def _parse_fast(
    text: str, separator: str, columns: Sequence[str], header: Sequence[str]
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
    places = _find_columns(names, columns)
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
    *,
    place: str,
    header: Sequence[str],
    problems: Problems,
    filled: str | None,
) -> pl.DataFrame:
    # The csv module rather than polars: it tells a short row from blank cells. Its limit on the
    # length of a cell is the process's; reports may well be longer.
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows, odd, nameless = [], list[str](), list[str]()
    places, named = dict[str, int](), 0
    try:
        names = [name.strip() for name in header or _first(lines)]
        places = _find_columns(names, columns)
        named = max((at for at, name in enumerate(names) if name), default=-1) + 1
        pick = itemgetter(*places.values(), 0, 0)  # twice the first: always a tuple
        must = places.get(filled) if filled else None
        for row in lines:
            if not any(row):
                continue
            if len(row) < named or any(row[len(names) :]):
                odd.append(f"line {lines.line_num} has {len(row)}")
            elif must is not None and not row[must].strip():
                nameless.append(str(lines.line_num))
            else:
                rows.append(pick(row))
    except csv.Error as error:
        problems.note(
            f"a table that can be parsed at {place}",
            f"{place} cannot be read from line {lines.line_num} on: {error}",
            "Fix the quotes near that line; is the file whole?",
        )
    if odd:
        problems.note(
            f"{plural(named, 'cell')} in every row of {place}, as in its header",
            f"{plural(len(odd), 'row')} of {place} with another number of cells than the {named} "
            f"of its header: {some(odd, 5)}",
            "Quote cells that hold the separator; is the file whole?",
            count=len(odd),
        )
    if nameless:
        problems.note(
            f"the name of an image in every row's column {filled!r}",
            f"{plural(len(nameless), 'row')} of {place} without an image in column {filled!r}: "
            f"line {some(nameless, 5)}",
            "Fill in the names, or take those rows out",
            count=len(nameless),
        )
    cells = list(zip(*rows, strict=True)) or [()] * (len(places) + 2)
    return pl.DataFrame(
        {name: cells[at] for at, name in enumerate(places)},
        schema=dict.fromkeys(places, pl.String),
    )


def _first(lines: Iterable[list[str]]) -> list[str]:
    return next((row for row in lines if any(cell.strip() for cell in row)), [])


def _find_columns(header: Sequence[str], columns: Sequence[str]) -> dict[str, int]:
    """Column to its place; those that are not there are not in it."""
    return {name: header.index(name) for name in columns if name in header}
