"""Reading a crosswalk: a table that names one image twice, as two sources call it."""

import polars as pl

from labelassemble.errors import AssemblyError, SourceError, some
from labelassemble.settings import CrosswalkSettings
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.table_file import read_source_table


def read_crosswalk(settings: CrosswalkSettings) -> tuple[pl.DataFrame, InputFile]:
    """Read the columns that name the images; rows with a blank name are passed over.

    The file is CSV or TSV, plain, gzip or zip. Both columns may be the same one, where two sources
    use the same names.

    Returns:
        Columns left, right (text) and error (Float64, null where it is not given): one row a pair,
        each pair once with its smallest error, sorted; and the file that was read.

    Raises:
        AssemblyError: no such file, not a table, a column that is not there, an error that is no
            number, no pair at all.
    """
    file = settings.file
    columns = dict.fromkeys([settings.left_column, settings.right_column])
    if settings.error_column is not None:
        columns[settings.error_column] = None
    try:
        read = read_source_table(file.parent, (file.name,), list(columns))
    except SourceError as error:
        raise AssemblyError(error.expected, error.got, f"{_MEND} {file.name}") from error
    measured = pl.col(settings.error_column) if settings.error_column else pl.lit("")
    table = read.table.select(
        left=settings.left_column,
        right=settings.right_column,
        text=measured,
        error=measured.cast(pl.Float64, strict=False),
    ).filter((pl.col("left") != "") & (pl.col("right") != ""))
    odd = table.filter((pl.col("text") != "") & pl.col("error").is_null())["text"]
    if len(odd):
        raise AssemblyError(
            f"numbers in the column {settings.error_column!r} of {file}",
            some(map(repr, odd.unique().sort()), 3),
            f"{_MEND} {file.name}",
        )
    pairs = table.group_by("left", "right").agg(pl.col("error").min()).sort("left", "right")
    if pairs.is_empty():
        raise AssemblyError(
            f"pairs of image names in the crosswalk {file}",
            "no row that names both images",
            f"{_MEND} {file.name}",
        )
    return pairs, read.inputs[0]


_MEND = "Check file, left_column, right_column and error_column of the crosswalk"
