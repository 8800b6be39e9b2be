"""A published table of names that two sources share, where it lies in a source's folder."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from labelassemble.errors import AssemblyError, SourceError
from labelassemble.sources.find_files import find_files
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.overlapping_names import SharedTable
from labelassemble.sources.strip_suffix import strip_suffix
from labelassemble.sources.table_file import read_source_table


def find_shared_table(
    asked: SharedTable, folders: Sequence[Path]
) -> tuple[pl.DataFrame, InputFile] | None:
    """Read the table from the first folder that holds it, itself or in a folder within.

    Args:
        asked: names of the file and of its columns.
        folders: where to look.

    Returns:
        Columns ours and theirs, without folders and extensions, each pair once, rows with a blank
        passed over; and the file. None: no folder holds it.

    Raises:
        AssemblyError: it cannot be read.
    """
    for folder in folders:
        for name in (place + file for place in ("", "*/") for file in asked.file):
            try:
                path = find_files(folder, (name,))[0]
            except SourceError:
                continue
            return _read(path, asked)
    return None


def _read(path: Path, asked: SharedTable) -> tuple[pl.DataFrame, InputFile]:
    try:
        read = read_source_table(path.parent, (path.name,), (asked.ours, asked.theirs))
    except SourceError as error:
        raise AssemblyError(
            error.expected,
            error.got,
            f"Fix {path}, or take it out of the folder: then only fingerprints tell which images "
            "it pairs",
        ) from error
    last = pl.col("name").str.replace(r"^.*[/\\]", "")
    pairs = [
        read.table.select(name=column).select(name=last).select(strip_suffix("name")).to_series()
        for column in (asked.ours, asked.theirs)
    ]
    table = pl.DataFrame({"ours": pairs[0], "theirs": pairs[1]})
    return table.filter((pl.col("ours") != "") & (pl.col("theirs") != "")).unique(
        maintain_order=True
    ), read.inputs[0]
