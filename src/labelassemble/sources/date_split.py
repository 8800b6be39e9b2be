"""A split by date: studies from a day on are held out, and no patient stands on both sides."""

from datetime import date
from typing import Final

import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.date_columns import read_date_column, read_header_dates
from labelassemble.sources.official_split import OfficialSplit
from labelassemble.sources.problems import Problems
from labelassemble.sources.read_dates import DateOrder

DATES: Final = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
"""Elements of a header that say when an image was taken; the first that is there counts."""


def find_dates(
    images: pl.DataFrame,
    headers: pl.DataFrame,
    written: pl.Series | None,
    order: DateOrder | None,
    problems: Problems,
) -> pl.Series:
    """Find the date of each image's study: what the table says, else its header.

    Args:
        images: columns image and path (null where there is no file), one row an image.
        headers: ``dicom_headers.HEADERS`` of these files.
        written: dates as the table writes them, named like its column; none: it has none.
        order: of day and month in them.
        problems: takes dates that cannot be read, and remarks where table and header differ.

    Returns:
        ISO 8601 days as text, null where unknown.
    """
    said = headers.select(
        "path", date=pl.coalesce(read_header_dates(headers[name]).alias(name) for name in DATES)
    )
    file = images.select(path=pl.col("path").str.replace(r"#frame/[0-9]{1,6}$", ""))
    header = file.join(said, on="path", how="left", maintain_order="left")["date"]
    if written is None:
        return header.alias("date")
    own = read_date_column(written, order, problems)
    odd = images.select("image").with_columns(own=own, header=header).filter(own != header)
    if odd.height:
        both = int((own.is_not_null() & header.is_not_null()).sum())
        first = odd.sort("image").row(0, named=True)
        problems.remark(
            f"{plural(odd.height, 'image')} of {both:,} with another date in the DICOM header than "
            f"in column {written.name!r}",
            "The table wins; find out which of them is right",
            count=odd.height,
            example=f"{first['image']}: {first['own']} in the table, {first['header']} in the "
            "header",
        )
    return own.fill_null(header).alias("date")


def split_by_date(
    images: pl.Series, dates: pl.Series, split: OfficialSplit, problems: Problems
) -> pl.Series:
    """Say for each image whether its date puts it into train, validate or test.

    Args:
        images: names of the images.
        dates: as `find_dates` gives them.
        split: from which days on.
        problems: takes images without a date: they could be of either side.

    >>> split = OfficialSplit(test_from="2024-01-01")
    >>> days = pl.Series(["2023-12-31", "2024-01-01"])
    >>> split_by_date(pl.Series(["a", "b"]), days, split, Problems()).to_list()
    ['train', 'test']
    """
    unknown = images.filter(dates.is_null())
    if len(unknown):
        problems.note(
            "a date for each image, as the split goes by it",
            f"{plural(len(unknown), 'image')} of {len(images):,} without a date in "
            "table.date or in the DICOM header",
            'Fill it in, or leave those out: headers.exclude = {StudyDate = ""}',
            count=len(unknown),
            example=unknown.sort()[0],
        )
    starts: list[tuple[date | None, str]] = [
        (split.test_from, "test"),
        (split.validate_from, "validate"),
    ]
    part: pl.Expr = pl.when(dates.is_not_null()).then(pl.lit("train"))
    for start, name in reversed(starts):
        if start is not None:
            part = pl.when(dates >= start.isoformat()).then(pl.lit(name)).otherwise(part)
    return pl.select(part.alias("part")).to_series().cast(pl.String)


def remark_on_sides(images: pl.DataFrame, problems: Problems) -> None:
    """Remark on patients with images on several sides of the day: the earlier ones are not used.

    Args:
        images: columns patient and official_split.
        problems: takes the remark.
    """
    known = images.drop_nulls(["patient", "official_split"])
    rank = pl.col("official_split").replace_strict(
        {"train": 0, "validate": 1, "test": 2}, return_dtype=pl.Int64
    )
    ranked = known.with_columns(rank=rank).with_columns(last=pl.col("rank").max().over("patient"))
    unused = ranked.filter(pl.col("rank") < pl.col("last"))
    if unused.height:
        patients = unused["patient"].n_unique()
        problems.remark(
            f"{plural(patients, 'patient')} with images on several sides of the split's date",
            f"They stand where their latest image stands: {plural(unused.height, 'earlier image')} "
            "will be unused, so that no patient is on two sides",
            count=patients,
            example=str(unused["patient"].sort()[0]),
        )
