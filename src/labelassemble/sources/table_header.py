"""The header of a table's text: found below lines that are none, and spelled as it is asked for."""

import csv
import io
import re
import sys
from collections.abc import Collection, Mapping
from functools import lru_cache
from itertools import islice

_LINES = 30
_BETWEEN = re.compile(r"[\s_\-.]+")


def skip_preamble(text: str, separator: str, wanted: Collection[str] = ()) -> tuple[str, int]:
    """Blank the lines above a header: comments, a title, ``sep=;`` as spreadsheets write it.

    They are blanked rather than cut, so that a line keeps its number.

    Args:
        text: of a table.
        separator: what stands between its columns.
        wanted: names of columns: the first row that has the most of them is the header. None: the
            first that is neither a comment nor a single cell above rows of several.

    Returns:
        The text, and how many lines were blanked: 0 where the first row is the header.

    >>> skip_preamble("# by us\\nsep=,\\na,b\\n1,2\\n", ",", ["b"])
    ('\\n\\na,b\\n1,2\\n', 2)
    """
    rows = [row for row in _first_rows(text, separator) if any(row[1])]
    if not rows:
        return text, 0
    if wanted:
        asked = set(wanted)
        found = [len(asked.intersection(cells)) for _, cells in rows]
        best = found.index(max(found)) if not found[0] and max(found) >= min(2, len(asked)) else 0
    else:
        best = _guess([cells for _, cells in rows])
    if not best:
        return text, 0
    before = rows[best][0]
    return "\n" * before + text[_measure(text, before) :], before


def _measure(text: str, lines: int) -> int:
    """How many characters the first lines have."""
    return sum(map(len, islice(io.StringIO(text, newline=""), lines)))


def _guess(rows: list[list[str]]) -> int:
    for place, cells in enumerate(rows):
        several = max((len(list(filter(None, one))) for one in rows[place + 1 :]), default=0)
        alone = len(list(filter(None, cells))) == 1 and several > 1
        if not (alone or (cells[0].startswith("#") and len(cells) < several)):
            return place
    return 0


def _first_rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """The first rows, each with how many lines stand before it."""
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator)
    found, before = list[tuple[int, list[str]]](), 0
    for row in islice(lines, _LINES):
        found.append((before, [cell.strip() for cell in row]))
        before = lines.line_num
    return found


def rename_header(text: str, separator: str, names: Mapping[str, str]) -> str:
    """Give a table's text with some columns called otherwise.

    Args:
        text: of a table; its first row that is not blank is the header.
        separator: what stands between its columns.
        names: name in the text to the new one.

    >>> rename_header("A,b\\n1,2\\n", ",", {"A": "a"})
    'a,b\\n1,2\\n'
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for row in lines:
        if any(cell.strip() for cell in row):
            break
    else:
        return text
    header = io.StringIO()
    cells = [names.get(cell.strip(), cell) for cell in row]
    csv.writer(header, delimiter=separator, lineterminator="\n").writerow(cells)
    return header.getvalue() + text[_measure(text, lines.line_num) :]


@lru_cache(maxsize=1 << 14)
def plain_column(name: str) -> str:
    """Give the name of a column without what spellings of it differ in: case, blanks, signs.

    >>> plain_column("Patient_Age ") == plain_column("patient age")
    True
    """
    return _BETWEEN.sub(" ", name).strip().casefold()


def has_columns(header: Collection[str], columns: Collection[str]) -> bool:
    """Whether a header has all of some columns, whatever their spelling.

    >>> has_columns(["X_min", "label"], ["x min"])
    True
    """
    return {plain_column(one) for one in columns} <= {plain_column(one) for one in header}
