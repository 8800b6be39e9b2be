"""Days as columns and headers write them."""

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.problems import Problems
from labelassemble.sources.read_dates import DateOrder, read_dates


def read_header_dates(values: pl.Series) -> pl.Series:
    """Dates of headers as ISO 8601 writes them; null where they are none."""
    dates = read_dates(values.drop_nulls().unique().to_list()).dates
    return values.replace_strict(
        list(dates), list(dates.values()), default=None, return_dtype=pl.String
    )


def read_date_column(values: pl.Series, order: DateOrder | None, problems: Problems) -> pl.Series:
    """Read the dates of a table's column, as ISO 8601 writes them; null where blank or unreadable.

    Args:
        values: as written; named like the column.
        order: of day and month, where the year stands last.
        problems: takes what is no date, and dates whose day and month nobody can tell.
    """
    column = values.name
    read = read_dates(values.unique().to_list(), order)
    spellings = "20240131, 2024-01-31, 31.01.2024, 31/01/2024, 31 Jan 2024"
    do = 'Say it: table.date_order = "day_first" or "month_first"'
    if read.mixed:
        problems.note(
            f"dates of one order of day and month in column {column!r}",
            f"column {column!r} holds dates of both orders: {some(map(repr, read.mixed), 4)}",
            f"Did a spreadsheet exchange some of them? Export them again, as 2024-01-31. {do}",
        )
    if read.ambiguous:
        count = int(values.is_in(read.ambiguous).sum())
        problems.note(
            f"dates whose day and month can be told apart in column {column!r}",
            f"column {column!r} does not show which number is the day: "
            f"{some(map(repr, read.ambiguous), 3)} on {plural(count, 'row')}",
            do,
            count=count,
        )
    if read.unreadable:
        count = int(values.is_in(read.unreadable).sum())
        problems.note(
            f"dates in column {column!r}, such as {spellings}",
            f"{plural(len(read.unreadable), 'word')} in column {column!r} cannot be read as dates: "
            f"{some(map(repr, read.unreadable), 4)} on {plural(count, 'row')}",
            "Fix those cells",
            count=count,
        )
    return values.replace_strict(
        list(read.dates), list(read.dates.values()), return_dtype=pl.String
    )
