"""Reading a crosswalk: a table that names one picture twice, as two sources call it."""

import polars as pl

from labelassemble.errors import AssemblyError, SourceError
from labelassemble.settings import CrosswalkSettings
from labelassemble.sources.label_table import InputFile
from labelassemble.sources.manifest import TableLayout
from labelassemble.sources.table_file import read_table


def read_crosswalk(settings: CrosswalkSettings) -> tuple[pl.DataFrame, InputFile]:
    """Read the two columns that name the images; all text, rows with a blank are passed over.

    The file is CSV or TSV, plain, gzip or zip. Both columns may be the same one, where two sources
    use the same names.

    Returns:
        Columns left, right: one row a pair, each pair once, sorted; and the file that was read.

    Raises:
        AssemblyError: no such file, not a table, a column that is not there, no pair at all.
    """
    file = settings.file
    layout = TableLayout(file=(file.name,), image=settings.left_column)
    columns = dict.fromkeys([settings.left_column, settings.right_column])
    try:
        table, (input_file,) = read_table(file.parent, layout, list(columns))
    except SourceError as error:
        raise AssemblyError(error.expected, error.got, f"{MEND} {file.name}") from error
    pairs = (
        table.select(left=settings.left_column, right=settings.right_column)
        .filter((pl.col("left") != "") & (pl.col("right") != ""))
        .unique()
        .sort("left", "right")
    )
    if pairs.is_empty():
        raise AssemblyError(
            f"pairs of image names in the crosswalk {file}",
            "no row that names both images",
            f"{MEND} {file.name}",
        )
    return pairs, input_file


MEND = "Check file, left_column and right_column of the crosswalk"
