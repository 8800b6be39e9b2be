"""A frame of a run folder as a Parquet file: written aside, read with its columns checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.errors import RunError, some
from labelassemble.storage.sums import ChangedFileError, verify
from labelassemble.storage.write_aside import write_aside


def write_frame(frame: pl.DataFrame, columns: Mapping[str, Any], path: Path) -> None:
    """Write these columns, aside, then renamed; the same frame gives the same bytes."""
    with write_aside(path) as aside:
        frame.select(list(columns)).write_parquet(aside, compression="zstd")


def read_frame(path: Path, columns: Mapping[str, Any], what: str) -> pl.DataFrame:
    """Read what ``write_frame`` wrote.

    Args:
        path: of the file.
        columns: names and types, in their order.
        what: it holds, for errors: "a run's predictions".

    Raises:
        RunError: no such file, or one of other columns.
    """
    try:
        # As a file: Polars takes a path with brackets or stars for a pattern.
        with verify(path).open("rb") as file:
            frame = pl.read_parquet(file)
    except ChangedFileError as error:
        raise RunError(
            f"{what} at {path}",
            error.got,
            "Train that run again: labelassemble train RECIPE --training.no-resume",
        ) from error
    except (OSError, pl.exceptions.PolarsError) as error:
        got = "no such file" if not path.exists() else str(error).splitlines()[0]
        raise RunError(
            f"{what} at {path}", got, "Train that run to its end: labelassemble train"
        ) from error
    # Of an earlier version, whose predictions had 32 bits.
    wider = [one for one in frame.columns if columns.get(one) == pl.Float64]
    frame = frame.with_columns(pl.col(one).cast(pl.Float64) for one in wider)
    if dict(frame.schema) != dict(columns):
        raise RunError(
            f"columns {some(list(columns), 6)} in {path}",
            f"columns {some(frame.columns)}",
            f"Name the file that holds {what}",
        )
    return frame
