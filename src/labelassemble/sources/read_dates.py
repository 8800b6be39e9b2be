"""Dates as tables and DICOM headers spell them; what day and month are is never guessed."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

DateOrder = Literal["day_first", "month_first"]
"""Which number of 03/04/2024 is the day."""

_CLOCK = r"\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp][Mm])?"
_TIME = rf"(?:[T ]{_CLOCK}\s*(?:Z|UTC|[+-]\d{{2}}:?\d{{2}})?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})(?:([-/.])(\d{{1,2}})\2(\d{{1,2}})|(\d{{2}})(\d{{2}})){_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}){_TIME}")
_NAMED = re.compile(
    r"(?:(\d{1,2})[\s.-]*([A-Za-z]{3,9})|([A-Za-z]{3,9})[\s.-]*(\d{1,2}))[\s.,-]*(\d{4})" + _TIME
)
_EXCEL = re.compile(r"([345]\d{4})(?:[.,]\d+)?")
"""Days as Excel counts them (1900 system), from 1982 to 2064; the fraction is a time."""
_EXCEL_ZERO: Final = date(1899, 12, 30)
"""Day 0 of that count for days from 1 March 1900 on: Excel takes 1900 for a leap year."""
_MONTHS: Final = ("january", "february", "march", "april", "may", "june", "july", "august",
                  "september", "october", "november", "december")  # fmt: skip


class DatesRead(NamedTuple):
    """What the texts of one column mean.

    Attributes:
        dates: each text to its day, as ISO 8601 writes it; none: blank, or it cannot be read.
        unreadable: texts that are no dates.
        ambiguous: texts whose day and month may be exchanged, and nothing says which is which.
        mixed: one text of each order, where a column holds both.
    """

    dates: dict[str, str | None]
    unreadable: tuple[str, ...]
    ambiguous: tuple[str, ...]
    mixed: tuple[str, ...]


def read_dates(texts: Iterable[str], order: DateOrder | None = None) -> DatesRead:
    """Read the dates of one column; a time behind them does not count.

    A number of five digits is a day as Excel counts them, which stands where a spreadsheet's dates
    were written as numbers.

    Without a stated order, a text with a number above 12 says it for all that are spelt with the
    same sign in the same column.

    Args:
        texts: as written.
        order: of day and month, where the year stands last; none: what the column shows.

    >>> read_dates(["20240131", "2024-01-31", "31.01.2024", "31 Jan 2024"]).dates["31.01.2024"]
    '2024-01-31'
    >>> read_dates(["03/04/2024"]).ambiguous, read_dates(["03/04/2024", "31/01/2024"]).ambiguous
    (('03/04/2024',), ())
    >>> read_dates(["45322", "45322.42"]).dates
    {'45322': '2024-01-31', '45322.42': '2024-01-31'}
    """
    different = sorted(set(texts))
    dates: dict[str, str | None] = {}
    numbers: dict[str, tuple[int, int, int, str]] = {}
    unreadable = []
    for text in different:
        if not text.strip():
            dates[text] = None
        elif match := _YEAR_LAST.fullmatch(text.strip()):
            numbers[text] = int(match[1]), int(match[3]), int(match[4]), match[2]
        else:
            dates[text] = _read_plain(text.strip())
            if dates[text] is None:
                unreadable.append(text)
    ambiguous, mixed = list[str](), list[str]()
    for sign in sorted({sign for *_, sign in numbers.values()}):
        those = {text: found[:3] for text, found in numbers.items() if found[3] == sign}
        shown: dict[DateOrder, list[str]] = {
            "day_first": [text for text, (a, b, _) in those.items() if a > 12 >= b],
            "month_first": [text for text, (a, b, _) in those.items() if b > 12 >= a],
        }
        if order is None and all(shown.values()):
            mixed += [one[0] for one in shown.values()]
        here = order or next((one for one, texts in shown.items() if texts), None)
        for text, (first, second, year) in those.items():
            if here is None and first != second and max(first, second) <= 12:
                ambiguous.append(text)
                dates[text] = None
                continue
            day, month = (second, first) if here == "month_first" else (first, second)
            dates[text] = _iso(year, month, day)
            if dates[text] is None and not (order is None and all(shown.values())):
                unreadable.append(text)
    return DatesRead(dates, tuple(unreadable), tuple(ambiguous), tuple(mixed))


def _read_plain(text: str) -> str | None:
    if match := _EXCEL.fullmatch(text):
        return (_EXCEL_ZERO + timedelta(days=int(match[1]))).isoformat()
    if match := _YEAR_FIRST.fullmatch(text):
        return _iso(int(match[1]), int(match[3] or match[5]), int(match[4] or match[6]))
    if match := _NAMED.fullmatch(text):
        word = (match[2] or match[3]).lower()
        month = [at for at, name in enumerate(_MONTHS, 1) if name.startswith(word)]
        if len(month) == 1:
            return _iso(int(match[5]), month[0], int(match[1] or match[4]))
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if year >= 1850 else None
    except ValueError:
        return None
